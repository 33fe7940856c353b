#include "index/keys.h"

#include <bit>

#include "base/bytes.h"

namespace narfi::index {
namespace {

void PutBig64(std::string& dst, uint64_t value) { PutU64(dst, __builtin_bswap64(value)); }
void PutBig32(std::string& dst, uint32_t value) { PutU32(dst, __builtin_bswap32(value)); }

void PutKeyId(std::string& dst, Hash128 id) {
  PutBig64(dst, id.high);
  PutBig64(dst, id.low);
}

Hash128 ReadKeyId(ByteReader& reader) {
  const uint64_t high = __builtin_bswap64(reader.U64());
  return {high, __builtin_bswap64(reader.U64())};
}

std::string DayPrefix(char kind, std::string_view tenant, int64_t day) {
  std::string key(1, kind);
  PutString(key, tenant);
  // The sign bit flipped: negative days come first.
  PutBig64(key, static_cast<uint64_t>(day) ^ (1ULL << 63));
  return key;
}

std::optional<Hash128> ParseIdTail(std::string_view rest) {
  ByteReader reader(rest);
  const Hash128 id = ReadKeyId(reader);
  if (!reader.ok() || !reader.done()) return std::nullopt;
  return id;
}

}  // namespace

std::string VersionKey() { return "v"; }

std::string SegmentPrefix() { return "m"; }

std::string SegmentKey(Hash128 segment) {
  std::string key = SegmentPrefix();
  PutKeyId(key, segment);
  return key;
}

std::string NewestKey(std::string_view tenant, StreamId id) {
  std::string key = "n";
  PutString(key, tenant);
  PutKeyId(key, id);
  return key;
}

std::string StreamPrefix(std::string_view tenant, int64_t day) {
  return DayPrefix('s', tenant, day);
}

std::string StreamKey(std::string_view tenant, int64_t day, StreamId id) {
  std::string key = StreamPrefix(tenant, day);
  PutKeyId(key, id);
  return key;
}

std::string PostingPrefix(std::string_view tenant, int64_t day, std::string_view name) {
  std::string key = DayPrefix('p', tenant, day);
  PutString(key, name);
  return key;
}

std::string PostingPrefix(std::string_view tenant, int64_t day, std::string_view name,
                          std::string_view value) {
  std::string key = PostingPrefix(tenant, day, name);
  PutString(key, value);
  return key;
}

std::string PostingKey(std::string_view tenant, int64_t day, std::string_view name,
                       std::string_view value, StreamId id) {
  std::string key = PostingPrefix(tenant, day, name, value);
  PutKeyId(key, id);
  return key;
}

std::string RunPrefix(std::string_view tenant, int64_t day) { return DayPrefix('r', tenant, day); }

std::string RunPrefix(std::string_view tenant, int64_t day, StreamId id) {
  std::string key = RunPrefix(tenant, day);
  PutKeyId(key, id);
  return key;
}

std::string RunKey(std::string_view tenant, int64_t day, const RunLocation& location) {
  std::string key = RunPrefix(tenant, day, location.stream);
  PutKeyId(key, location.segment);
  PutBig32(key, location.group);
  return key;
}

std::optional<Posting> ParsePosting(std::string_view rest) {
  ByteReader reader(rest);
  Posting posting;
  posting.value = reader.String();
  posting.id = ReadKeyId(reader);
  if (!reader.ok() || !reader.done()) return std::nullopt;
  return posting;
}

std::optional<StreamId> ParseStreamTail(std::string_view rest) { return ParseIdTail(rest); }
std::optional<Hash128> ParseSegmentTail(std::string_view rest) { return ParseIdTail(rest); }

std::string EncodeRun(const RunLocation& location) {
  std::string value;
  PutVarint(value, location.run);
  PutSigned(value, location.min_time_ns);
  PutSigned(value, location.max_time_ns);
  return value;
}

std::optional<RunLocation> ParseRun(std::string_view rest, std::string_view value) {
  ByteReader key(rest);
  RunLocation out;
  out.stream = ReadKeyId(key);
  out.segment = ReadKeyId(key);
  out.group = __builtin_bswap32(key.U32());
  ByteReader reader(value);
  out.run = static_cast<uint32_t>(reader.Varint());
  out.min_time_ns = reader.Signed();
  out.max_time_ns = reader.Signed();
  if (!key.ok() || !key.done() || !reader.ok() || !reader.done()) return std::nullopt;
  return out;
}

std::string EncodeLabels(const Labels& labels) {
  std::string out;
  for (const Label& label : labels) {
    PutString(out, label.name);
    PutString(out, label.value);
  }
  return out;
}

std::optional<Labels> DecodeLabels(std::string_view bytes) {
  ByteReader reader(bytes);
  std::vector<Label> pairs;
  while (reader.ok() && !reader.done()) {
    std::string name(reader.String());
    pairs.push_back({std::move(name), std::string(reader.String())});
  }
  if (!reader.ok()) return std::nullopt;
  return Labels(std::move(pairs));
}

}  // namespace narfi::index
