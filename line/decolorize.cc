#include "line/decolorize.h"

#include <algorithm>
#include <cstring>

namespace narfi::line {
namespace {

constexpr std::string_view kCsi = "\xc2\x9b";  // U+009B
constexpr std::string_view kOpeners = "[]()#;?";
constexpr std::string_view kFinals = "0123456789ABCDEFGHIJKLMNOPRZcfghijklmnqrty=><~";

bool IsDecimal(char c) { return c >= '0' && c <= '9'; }

bool IsTitleByte(char c) {
  return IsDecimal(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == ';';
}

// Up to four digits at `at`, then any number of ';' with up to four digits each.
size_t SkipNumbers(std::string_view text, size_t at) {
  if (at >= text.size() || !IsDecimal(text[at])) return at;
  for (;;) {
    for (int i = 0; i < 4 && at < text.size() && IsDecimal(text[at]); ++i) ++at;
    if (at >= text.size() || text[at] != ';') return at;
    ++at;
  }
}

// The length of the sequence whose introducer ends at `body`, counted from there; or npos. A number
// without a final character behind it gives its last digit for one.
size_t SequenceEnd(std::string_view text, size_t body) {
  while (body < text.size() && kOpeners.find(text[body]) != std::string_view::npos) ++body;
  size_t title = body;
  while (title < text.size() && IsTitleByte(text[title])) ++title;
  if (title < text.size() && text[title] == '\a') return title + 1;
  const size_t end = SkipNumbers(text, body);
  if (end < text.size() && kFinals.find(text[end]) != std::string_view::npos) return end + 1;
  for (size_t at = end; at > body; --at) {
    if (IsDecimal(text[at - 1])) return at;
  }
  return std::string_view::npos;
}

// ESC and U+009B in the order of the text. Each of the two is searched once over the whole of it.
class Introducers {
 public:
  explicit Introducers(std::string_view text)
      : text_(text), escape_(text.find('\x1b')), csi_(text.find(kCsi)) {}

  // The first one at or behind `from`, which does not go back; npos when there is none.
  size_t Next(size_t from) {
    if (escape_ < from) escape_ = text_.find('\x1b', from);
    if (csi_ < from) csi_ = text_.find(kCsi, from);
    return std::min(escape_, csi_);
  }
  // Behind the one that Next() gave.
  size_t body() const { return std::min(escape_, csi_) + (csi_ < escape_ ? kCsi.size() : 1); }

 private:
  const std::string_view text_;
  size_t escape_;
  size_t csi_;
};

}  // namespace

std::string_view Decolorize(std::string_view line, Arena& arena) {
  Introducers introducers(line);
  char* copy = nullptr;
  size_t kept = 0;   // bytes in the copy
  size_t taken = 0;  // bytes of the line that are in the copy or left out
  for (size_t at = introducers.Next(0); at != std::string_view::npos;) {
    const size_t body = introducers.body();
    const size_t end = SequenceEnd(line, body);
    if (end != std::string_view::npos) {
      if (copy == nullptr) copy = arena.Allocate(line.size());
      std::memcpy(copy + kept, line.data() + taken, at - taken);
      kept += at - taken;
      taken = end;
    }
    at = introducers.Next(end == std::string_view::npos ? body : end);
  }
  if (copy == nullptr) return line;
  std::memcpy(copy + kept, line.data() + taken, line.size() - taken);
  return {copy, kept + line.size() - taken};
}

}  // namespace narfi::line
