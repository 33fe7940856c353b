#include "base/unicode_case.h"

#include <algorithm>
#include <iterator>

#include "base/unicode.h"
#include "base/unicode_case_tables.h"

namespace narfi {
namespace {

template <size_t N>
uint32_t MapBy(const CaseRange (&ranges)[N], uint32_t rune) {
  const auto* range =
      std::lower_bound(std::begin(ranges), std::end(ranges), rune,
                       [](const CaseRange& r, uint32_t value) { return r.last < value; });
  if (range == std::end(ranges) || rune < range->first ||
      (rune - range->first) % range->stride != 0)
    return rune;
  return static_cast<uint32_t>(static_cast<int32_t>(rune) + range->delta);
}

std::string MapText(std::string_view text, uint32_t (*map)(uint32_t)) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Rune rune = DecodeRune(text);
    AppendRune(out, map(rune.value));
    text.remove_prefix(rune.bytes);
  }
  return out;
}

}  // namespace

uint32_t ToLowerRune(uint32_t rune) {
  if (rune < 0x80) return rune >= 'A' && rune <= 'Z' ? rune + 32 : rune;
  return MapBy(kLowerRanges, rune);
}

uint32_t ToUpperRune(uint32_t rune) {
  if (rune < 0x80) return rune >= 'a' && rune <= 'z' ? rune - 32 : rune;
  return MapBy(kUpperRanges, rune);
}

std::string ToLowerText(std::string_view text) { return MapText(text, ToLowerRune); }
std::string ToUpperText(std::string_view text) { return MapText(text, ToUpperRune); }

}  // namespace narfi
