#include "line/label_name.h"

#include "base/unicode.h"

namespace narfi::line {
namespace {

bool IsNameByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// White space as Go's unicode.IsSpace has it.
bool IsSpaceRune(uint32_t r) {
  return (r >= 0x09 && r <= 0x0d) || r == ' ' || r == 0x85 || r == 0xa0 || r == 0x1680 ||
         (r >= 0x2000 && r <= 0x200a) || r == 0x2028 || r == 0x2029 || r == 0x202f || r == 0x205f ||
         r == 0x3000;
}

std::string_view TrimSpace(std::string_view text) {
  while (!text.empty()) {
    const Rune rune = DecodeRune(text);
    if (!rune.valid || !IsSpaceRune(rune.value)) break;
    text.remove_prefix(rune.bytes);
  }
  while (!text.empty()) {
    size_t start = text.size() - 1;
    while (start > 0 && text.size() - start < 4 && (text[start] & 0xc0) == 0x80) --start;
    const Rune rune = DecodeRune(text.substr(start));
    if (!rune.valid || rune.bytes != text.size() - start || !IsSpaceRune(rune.value)) break;
    text.remove_suffix(rune.bytes);
  }
  return text;
}

}  // namespace

void AppendLabelName(std::string& dst, std::string_view key) {
  key = TrimSpace(key);
  if (key.empty()) return;
  if (dst.empty() && key.front() >= '0' && key.front() <= '9') dst += '_';
  while (!key.empty()) {
    const char c = key.front();
    if (static_cast<unsigned char>(c) < 0x80) {
      dst += IsNameByte(c) ? c : '_';
      key.remove_prefix(1);
    } else {
      dst += '_';
      key.remove_prefix(DecodeRune(key).bytes);
    }
  }
}

std::string ToLabelName(std::string_view key) {
  std::string name;
  AppendLabelName(name, key);
  return name;
}

}  // namespace narfi::line
