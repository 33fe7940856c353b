// How many different values there were: exactly while they are few, else within about two percent
// (HyperLogLog).
//
// Threads: one at a time. Limits: kMaxBytes of memory, however many values come.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace narfi::server {

class DistinctCount {
 public:
  static constexpr size_t kMaxExact = 256;
  static constexpr uint32_t kIndexBits = 11;
  static constexpr size_t kMaxBytes = size_t{1} << kIndexBits;

  void Add(std::string_view value);
  uint64_t Count() const;
  size_t bytes() const { return 8 * exact_.capacity() + registers_.capacity(); }

 private:
  void Register(uint64_t hash);

  std::vector<uint64_t> exact_;     // hashes, sorted
  std::vector<uint8_t> registers_;  // once there are too many for that
};

}  // namespace narfi::server
