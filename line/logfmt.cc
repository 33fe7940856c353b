#include "line/logfmt.h"

#include <cstring>

#include "base/unicode.h"
#include "line/label_name.h"

namespace narfi::line {
namespace {

constexpr const char* kUnexpected = "unexpected";
constexpr const char* kUnterminated = "unterminated quoted value";
constexpr const char* kInvalidQuoted = "invalid quoted value";
constexpr const char* kInvalidKey = "invalid key";

bool IsBlank(char c) { return static_cast<unsigned char>(c) <= ' '; }

bool HasReplacement(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    if (static_cast<unsigned char>(text[i]) < 0x80) {
      ++i;
      continue;
    }
    const Rune rune = DecodeRune(text.substr(i));
    if (!rune.valid || rune.value == kReplacementRune) return true;
    i += rune.bytes;
  }
  return false;
}

// Four hex digits at `text[at]`, or -1.
int32_t HexRune(std::string_view text, size_t at) {
  if (at + 4 > text.size()) return -1;
  int32_t value = 0;
  for (size_t i = at; i < at + 4; ++i) {
    const char c = text[i];
    int digit = 0;
    if (c >= '0' && c <= '9') {
      digit = c - '0';
    } else if (c >= 'a' && c <= 'f') {
      digit = c - 'a' + 10;
    } else if (c >= 'A' && c <= 'F') {
      digit = c - 'A' + 10;
    } else {
      return -1;
    }
    value = value * 16 + digit;
  }
  return value;
}

// The rune of "\uXXXX" whose digits begin at `at`; `at` is moved behind it.
bool TakeUnicodeEscape(std::string_view text, size_t& at, std::string& dst) {
  const int32_t first = HexRune(text, at);
  if (first < 0) return false;
  at += 4;
  uint32_t rune = static_cast<uint32_t>(first);
  if (first >= 0xd800 && first <= 0xdfff) {
    rune = kReplacementRune;
    if (first < 0xdc00 && text.substr(at).starts_with("\\u")) {
      const int32_t second = HexRune(text, at + 2);
      if (second >= 0xdc00 && second <= 0xdfff) {
        rune = 0x10000 + ((static_cast<uint32_t>(first) - 0xd800) << 10) +
               (static_cast<uint32_t>(second) - 0xdc00);
        at += 6;
      }
    }
  }
  AppendRune(dst, rune);
  return true;
}

char PlainEscape(char c) {
  switch (c) {
    case '"':
    case '\\':
    case '/':
    case '\'':
      return c;
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return 0;
  }
}

}  // namespace

bool UnquoteLogfmt(std::string_view text, std::string& dst) {
  for (size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c != '\\') {
      if (c == '"' || static_cast<unsigned char>(c) < ' ') return false;
      dst += c;
      ++i;
      continue;
    }
    if (++i >= text.size()) return false;
    if (text[i] == 'u') {
      if (!TakeUnicodeEscape(text, ++i, dst)) return false;
      continue;
    }
    const char plain = PlainEscape(text[i++]);
    if (plain == 0) return false;
    dst += plain;
  }
  return true;
}

std::string_view ToLabelValue(std::string_view value, Arena& arena) {
  if (!HasReplacement(value)) return value;
  std::string text;
  while (!value.empty()) {
    const Rune rune = DecodeRune(value);
    if (!rune.valid || rune.value == kReplacementRune) {
      text += ' ';
    } else {
      text.append(value.substr(0, rune.bytes));
    }
    value.remove_prefix(rune.bytes);
  }
  return arena.Copy(text);
}

bool LogfmtScanner::Stop(const char* error, char unexpected) {
  error_ = error;
  unexpected_ = unexpected;
  error_position_ = position_;
  while (position_ < line_.size() && !IsBlank(line_[position_])) ++position_;
  return false;
}

bool LogfmtScanner::Next() {
  key_ = {};
  value_ = {};
  while (position_ < line_.size() && IsBlank(line_[position_])) ++position_;
  if (done()) return false;
  return ScanKey();
}

bool LogfmtScanner::ScanKey() {
  const size_t start = position_;
  bool multibyte = false;
  while (position_ < line_.size() && line_[position_] != '=' && !IsBlank(line_[position_])) {
    if (line_[position_] == '"') return Stop(kUnexpected, '"');
    multibyte |= static_cast<unsigned char>(line_[position_]) >= 0x80;
    ++position_;
  }
  if (position_ == start) return Stop(kUnexpected, '=');
  key_ = line_.substr(start, position_ - start);
  if (multibyte && HasReplacement(key_)) return Stop(kInvalidKey);
  if (done() || line_[position_] != '=') return true;
  ++position_;
  if (done() || IsBlank(line_[position_])) return true;
  return line_[position_] == '"' ? ScanQuoted() : ScanValue();
}

bool LogfmtScanner::ScanValue() {
  const size_t start = position_;
  for (; position_ < line_.size() && !IsBlank(line_[position_]); ++position_) {
    const char c = line_[position_];
    if (c == '=' || c == '"') return Stop(kUnexpected, c);
  }
  value_ = line_.substr(start, position_ - start);
  return true;
}

bool LogfmtScanner::ScanQuoted() {
  const size_t start = position_ + 1;
  bool escaped = false;
  size_t end = start;
  for (; end < line_.size() && line_[end] != '"'; ++end) {
    if (line_[end] == '\\') {
      escaped = true;
      ++end;
    }
  }
  if (end >= line_.size()) {
    position_ = line_.size();
    return Stop(kUnterminated);
  }
  position_ = end + 1;
  value_ = line_.substr(start, end - start);
  if (!escaped) return true;
  std::string text;
  if (!UnquoteLogfmt(value_, text)) return Stop(kInvalidQuoted);
  value_ = arena_.Copy(text);
  return true;
}

std::string LogfmtScanner::ErrorText() const {
  if (!failed()) return {};
  std::string text =
      "logfmt syntax error at pos " + std::to_string(error_position_ + 1) + " : " + error_;
  if (unexpected_ != 0) text.append(" '").append(1, unexpected_).append("'");
  return text;
}

const LogfmtFields::Name& LogfmtFields::NameOf(std::string_view key) {
  const auto known = names_.find(key);
  if (known != names_.end()) return known->second;
  Name name;
  AppendLabelName(name.label, key);
  if (!demand_.everything) name.wanted = demand_.Find(name.label);
  if (names_.size() >= kMaxCachedNames) {
    uncached_ = std::move(name);
    return uncached_;
  }
  return names_.emplace(keys_.Copy(key), std::move(name)).first->second;
}

Outcome LogfmtFields::Extract(std::string_view line, Found found, std::vector<Field>& out,
                              Arena& arena) {
  if (IsComplete(demand_, found)) return {};
  LogfmtScanner scanner(line, arena);
  while (!scanner.done()) {
    if (!scanner.Next()) {
      if (strict_ && scanner.failed()) return {true, arena.Copy(scanner.ErrorText())};
      continue;
    }
    const Name& name = NameOf(scanner.key());
    if (name.label.empty()) continue;
    if (!demand_.everything && (name.wanted < 0 || found[static_cast<size_t>(name.wanted)] != 0))
      continue;
    const std::string_view value = ToLabelValue(scanner.value(), arena);
    if (value.empty() && !keep_empty_) continue;
    out.push_back(
        {&name == &uncached_ ? arena.Copy(name.label) : std::string_view(name.label), value});
    if (!demand_.everything) {
      found[static_cast<size_t>(name.wanted)] = 1;
      if (IsComplete(demand_, found)) break;
    }
  }
  return {};
}

}  // namespace narfi::line
