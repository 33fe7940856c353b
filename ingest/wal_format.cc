#include "ingest/wal_format.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/hash.h"

namespace narfi::ingest {

std::string WalHeader(uint64_t number) {
  std::string out(kWalMagic);
  PutU32(out, kWalVersion);
  PutU32(out, 0);
  PutU64(out, number);
  return out;
}

std::string EncodePushHead(const WalPush& push) {
  std::string out;
  PutVarint(out, push.sequence);
  PutString(out, push.tenant);
  PutSigned(out, push.received_ns);
  PutString(out, push.content_type);
  PutString(out, push.content_encoding);
  PutU8(out, push.all_accepted ? 1 : 0);
  if (!push.all_accepted) {
    PutVarint(out, push.accepted.size());
    uint32_t previous = 0;
    for (const auto& [first, last] : push.accepted) {
      PutVarint(out, first - previous);
      PutVarint(out, last - first);
      previous = last;
    }
  }
  PutVarint(out, push.body.size());
  return out;
}

Result<WalPush> DecodePush(std::string_view payload) {
  ByteReader reader(payload);
  WalPush push;
  push.sequence = reader.Varint();
  push.tenant = reader.String();
  push.received_ns = reader.Signed();
  push.content_type = reader.String();
  push.content_encoding = reader.String();
  push.all_accepted = reader.U8() == 1;
  if (!push.all_accepted) {
    push.accepted.resize(reader.Count(2));
    uint32_t previous = 0;
    for (auto& [first, last] : push.accepted) {
      first = previous + static_cast<uint32_t>(reader.Varint());
      last = first + static_cast<uint32_t>(reader.Varint());
      previous = last;
    }
  }
  push.body = reader.String();
  if (!reader.ok() || !reader.done()) return Fail(Code::kCorrupt, "malformed record");
  return push;
}

uint64_t RecordChecksum(std::string_view head, std::string_view body, uint64_t number,
                        uint64_t offset) {
  const uint64_t seed = number * 0x9E3779B97F4A7C15ULL ^ offset;
  return Hash64(body, Hash64(head, seed) + head.size() + body.size());
}

void AddOrdinal(std::vector<std::pair<uint32_t, uint32_t>>& runs, uint32_t ordinal) {
  if (!runs.empty() && runs.back().second + 1 == ordinal) {
    ++runs.back().second;
  } else {
    runs.emplace_back(ordinal, ordinal);
  }
}

bool HasOrdinal(const std::vector<std::pair<uint32_t, uint32_t>>& runs, uint32_t ordinal) {
  const auto after =
      std::upper_bound(runs.begin(), runs.end(), ordinal,
                       [](uint32_t value, const auto& run) { return value < run.first; });
  return after != runs.begin() && std::prev(after)->second >= ordinal;
}

}  // namespace narfi::ingest
