// Texts that have hexadecimal digits at the same places: their pattern, and digits as bytes.
//
// Threads: values.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace narfi::storage {

class HexPattern {
 public:
  HexPattern() = default;
  // In `pattern` a zero byte stands for a digit. The bytes are borrowed.
  HexPattern(std::string_view pattern, bool is_upper)
      : pattern_(pattern),
        digits_(is_upper ? "0123456789ABCDEF" : "0123456789abcdef"),
        nibbles_(static_cast<size_t>(std::count(pattern.begin(), pattern.end(), '\0'))) {}

  std::string_view pattern() const { return pattern_; }
  std::string_view digits() const { return digits_; }
  bool is_upper() const { return digits_[10] == 'A'; }
  size_t nibbles() const { return nibbles_; }
  size_t text_bytes() const { return pattern_.size(); }
  size_t id_bytes() const { return (nibbles_ + 1) / 2; }

  // False when no id prints as this text.
  bool Pack(std::string_view text, std::string& id) const {
    if (text.size() != pattern_.size()) return false;
    id.assign(id_bytes(), '\0');
    size_t nibble = 0;
    for (size_t i = 0; i < pattern_.size(); ++i) {
      if (pattern_[i] != '\0') {
        if (text[i] != pattern_[i]) return false;
        continue;
      }
      const size_t digit = digits_.find(text[i]);
      if (digit == std::string_view::npos) return false;
      id[nibble / 2] = static_cast<char>(static_cast<uint8_t>(id[nibble / 2]) |
                                         digit << (nibble % 2 == 0 ? 4 : 0));
      ++nibble;
    }
    return true;
  }

  // The ids whose texts hold `text`, when it tells all of their digits wherever in them it may lie;
  // false when it may be a part of the digits, which many ids have.
  bool IdsWith(std::string_view text, std::vector<std::string>& ids) const {
    ids.clear();
    for (size_t at = 0; at + text.size() <= pattern_.size(); ++at) {
      if (!FitsAt(text, at)) continue;
      std::string whole(pattern_);
      whole.replace(at, text.size(), text);
      if (whole.find('\0') != std::string::npos || !Pack(whole, ids.emplace_back())) return false;
    }
    return true;
  }

  // Writes text_bytes() of them; returns the end.
  char* Print(char* at, const char* id) const {
    bool high = true;
    for (const char c : pattern_) {
      if (c != '\0') {
        *at++ = c;
        continue;
      }
      const auto byte = static_cast<uint8_t>(*id);
      *at++ = digits_[high ? byte >> 4 : byte & 15];
      id += high ? 0 : 1;
      high = !high;
    }
    return at;
  }

 private:
  bool FitsAt(std::string_view text, size_t at) const {
    for (size_t i = 0; i < text.size(); ++i) {
      const char wanted = pattern_[at + i];
      const bool fits =
          wanted == '\0' ? digits_.find(text[i]) != std::string_view::npos : text[i] == wanted;
      if (!fits) return false;
    }
    return true;
  }

  std::string_view pattern_;
  std::string_view digits_ = "0123456789abcdef";
  size_t nibbles_ = 0;
};

// The first bytes of an id as a number, in the order of ids.
inline uint64_t IdKey(std::string_view id) {
  uint64_t key = 0;
  std::memcpy(&key, id.data(), std::min<size_t>(id.size(), 8));
  return __builtin_bswap64(key);
}

// The IdKey of the first id of each page of sorted ids, eight bytes each, lowest first. Borrows
// them.
class IdPageKeys {
 public:
  IdPageKeys() = default;
  explicit IdPageKeys(std::string_view keys) : keys_(keys) {}

  size_t pages() const { return keys_.size() / 8; }
  uint64_t At(size_t page) const {
    uint64_t key = 0;
    std::memcpy(&key, keys_.data() + page * 8, 8);
    return key;
  }
  // The first page that may have ids of this key. Ids that share their first bytes may begin on the
  // page before the one that says so, and reach over several: those for which At() is not above.
  size_t FirstOf(uint64_t key) const {
    size_t low = 0;
    size_t high = pages();
    while (low < high) {
      const size_t middle = (low + high) / 2;
      if (At(middle) < key) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low == 0 ? 0 : low - 1;
  }

 private:
  std::string_view keys_;
};

}  // namespace narfi::storage
