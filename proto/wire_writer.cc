#include "proto/wire_writer.h"

#include "base/duration.h"

namespace narfi::proto {

void WireWriter::Timestamp(uint32_t field, int64_t time_ns) {
  int64_t seconds = time_ns / kSecond;
  int64_t nanos = time_ns % kSecond;
  if (nanos < 0) {
    nanos += kSecond;
    --seconds;
  }
  WireWriter time;
  if (seconds != 0) time.Varint(1, static_cast<uint64_t>(seconds));
  if (nanos != 0) time.Varint(2, static_cast<uint64_t>(nanos));
  Bytes(field, time.bytes());
}

}  // namespace narfi::proto
