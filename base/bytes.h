// Little-endian integers, varints and length-prefixed strings: writing appends to a std::string,
// reading goes through a ByteReader that never leaves its bounds.
//
// Format: unsigned varints are LEB128 (protobuf's); signed ones are zigzag first.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace narfi {

inline void PutU8(std::string& dst, uint8_t value) { dst.push_back(static_cast<char>(value)); }
inline void PutU32(std::string& dst, uint32_t value) {
  dst.append(reinterpret_cast<const char*>(&value), sizeof value);  // little-endian hosts only
}
inline void PutU64(std::string& dst, uint64_t value) {
  dst.append(reinterpret_cast<const char*>(&value), sizeof value);
}
inline void PutVarint(std::string& dst, uint64_t value) {
  while (value >= 0x80) {
    dst.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  dst.push_back(static_cast<char>(value));
}
inline uint64_t ZigZag(int64_t value) {
  return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
}
inline int64_t UnZigZag(uint64_t value) {
  return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
}
inline void PutSigned(std::string& dst, int64_t value) { PutVarint(dst, ZigZag(value)); }
inline void PutString(std::string& dst, std::string_view text) {
  PutVarint(dst, text.size());
  dst.append(text);
}

// Reads from a borrowed range. A read past the end or a malformed varint makes ok() false for good
// and gives zeros and empty strings from then on; ask once, at the end.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  bool ok() const { return ok_; }
  bool done() const { return rest_.empty(); }
  size_t remaining() const { return rest_.size(); }
  std::string_view rest() const { return rest_; }

  uint8_t U8() { return Fixed<uint8_t>(); }
  uint32_t U32() { return Fixed<uint32_t>(); }
  uint64_t U64() { return Fixed<uint64_t>(); }
  int64_t Signed() { return UnZigZag(Varint()); }

  uint64_t Varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) return Bad();
      const auto byte = static_cast<uint8_t>(rest_.front());
      rest_.remove_prefix(1);
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return shift == 63 && byte > 1 ? Bad() : value;
    }
    return Bad();
  }

  std::string_view Bytes(uint64_t count) {
    if (count > rest_.size()) {
      Bad();
      return {};
    }
    const std::string_view out = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return out;
  }
  std::string_view String() { return Bytes(Varint()); }

  // A count of things of at least `min_bytes` each: more of them than bytes are left is malformed,
  // so that nobody allocates for a made-up number.
  uint64_t Count(uint64_t min_bytes = 1) {
    const uint64_t count = Varint();
    if (min_bytes != 0 && count > rest_.size() / min_bytes) return Bad();
    return count;
  }

 private:
  template <class T>
  T Fixed() {
    T value{};
    if (rest_.size() < sizeof value) {
      Bad();
      return value;
    }
    std::memcpy(&value, rest_.data(), sizeof value);
    rest_.remove_prefix(sizeof value);
    return value;
  }
  uint64_t Bad() {
    ok_ = false;
    rest_ = {};
    return 0;
  }

  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace narfi
