#include "proto/push_writer.h"

#include <utility>

#include "base/bytes.h"

namespace narfi::proto {
namespace {

// Tags: field number and wire type in one byte.
constexpr uint8_t kBytesField1 = 1 << 3 | 2;
constexpr uint8_t kBytesField2 = 2 << 3 | 2;
constexpr uint8_t kVarintField1 = 1 << 3;
constexpr uint8_t kVarintField2 = 2 << 3;

constexpr int64_t kNsPerSecond = 1'000'000'000;

size_t VarintSize(uint64_t value) {
  size_t size = 1;
  for (; value >= 0x80; value >>= 7) ++size;
  return size;
}

// google.protobuf.Timestamp; a time before 1970 has negative seconds and positive nanoseconds.
void AppendTimestamp(std::string& dst, int64_t time_ns) {
  int64_t seconds = time_ns / kNsPerSecond;
  int64_t nanos = time_ns % kNsPerSecond;
  if (nanos < 0) {
    nanos += kNsPerSecond;
    --seconds;
  }
  if (seconds != 0) {
    PutU8(dst, kVarintField1);
    PutVarint(dst, static_cast<uint64_t>(seconds));
  }
  if (nanos != 0) {
    PutU8(dst, kVarintField2);
    PutVarint(dst, static_cast<uint64_t>(nanos));
  }
}

}  // namespace

void PushWriter::BeginStream(std::string_view labels) {
  EndStream();
  open_ = true;
  PutU8(stream_, kBytesField1);
  PutString(stream_, labels);
}

void PushWriter::AddEntry(int64_t time_ns, std::string_view line) {
  std::string timestamp;  // at most 16 bytes: no allocation
  AppendTimestamp(timestamp, time_ns);
  const size_t size = 1 + VarintSize(timestamp.size()) + timestamp.size() + 1 +
                      VarintSize(line.size()) + line.size();
  PutU8(stream_, kBytesField2);
  PutVarint(stream_, size);
  PutU8(stream_, kBytesField1);
  PutString(stream_, timestamp);
  PutU8(stream_, kBytesField2);
  PutString(stream_, line);
}

std::string PushWriter::Take() {
  EndStream();
  return std::exchange(out_, {});
}

void PushWriter::EndStream() {
  if (!open_) return;
  PutU8(out_, kBytesField1);
  PutString(out_, stream_);
  stream_.clear();
  open_ = false;
}

}  // namespace narfi::proto
