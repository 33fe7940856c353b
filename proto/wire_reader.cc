#include "proto/wire_reader.h"

namespace narfi::proto {

std::string_view WireErrorText(WireError error) {
  switch (error) {
    case WireError::kNone:
      return {};
    case WireError::kTruncated:
      return "unexpected EOF";
    case WireError::kOverflow:
      return "proto: integer overflow";
    case WireError::kIllegalTag:
      return "proto: illegal tag";
    case WireError::kWrongType:
      return "proto: wrong wire type for a known field";
    case WireError::kStrayGroupEnd:
      return "proto: wiretype end group for non-group";
  }
  return {};
}

uint64_t WireReader::ReadLongVarint() {
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (next_ == end_) {
      Stop(WireError::kTruncated);
      return 0;
    }
    const auto byte = static_cast<uint8_t>(*next_++);
    if (shift == 63 && byte > 1) break;
    value |= static_cast<uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return value;
  }
  Stop(WireError::kOverflow);
  return 0;
}

void WireReader::SkipValue(WireType type) {
  switch (type) {
    case WireType::kVarint:
      ReadVarint();
      return;
    case WireType::kFixed64:
      ReadFixed<uint64_t>();
      return;
    case WireType::kFixed32:
      ReadFixed<uint32_t>();
      return;
    case WireType::kBytes:
      ReadBytes();
      return;
    case WireType::kGroupStart:
    case WireType::kGroupEnd:
      return;  // counted by Skip()
  }
  Stop(WireError::kIllegalTag);
}

// Groups nest; counting them instead of recursing makes depth a matter of bytes, not of stack.
void WireReader::Skip() {
  SkipValue(type_);
  uint64_t depth = type_ == WireType::kGroupStart ? 1 : 0;
  while (depth > 0 && ok()) {
    if (next_ == end_) {
      Stop(WireError::kTruncated);
      return;
    }
    const uint64_t tag = ReadVarint();
    const auto type = static_cast<WireType>(tag & 7);
    if (tag > UINT32_MAX) Stop(WireError::kOverflow);
    if (ok() && tag >> 3 == 0) Stop(WireError::kIllegalTag);
    if (!ok()) return;
    if (type == WireType::kGroupStart) ++depth;
    if (type == WireType::kGroupEnd) --depth;
    SkipValue(type);
  }
}

}  // namespace narfi::proto
