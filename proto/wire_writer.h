// Writes the protobuf wire format, field by field, into a string.
//
//   WireWriter entry;
//   entry.Bytes(2, line);
//   stream.Bytes(2, entry.bytes());
//
// Fields of their default (0, empty) are written too; leave them out where that matters.
//
// Format:  https://protobuf.dev/programming-guides/encoding.
// Threads: one at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/bytes.h"

namespace narfi::proto {

class WireWriter {
 public:
  // int32, int64, uint32, uint64, bool and enums.
  void Varint(uint32_t field, uint64_t value) {
    PutVarint(out_, uint64_t{field} << 3);
    PutVarint(out_, value);
  }
  // string, bytes or an embedded message.
  void Bytes(uint32_t field, std::string_view bytes) {
    PutVarint(out_, uint64_t{field} << 3 | 2);
    PutString(out_, bytes);
  }
  // google.protobuf.Timestamp, as an embedded message; nanoseconds since 1970.
  void Timestamp(uint32_t field, int64_t time_ns);

  const std::string& bytes() const { return out_; }
  bool empty() const { return out_.empty(); }
  void Clear() { out_.clear(); }
  std::string Take() { return std::exchange(out_, {}); }

 private:
  std::string out_;
};

}  // namespace narfi::proto
