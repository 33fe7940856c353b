// The payloads that a column is made of, packed already or not: what becomes a block, or a piece of
// the directory when it is small.
//
// Threads: values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "storage/block.h"
#include "storage/pack.h"

namespace narfi::storage {

// Packs by zstd at `level` where that saves a tenth at least: what is not packed is read in place.
inline Blob MakeBlob(std::string bytes, int level) {
  Blob blob;
  blob.unpacked = static_cast<uint32_t>(bytes.size());
  std::string packed;
  if (AppendPacked(packed, bytes, level) && packed.size() * 10 < bytes.size() * 9) {
    blob.bytes = std::move(packed);
    blob.is_packed = true;
  } else {
    blob.bytes = std::move(bytes);
  }
  return blob;
}

}  // namespace narfi::storage
