#include "storage/line_template.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace narfi::storage {
namespace {

constexpr size_t kNone = std::string_view::npos;

enum : uint8_t { kSpace = 1, kDelimiter = 2, kDigit = 4, kJsonEnd = 8, kValueEnd = 16 };

constexpr std::array<uint8_t, 256> MakeClasses() {
  std::array<uint8_t, 256> out{};
  for (const char c : std::string_view(" \t\r\n"))
    out[static_cast<uint8_t>(c)] = kSpace | kDelimiter | kJsonEnd | kValueEnd;
  for (const char c : std::string_view("()[]{}<>|\"';,="))
    out[static_cast<uint8_t>(c)] |= kDelimiter;
  for (const char c : std::string_view(",:{}[]\"")) out[static_cast<uint8_t>(c)] |= kJsonEnd;
  for (const char c : std::string_view(",;)]}>")) out[static_cast<uint8_t>(c)] |= kValueEnd;
  for (char c = '0'; c <= '9'; ++c) out[static_cast<uint8_t>(c)] |= kDigit;
  return out;
}
constexpr std::array<uint8_t, 256> kClasses = MakeClasses();

bool Is(char c, uint8_t set) { return (kClasses[static_cast<uint8_t>(c)] & set) != 0; }

// A number for a key below `outer`. Keys that share one share a column, which costs space only, so
// the ends of a key are enough.
uint64_t PathOf(std::string_view key, uint64_t outer) {
  constexpr uint64_t kMix = 0x9E3779B97F4A7C15ULL;
  uint64_t head = 0;
  uint64_t tail = 0;
  if (key.size() >= 8) {
    std::memcpy(&head, key.data(), 8);
    std::memcpy(&tail, key.data() + key.size() - 8, 8);
  } else {
    for (const char c : key) head = head << 8 | static_cast<uint8_t>(c);
  }
  uint64_t hash = (outer ^ head ^ key.size() << 56) * kMix;
  hash = (hash ^ hash >> 32 ^ tail) * kMix;
  return (hash ^ hash >> 29) | 1;
}

// The quote that ends the string whose first byte is at `at`; kNone when there is none.
size_t EndOfString(std::string_view line, size_t at) {
  while (at < line.size()) {
    const void* quote = std::memchr(line.data() + at, '"', line.size() - at);
    if (quote == nullptr) return kNone;
    const size_t end = static_cast<size_t>(static_cast<const char*>(quote) - line.data());
    size_t slashes = 0;
    while (end - slashes > at && line[end - slashes - 1] == '\\') ++slashes;
    if (slashes % 2 == 0) return end;
    at = end + 1;
  }
  return kNone;
}

// The bracket that ends the array of scalars that begins at `at`. When objects are in it, or it has
// no end, kNone, and `seen` is how far that was looked for.
size_t EndOfArray(std::string_view line, size_t at, size_t& seen) {
  size_t depth = 0;
  for (; at < line.size(); ++at) {
    const char c = line[at];
    if (c == '{') break;
    if (c == '[') ++depth;
    if (c == ']' && --depth == 0) return at;
    if (c != '"') continue;
    at = EndOfString(line, at + 1);
    if (at == kNone) break;
  }
  seen = std::min(at, line.size());
  return kNone;
}

class JsonSplitter {
 public:
  JsonSplitter(std::string_view line, std::vector<Slot>& slots) : line_(line), slots_(slots) {}

  // False when this is no object, or a string has no end.
  bool Run() {
    SkipSpace();
    if (at_ == line_.size() || line_[at_] != '{') return false;
    while (at_ < line_.size() && slots_.size() <= kMaxSlots) {
      if (!Step()) return false;
    }
    return true;
  }

 private:
  static constexpr size_t kMaxDepth = 32;  // deeper objects share the path of this depth

  bool Step() {
    switch (line_[at_]) {
      case '"':
        return String();
      case '{':
        if (depth_ < kMaxDepth) outer_[depth_] = path_;
        ++depth_;
        path_ = key_;
        ++at_;
        return true;
      case '}':
        if (depth_ > 0 && --depth_ < kMaxDepth) path_ = outer_[depth_];
        ++at_;
        return true;
      case '[':
        return Array();
      default:
        if (Is(line_[at_], kJsonEnd)) {
          ++at_;
        } else {
          Scalar();
        }
        return true;
    }
  }

