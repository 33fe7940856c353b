// Bytes that somebody keeps in memory for later, packed.
//
// Ownership: keeps a copy. Threads: immutable.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace narfi::storage {

class KeptBytes {
 public:
  explicit KeptBytes(std::string_view text);

  Result<std::shared_ptr<const std::string>> Unpacked() const;
  // What it takes.
  uint64_t bytes() const { return bytes_.capacity(); }

 private:
  std::string bytes_;
  bool is_packed_ = false;
};

}  // namespace narfi::storage
