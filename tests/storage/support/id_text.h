// Made-up ids as text, the same in every run.
//
// Threads: pure functions.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>

namespace narfi::storage {

enum class IdForm { kPlain, kUpper, kUuid };

inline std::string IdText(uint64_t number, IdForm form) {
  const uint64_t high = (number + 1) * 0x9E3779B97F4A7C15ULL;
  const uint64_t low = (high ^ high >> 31) * 0xBF58476D1CE4E5B9ULL;
  if (form == IdForm::kUpper) return fmt::format("{:016X}{:016X}", high, low);
  const std::string hex = fmt::format("{:016x}{:016x}", high, low);
  if (form == IdForm::kPlain) return hex;
  return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                     hex.substr(16, 4), hex.substr(20));
}

}  // namespace narfi::storage
