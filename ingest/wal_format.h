// The records of the write-ahead log.
//
// Format: docs/format/wal.md; that page and this header change together. A file is a header and
//         records; a record is u32 length, payload, u64 checksum seeded by file number and offset.
// Limits: kMaxRecordBytes a record.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace narfi::ingest {

constexpr std::string_view kWalMagic = "NARFIWAL";
constexpr uint32_t kWalVersion = 1;
constexpr uint32_t kWalHeaderBytes = 24;  // magic, version, reserved, number
constexpr uint32_t kRecordFrameBytes = 12;
constexpr uint32_t kMaxRecordBytes = 1u << 30;

// Sequences of one process start carry the number of its first file in the high bits, so that they
// are above those of every earlier start before any old file was read.
constexpr int kSequenceBits = 36;

// One push as it was accepted.
struct WalPush {
  uint64_t sequence = 0;
  std::string_view tenant;
  int64_t received_ns = 0;
  std::string_view content_type;
  std::string_view content_encoding;
  bool all_accepted = true;
  // When not all: runs of accepted entries [first, last], by PushEntry::ordinal, ascending.
  std::vector<std::pair<uint32_t, uint32_t>> accepted;
  std::string_view body;  // as received
};

std::string WalHeader(uint64_t number);
// Everything of the payload but the body, which follows it.
std::string EncodePushHead(const WalPush& push);
Result<WalPush> DecodePush(std::string_view payload);

// The checksum of a record whose payload is `head` then `body`.
uint64_t RecordChecksum(std::string_view head, std::string_view body, uint64_t number,
                        uint64_t offset);

// Appends `ordinal` to ascending runs.
void AddOrdinal(std::vector<std::pair<uint32_t, uint32_t>>& runs, uint32_t ordinal);
bool HasOrdinal(const std::vector<std::pair<uint32_t, uint32_t>>& runs, uint32_t ordinal);

}  // namespace narfi::ingest
