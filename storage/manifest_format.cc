#include "storage/manifest_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/bytes.h"

namespace narfi::storage {
namespace {

constexpr uint32_t kFrameBytes = 12;

void PutSegment(std::string& dst, const SegmentInfo& info) {
  PutU64(dst, info.id.high);
  PutU64(dst, info.id.low);
  PutString(dst, info.tenant);
  PutSigned(dst, info.day);
  PutSigned(dst, info.min_time_ns);
  PutSigned(dst, info.max_time_ns);
  PutVarint(dst, info.rows);
  PutVarint(dst, info.line_bytes);
  PutVarint(dst, info.file_bytes);
  PutVarint(dst, info.covered_sequence);
  PutVarint(dst, info.level);
  PutSigned(dst, info.created_ns);
}

SegmentInfo ReadSegment(ByteReader& reader, uint32_t version) {
  SegmentInfo info;
  info.id.high = reader.U64();
  info.id.low = reader.U64();
  info.tenant = reader.String();
  info.day = reader.Signed();
  info.min_time_ns = reader.Signed();
  info.max_time_ns = reader.Signed();
  info.rows = reader.Varint();
  info.line_bytes = reader.Varint();
  info.file_bytes = reader.Varint();
  info.covered_sequence = reader.Varint();
  if (version >= kVersionOfMerging) {
    info.level = static_cast<uint8_t>(reader.Varint());
    info.created_ns = reader.Signed();
  }
  return info;
}

void PutSegments(std::string& dst, const std::vector<SegmentInfo>& segments) {
  PutVarint(dst, segments.size());
  for (const SegmentInfo& info : segments) PutSegment(dst, info);
}

void ReadSegments(ByteReader& reader, uint32_t version, std::vector<SegmentInfo>& segments) {
  segments.resize(reader.Count(25));
  for (SegmentInfo& info : segments) info = ReadSegment(reader, version);
}

void PutIds(std::string& dst, const std::vector<Hash128>& ids) {
  PutVarint(dst, ids.size());
  for (const Hash128 id : ids) {
    PutU64(dst, id.high);
    PutU64(dst, id.low);
  }
}

void ReadIds(ByteReader& reader, std::vector<Hash128>& ids) {
  ids.resize(reader.Count(16));
  for (Hash128& id : ids) {
    id.high = reader.U64();
    id.low = reader.U64();
  }
}

void PutDelete(std::string& dst, const DeletePredicate& what) {
  PutU64(dst, what.id.high);
  PutU64(dst, what.id.low);
  PutString(dst, what.tenant);
  PutVarint(dst, kDeleteOfStreams);
  PutVarint(dst, what.matchers.size());
  for (const DeletePredicate::Matcher& matcher : what.matchers) {
    PutString(dst, matcher.name);
    PutString(dst, matcher.op);
    PutString(dst, matcher.value);
  }
  PutSigned(dst, what.start_ns);
  PutSigned(dst, what.end_ns);
  PutSigned(dst, what.created_ns);
  PutVarint(dst, what.generation);
}

// False when its kind is not known: then what it hides is not known either.
bool ReadDelete(ByteReader& reader, DeletePredicate& what) {
  what.id.high = reader.U64();
  what.id.low = reader.U64();
  what.tenant = reader.String();
  if (reader.Varint() != kDeleteOfStreams) return false;
  what.matchers.resize(reader.Count(3));
  for (DeletePredicate::Matcher& matcher : what.matchers) {
    matcher.name = reader.String();
    matcher.op = reader.String();
    matcher.value = reader.String();
  }
  what.start_ns = reader.Signed();
  what.end_ns = reader.Signed();
  what.created_ns = reader.Signed();
  what.generation = reader.Varint();
  return reader.ok();
}

bool ReadEdit(std::string_view payload, uint32_t version, ManifestEdit& edit,
              uint64_t& generation) {
  ByteReader reader(payload);
  generation = reader.Varint();
  ReadSegments(reader, version, edit.add);
  ReadIds(reader, edit.remove);
  edit.covered.resize(reader.Count(2));
  for (auto& [tenant, sequence] : edit.covered) {
    tenant = reader.String();
    sequence = reader.Varint();
  }
  if (version >= kVersionOfMerging) {
    ReadIds(reader, edit.gone);
    ReadSegments(reader, version, edit.removed);
    edit.add_deletes.resize(reader.Count(24));
    for (DeletePredicate& what : edit.add_deletes) {
      if (!ReadDelete(reader, what)) return false;
    }
    ReadIds(reader, edit.remove_deletes);
  }
  return reader.ok() && reader.done();
}

uint64_t EditChecksum(std::string_view framed, uint64_t number, uint64_t offset) {
  return Hash64(framed, number * 0x9E3779B97F4A7C15ULL ^ offset);
}

// The payload of the record at `offset`, or nothing when it is not whole.
std::string_view WholeRecord(std::string_view bytes, uint64_t number, uint64_t offset) {
  ByteReader reader(bytes.substr(offset));
  const uint32_t length = reader.U32();
  if (length > kMaxEditBytes) return {};
  const std::string_view payload = reader.Bytes(length);
  const uint64_t checksum = reader.U64();
  if (!reader.ok() || length == 0 ||
      checksum != EditChecksum(bytes.substr(offset, 4 + length), number, offset))
    return {};
  return payload;
}

// Whether the record at `offset` is the last one, whole but for its length.
bool IsWholeButForLength(std::string_view bytes, uint64_t number, uint64_t offset) {
  std::string record(bytes.substr(offset));
  std::string length;
  PutU32(length, static_cast<uint32_t>(record.size() - kFrameBytes));
  record.replace(0, length.size(), length);
  const uint64_t checksum = ByteReader(std::string_view(record).substr(record.size() - 8)).U64();
  record.resize(record.size() - 8);
  return checksum == EditChecksum(record, number, offset);
}

bool IsZeros(std::string_view bytes) {
  return bytes.find_first_not_of('\0') == std::string_view::npos;
}

// Whether the bad record at `offset` can be the tail of a write that never finished: it runs past
// the end of the file, or its end was never written and reads as zeros. Not when a whole record
// lies behind it, or when it is whole but for its length. Checksums are seeded by the offset, so
// that nothing looks whole by chance.
bool MayBeTorn(std::string_view bytes, uint64_t number, uint64_t offset) {
  const uint64_t left = bytes.size() - offset;
  if (left < kFrameBytes) return true;
  if (IsWholeButForLength(bytes, number, offset)) return false;
  for (uint64_t at = offset + 1; at + kFrameBytes < bytes.size(); ++at) {
    if (!WholeRecord(bytes, number, at).empty()) return false;
  }
  const uint64_t end = uint64_t{ByteReader(bytes.substr(offset)).U32()} + kFrameBytes;
  if (end > left) return true;
  return IsZeros(bytes.substr(offset + end - 8));
}

Status ApplyDeletes(const ManifestEdit& edit, uint64_t generation, ManifestState& state) {
  for (const Hash128 id : edit.remove_deletes) {
    if (state.deletes.erase(id) == 0)
      return Fail(Code::kCorrupt, "removes delete " + ToHex(id) + ", which is not there");
  }
  for (const DeletePredicate& added : edit.add_deletes) {
    auto what = std::make_shared<DeletePredicate>(added);
    if (what->generation == 0) what->generation = generation;
    if (!state.deletes.try_emplace(added.id, std::move(what)).second)
      return Fail(Code::kCorrupt, "adds delete " + ToHex(added.id) + " twice");
  }
  return {};
}

}  // namespace

std::string ManifestLogName(uint64_t number) { return fmt::format("{:016x}.log", number); }

uint64_t ManifestLogNumber(std::string_view name) {
  uint64_t number = 0;
  if (name.size() != 20 || !name.ends_with(".log")) return 0;
  const auto [stop, error] = std::from_chars(name.data(), name.data() + 16, number, 16);
  return error == std::errc{} && stop == name.data() + 16 ? number : 0;
}

std::string ManifestHeader(uint64_t number) {
  std::string out(kManifestMagic);
  PutU32(out, kManifestVersion);
  PutU32(out, 0);
  PutU64(out, number);
  return out;
}

std::string FrameEdit(const ManifestEdit& edit, uint64_t generation, uint64_t number,
                      uint64_t offset) {
  std::string payload;
  PutVarint(payload, generation);
  PutSegments(payload, edit.add);
  PutIds(payload, edit.remove);
  PutVarint(payload, edit.covered.size());
  for (const auto& [tenant, sequence] : edit.covered) {
    PutString(payload, tenant);
    PutVarint(payload, sequence);
  }
  PutIds(payload, edit.gone);
  PutSegments(payload, edit.removed);
  PutVarint(payload, edit.add_deletes.size());
  for (const DeletePredicate& what : edit.add_deletes) PutDelete(payload, what);
  PutIds(payload, edit.remove_deletes);
  std::string out;
  PutU32(out, static_cast<uint32_t>(payload.size()));
  out += payload;
  PutU64(out, EditChecksum(out, number, offset));
  return out;
}

Result<ManifestLog> ReadManifestLog(std::string_view bytes, uint64_t number) {
  ByteReader header(bytes);
  if (header.Bytes(kManifestMagic.size()) != kManifestMagic)
    return Fail(Code::kCorrupt, "not a manifest");
  const uint32_t version = header.U32();
  header.U32();
  if (!header.ok() || header.U64() != number) return Fail(Code::kCorrupt, "damaged header");
  if (version == 0) return Fail(Code::kCorrupt, "damaged header");
  if (version > kManifestVersion)
    return Fail(Code::kCorrupt, fmt::format("format version {} is newer than this program's {}",
                                            version, kManifestVersion));
  ManifestLog log;
  log.good_bytes = kManifestHeaderBytes;
  while (log.good_bytes < bytes.size()) {
    const uint64_t at = log.good_bytes;
    const std::string_view payload = WholeRecord(bytes, number, at);
    if (payload.empty()) {
      // The checkpoint was synced before the file got its name.
      if (at == kManifestHeaderBytes) return Fail(Code::kCorrupt, "damaged checkpoint");
      if (!MayBeTorn(bytes, number, log.good_bytes))
        return Fail(Code::kCorrupt, fmt::format("damaged record at {}", log.good_bytes));
      break;
    }
    ManifestEdit edit;
    uint64_t generation = 0;
    if (!ReadEdit(payload, version, edit, generation))
      return Fail(Code::kCorrupt, fmt::format("malformed record at {}", log.good_bytes));
    NARFI_TRY(ApplyEdit(edit, generation, log.state));
    log.good_bytes += kFrameBytes + payload.size();
  }
  if (log.good_bytes == kManifestHeaderBytes) return Fail(Code::kCorrupt, "no checkpoint");
  log.cut_bytes = bytes.size() - log.good_bytes;
  return log;
}

ManifestState SalvageManifest(std::string_view bytes, uint64_t number) {
  ByteReader header(bytes.substr(0, std::min<size_t>(bytes.size(), kManifestHeaderBytes)));
  header.Bytes(kManifestMagic.size());
  // The header has no checksum; the records do.
  const uint32_t said = header.U32();
  const uint32_t version = said == 0 || said > kManifestVersion ? kManifestVersion : said;
  ManifestState state;
  for (uint64_t at = kManifestHeaderBytes; at < bytes.size();) {
    const std::string_view payload = WholeRecord(bytes, number, at);
    ManifestEdit edit;
    uint64_t generation = 0;
    ManifestState after = state;
    if (payload.empty() || !ReadEdit(payload, version, edit, generation) ||
        !ApplyEdit(edit, generation, after))
      break;
    state = std::move(after);
    at += kFrameBytes + payload.size();
  }
  return state;
}

Status ApplyEdit(const ManifestEdit& edit, uint64_t generation, ManifestState& state) {
  for (const Hash128 id : edit.remove) {
    auto node = state.segments.extract(id);
    if (node.empty())
      return Fail(Code::kCorrupt, "removes segment " + ToHex(id) + ", which is not there");
    state.removed.insert(std::move(node));
  }
  for (const Hash128 id : edit.gone) state.removed.erase(id);
  for (const SegmentInfo& info : edit.removed)
    state.removed.try_emplace(info.id, std::make_shared<const SegmentInfo>(info));
  for (const SegmentInfo& info : edit.add) {
    if (!state.segments.try_emplace(info.id, std::make_shared<const SegmentInfo>(info)).second) {
      return Fail(Code::kCorrupt, "adds segment " + ToHex(info.id) + " twice");
    }
  }
  for (const auto& [tenant, sequence] : edit.covered) {
    uint64_t& known = state.covered[tenant];
    known = std::max(known, sequence);
  }
  NARFI_TRY(ApplyDeletes(edit, generation, state));
  state.generation = generation;
  return {};
}

ManifestEdit WholeState(const ManifestState& state) {
  ManifestEdit edit;
  for (const auto& [id, info] : state.segments) edit.add.push_back(*info);
  edit.covered.assign(state.covered.begin(), state.covered.end());
  for (const auto& [id, info] : state.removed) edit.removed.push_back(*info);
  for (const auto& [id, what] : state.deletes) edit.add_deletes.push_back(*what);
  return edit;
}

}  // namespace narfi::storage
