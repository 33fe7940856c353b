#include "base/unicode.h"

#include <cstring>

namespace narfi {
namespace {

bool IsTail(char c) { return (static_cast<uint8_t>(c) & 0xC0) == 0x80; }

Rune DecodeWide(std::string_view text, uint32_t length, uint32_t first_bits, uint32_t lowest) {
  if (text.size() < length) return {};
  uint32_t value = first_bits;
  for (uint32_t i = 1; i < length; ++i) {
    if (!IsTail(text[i])) return {};
    value = (value << 6) | (static_cast<uint8_t>(text[i]) & 0x3F);
  }
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < lowest || surrogate || value > 0x10FFFF) return {};
  return {value, length, true};
}

}  // namespace

Rune DecodeRune(std::string_view text) {
  const auto first = static_cast<uint8_t>(text.front());
  if (first < 0x80) return {first, 1, true};
  if (first < 0xC2) return {};
  if (first < 0xE0) return DecodeWide(text, 2, first & 0x1F, 0x80);
  if (first < 0xF0) return DecodeWide(text, 3, first & 0x0F, 0x800);
  if (first < 0xF5) return DecodeWide(text, 4, first & 0x07, 0x10000);
  return {};
}

void AppendRune(std::string& dst, uint32_t rune) {
  if (rune > 0x10FFFF || (rune >= 0xD800 && rune <= 0xDFFF)) rune = kReplacementRune;
  const auto put = [&dst](uint32_t byte) { dst.push_back(static_cast<char>(byte)); };
  if (rune < 0x80) {
    put(rune);
  } else if (rune < 0x800) {
    put(0xC0 | (rune >> 6));
    put(0x80 | (rune & 0x3F));
  } else if (rune < 0x10000) {
    put(0xE0 | (rune >> 12));
    put(0x80 | ((rune >> 6) & 0x3F));
    put(0x80 | (rune & 0x3F));
  } else {
    put(0xF0 | (rune >> 18));
    put(0x80 | ((rune >> 12) & 0x3F));
    put(0x80 | ((rune >> 6) & 0x3F));
    put(0x80 | (rune & 0x3F));
  }
}

bool IsValidUtf8(std::string_view text) {
  while (!text.empty()) {
    uint64_t word = 0;
    while (text.size() >= 8) {  // eight ASCII bytes at a time
      std::memcpy(&word, text.data(), 8);
      if ((word & 0x8080808080808080ULL) != 0) break;
      text.remove_prefix(8);
    }
    if (text.empty()) break;
    if (static_cast<uint8_t>(text[0]) < 0x80) {
      text.remove_prefix(1);
      continue;
    }
    const Rune rune = DecodeRune(text);
    if (!rune.valid) return false;
    text.remove_prefix(rune.bytes);
  }
  return true;
}

std::string RepairUtf8(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 8);
  while (!text.empty()) {
    const Rune rune = DecodeRune(text);
    if (rune.valid) {
      out.append(text.substr(0, rune.bytes));
    } else {
      AppendRune(out, kReplacementRune);
    }
    text.remove_prefix(rune.bytes);
  }
  return out;
}

}  // namespace narfi
