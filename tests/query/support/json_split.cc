#include "tests/query/support/json_split.h"

#include <cctype>

#include "base/unicode.h"

namespace narfi::query_test {
namespace {

class Splitter {
 public:
  explicit Splitter(std::string_view line) : line_(line) {}

  std::optional<SplitLine> Split() {
    SkipSpace();
    if (!Object()) return std::nullopt;
    SkipSpace();
    if (at_ != line_.size()) return std::nullopt;
    out_.literals.emplace_back(line_.substr(literal_));
    return std::move(out_);
  }

 private:
  bool Object() {
    if (!Accept('{')) return false;
    SkipSpace();
    if (Accept('}')) return true;
    do {
      SkipSpace();
      const size_t begin = at_ + 1;
      if (!String()) return false;
      path_.emplace_back(line_.substr(begin, at_ - 1 - begin));
      SkipSpace();
      if (!Accept(':')) return false;
      SkipSpace();
      if (!Value()) return false;
      path_.pop_back();
      SkipSpace();
    } while (Accept(','));
    return Accept('}');
  }

  bool Value() {
    const size_t begin = at_;
    if (at_ == line_.size()) return false;
    if (line_[at_] == '{') return Object();
    if (line_[at_] == '[') return Array() && Slot(storage::SlotKind::kArray, begin, at_);
    if (line_[at_] == '"') return String() && Slot(storage::SlotKind::kString, begin + 1, at_ - 1);
    return Scalar() && Slot(storage::SlotKind::kScalar, begin, at_);
  }

  bool Slot(storage::SlotKind kind, size_t begin, size_t end) {
    out_.literals.emplace_back(line_.substr(literal_, begin - literal_));
    out_.slots.push_back({kind, path_, std::string(line_.substr(begin, end - begin))});
    literal_ = end;
    return true;
  }

  bool Array() {
    Accept('[');
    SkipSpace();
    if (Accept(']')) return true;
    do {
      SkipSpace();
      if (at_ == line_.size() || line_[at_] == '{') return false;
      const char c = line_[at_];
      if (!(c == '[' ? Array() : c == '"' ? String() : Scalar())) return false;
      SkipSpace();
    } while (Accept(','));
    return Accept(']');
  }

  bool String() {
    if (!Accept('"')) return false;
    for (; at_ < line_.size(); ++at_) {
      const auto c = static_cast<unsigned char>(line_[at_]);
      if (c == '"') return ++at_, true;
      if (c < 0x20) return false;
      if (c >= 0x80) {
        const Rune rune = DecodeRune(line_.substr(at_));
        if (!rune.valid) return false;
        at_ += rune.bytes - 1;
      }
      if (c == '\\' && !Escape()) return false;
    }
    return false;
  }

  // Ends at the last byte of the escape.
  bool Escape() {
    if (++at_ == line_.size()) return false;
    if (line_[at_] != 'u')
      return std::string_view("\"\\/bfnrt").find(line_[at_]) != std::string_view::npos;
    for (int i = 0; i < 4; ++i) {
      if (++at_ == line_.size() || std::isxdigit(static_cast<unsigned char>(line_[at_])) == 0)
        return false;
    }
    return true;
  }

  bool Scalar() {
    for (const std::string_view word : {"true", "false", "null"}) {
      if (line_.substr(at_).starts_with(word)) return at_ += word.size(), true;
    }
    Accept('-');
    if (!Accept('0') && !Digits()) return false;
    if (Accept('.') && !Digits()) return false;
    if (Accept('e') || Accept('E')) {
      if (!Accept('+')) Accept('-');
      return Digits();
    }
    return true;
  }

  bool Digits() {
    const size_t begin = at_;
    while (at_ < line_.size() && line_[at_] >= '0' && line_[at_] <= '9') ++at_;
    return at_ > begin;
  }

  bool Accept(char c) {
    if (at_ == line_.size() || line_[at_] != c) return false;
    ++at_;
    return true;
  }
  void SkipSpace() {
    while (at_ < line_.size() &&
           std::string_view(" \t\r\n").find(line_[at_]) != std::string_view::npos)
      ++at_;
  }

  const std::string_view line_;
  size_t at_ = 0;
  size_t literal_ = 0;  // where the literal behind the last slot begins
  std::vector<std::string> path_;
  SplitLine out_;
};

}  // namespace

std::optional<SplitLine> SplitJson(std::string_view line) { return Splitter(line).Split(); }

}  // namespace narfi::query_test
