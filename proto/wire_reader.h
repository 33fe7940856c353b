// Reads the protobuf wire format in place: fields one after the other, strings as views into the
// bytes, nothing copied and nothing allocated.
//
//   WireReader reader(bytes);
//   while (reader.Next()) {
//     switch (reader.field()) {
//       case 1: name = reader.Bytes(); break;
//       case 2: count = reader.Varint(); break;
//       default: reader.Skip();
//     }
//   }
//   if (!reader.ok()) return Fail(Code::kInvalidArgument,
//   std::string(WireErrorText(reader.error())));
//
// Each field must be read once, by the accessor of its wire type, or skipped. Anything malformed
// makes ok() false for good: Next() is false and accessors give zeros and empty views from then on.
//
// Format:    https://protobuf.dev/programming-guides/encoding; groups can only be skipped.
// Ownership: borrows the bytes.
// Limits:    no recursion and no depth limit; varints of at most 10 bytes; tags fit 32 bits.
// Threads:   one at a time.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace narfi::proto {

enum class WireType : uint8_t {
  kVarint = 0,
  kFixed64 = 1,
  kBytes = 2,
  kGroupStart = 3,
  kGroupEnd = 4,
  kFixed32 = 5,
};

enum class WireError : uint8_t {
  kNone,
  kTruncated,      // the bytes end inside a field
  kOverflow,       // a varint of more than 64 bits, a tag of more than 32
  kIllegalTag,     // field number 0 or a wire type that does not exist
  kWrongType,      // a known field of another wire type than it must have
  kStrayGroupEnd,  // a group ends that never began
};

// One sentence in the words of Go's protobuf libraries, which Loki's clients know.
std::string_view WireErrorText(WireError error);

class WireReader {
 public:
  explicit WireReader(std::string_view bytes)
      : next_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  // Moves to the next field; false at the end and on errors.
  bool Next() {
    if (next_ == end_) return false;
    const uint64_t tag = ReadVarint();
    if (tag > UINT32_MAX) return Stop(WireError::kOverflow);
    field_ = static_cast<uint32_t>(tag >> 3);
    type_ = static_cast<WireType>(tag & 7);
    if (error_ != WireError::kNone) return false;
    if (field_ == 0 || type_ > WireType::kFixed32) return Stop(WireError::kIllegalTag);
    if (type_ == WireType::kGroupEnd) return Stop(WireError::kStrayGroupEnd);
    return true;
  }

  uint32_t field() const { return field_; }
  WireType type() const { return type_; }
  bool ok() const { return error_ == WireError::kNone; }
  WireError error() const { return error_; }

  // The value of the current field; for int32, int64, uint32, uint64, bool and enums.
  uint64_t Varint() { return Expect(WireType::kVarint) ? ReadVarint() : 0; }
  int64_t Int64() { return static_cast<int64_t>(Varint()); }
  // int32 as parsers read it: the low 32 bits.
  int32_t Int32() { return static_cast<int32_t>(static_cast<uint32_t>(Varint())); }
  uint64_t Fixed64() { return Expect(WireType::kFixed64) ? ReadFixed<uint64_t>() : 0; }
  uint32_t Fixed32() { return Expect(WireType::kFixed32) ? ReadFixed<uint32_t>() : 0; }
  // string, bytes, an embedded message, or a packed list.
  std::string_view Bytes() { return Expect(WireType::kBytes) ? ReadBytes() : std::string_view(); }
  void Skip();

 private:
  bool Expect(WireType type) {
    if (type_ == type) [[likely]]
      return ok();
    return Stop(WireError::kWrongType);
  }

  uint64_t ReadVarint() {
    if (next_ != end_ && static_cast<int8_t>(*next_) >= 0) [[likely]] {
      return static_cast<uint8_t>(*next_++);
    }
    return ReadLongVarint();
  }
  uint64_t ReadLongVarint();

  std::string_view ReadBytes() {
    const uint64_t count = ReadVarint();
    if (count > static_cast<uint64_t>(end_ - next_)) {
      Stop(WireError::kTruncated);
      return {};
    }
    const char* begin = next_;
    next_ += count;
    return {begin, static_cast<size_t>(count)};
  }

  template <class T>
  T ReadFixed() {
    T value{};
    if (static_cast<size_t>(end_ - next_) < sizeof value) {
      Stop(WireError::kTruncated);
      return value;
    }
    std::memcpy(&value, next_, sizeof value);  // little-endian hosts only
    next_ += sizeof value;
    return value;
  }

  void SkipValue(WireType type);
  // Keeps the first error and goes to the end. Always false.
  bool Stop(WireError error) {
    if (error_ == WireError::kNone) error_ = error;
    next_ = end_;
    return false;
  }

  const char* next_;
  const char* end_;
  uint32_t field_ = 0;
  WireType type_ = WireType::kVarint;
  WireError error_ = WireError::kNone;
};

}  // namespace narfi::proto