  bool String() {
    const size_t begin = at_ + 1;
    const size_t end = EndOfString(line_, begin);
    if (end == kNone) return false;
    at_ = end + 1;
    SkipSpace();
    if (at_ < line_.size() && line_[at_] == ':') {
      key_ = PathOf(line_.substr(begin, end - begin), path_);
      ++at_;
    } else {
      Put(begin, end);
    }
    return true;
  }

  bool Array() {
    // Arrays in one that has objects are not looked at again: many brackets would make it slow.
    const size_t end = at_ < no_array_before_ ? kNone : EndOfArray(line_, at_, no_array_before_);
    if (end == kNone) {
      ++at_;
      return true;
    }
    Put(at_, end + 1);
    at_ = end + 1;
    return true;
  }

  void Scalar() {
    const size_t begin = at_;
    while (at_ < line_.size() && !Is(line_[at_], kJsonEnd)) ++at_;
    Put(begin, at_);
  }

  void SkipSpace() {
    while (at_ < line_.size() && Is(line_[at_], kSpace)) ++at_;
  }
  void Put(size_t begin, size_t end) {
    slots_.push_back({static_cast<uint32_t>(begin), static_cast<uint32_t>(end), key_ | 1});
  }

  const std::string_view line_;
  std::vector<Slot>& slots_;
  size_t at_ = 0;
  size_t no_array_before_ = 0;
  size_t depth_ = 0;
  std::array<uint64_t, kMaxDepth> outer_{};
  uint64_t path_ = 0;  // of the open object
  uint64_t key_ = 0;   // of the value that comes
};

class TextSplitter {
 public:
  TextSplitter(std::string_view line, std::vector<Slot>& slots) : line_(line), slots_(slots) {}

  void Run() {
    while (at_ < line_.size() && slots_.size() <= kMaxSlots) {
      if (Is(line_[at_], kDelimiter)) {
        ++at_;
      } else {
        Word();
      }
    }
  }

 private:
  void Word() {
    const size_t begin = at_;
    uint8_t seen = 0;
    while (at_ < line_.size() && !Is(line_[at_], kDelimiter))
      seen |= kClasses[static_cast<uint8_t>(line_[at_++])];
    if (at_ < line_.size() && line_[at_] == '=' && (seen & kDigit) == 0) return Value(begin);
    if ((seen & kDigit) == 0) return;
    size_t end = at_;
    while (end > begin && (line_[end - 1] == ':' || line_[end - 1] == '.')) --end;
    slots_.push_back({static_cast<uint32_t>(begin), static_cast<uint32_t>(end), 0});
  }

  // at_ is at the '=' behind the key that begins at `key`.
  void Value(size_t key) {
    const uint64_t path = PathOf(line_.substr(key, at_ - key), 0);
    size_t begin = ++at_;
    if (begin < line_.size() && line_[begin] == '"') {
      const size_t end = EndOfString(line_, ++begin);
      if (end != kNone) {
        slots_.push_back({static_cast<uint32_t>(begin), static_cast<uint32_t>(end), path});
        at_ = end + 1;
        return;
      }
    }
    at_ = begin;
    while (at_ < line_.size() && !Is(line_[at_], kValueEnd)) ++at_;
    slots_.push_back({static_cast<uint32_t>(begin), static_cast<uint32_t>(at_), path});
  }

  const std::string_view line_;
  std::vector<Slot>& slots_;
  size_t at_ = 0;
};

void SplitDigits(std::string_view line, std::vector<Slot>& slots) {
  for (size_t at = 0; at < line.size() && slots.size() <= kMaxSlots;) {
    if (!Is(line[at], kDigit)) {
      ++at;
      continue;
    }
    const size_t begin = at;
    while (at < line.size() && Is(line[at], kDigit)) ++at;
    slots.push_back({static_cast<uint32_t>(begin), static_cast<uint32_t>(at), 0});
  }
}

}  // namespace

bool SplitLine(std::string_view line, SplitMode mode, std::vector<Slot>& slots) {
  slots.clear();
  if (mode == SplitMode::kDigits) {
    SplitDigits(line, slots);
  } else if (mode == SplitMode::kFree || !JsonSplitter(line, slots).Run()) {
    slots.clear();
    TextSplitter(line, slots).Run();
  }
  return slots.size() <= kMaxSlots;
}

}  // namespace narfi::storage
