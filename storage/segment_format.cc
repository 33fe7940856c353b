#include "storage/segment_format.h"

#include <fmt/format.h>

#include <unordered_map>

#include "base/bytes.h"
#include "base/time.h"

namespace narfi::storage {
namespace {

using StreamTable = std::vector<std::pair<StreamId, std::shared_ptr<const Labels>>>;

tl::unexpected<Error> BadFooter() { return Fail(Code::kCorrupt, "malformed footer"); }

void PutId(std::string& dst, Hash128 id) {
  PutU64(dst, id.high);
  PutU64(dst, id.low);
}

Hash128 ReadId(ByteReader& reader) {
  const uint64_t high = reader.U64();
  return {high, reader.U64()};
}

void PutRef(std::string& dst, BlockRef ref) {
  PutVarint(dst, ref.offset);
  PutVarint(dst, ref.length);
}

BlockRef ReadRef(ByteReader& reader) {
  const uint64_t offset = reader.Varint();
  return {offset, static_cast<uint32_t>(reader.Varint())};
}

void PutLabels(std::string& dst, const Labels& labels) {
  PutVarint(dst, labels.size());
  for (const Label& label : labels) {
    PutString(dst, label.name);
    PutString(dst, label.value);
  }
}

Labels ReadLabels(ByteReader& reader) {
  std::vector<Label> pairs(reader.Count(2));
  for (Label& label : pairs) {
    label.name = reader.String();
    label.value = reader.String();
  }
  return Labels(std::move(pairs));
}

void PutRun(std::string& dst, const StreamRun& run, uint32_t stream) {
  PutVarint(dst, stream);
  PutVarint(dst, run.rows);
  PutSigned(dst, run.min_time_ns);
  PutVarint(dst, static_cast<uint64_t>(run.max_time_ns) - static_cast<uint64_t>(run.min_time_ns));
  PutVarint(dst, run.line_bytes);
  PutVarint(dst, run.metadata_bytes);
}

bool ReadRun(ByteReader& reader, const StreamTable& streams, uint32_t first_row, StreamRun& run) {
  const uint64_t stream = reader.Varint();
  if (!reader.ok() || stream >= streams.size()) return false;
  run.id = streams[stream].first;
  run.labels = streams[stream].second;
  run.first_row = first_row;
  const uint64_t rows = reader.Varint();
  run.min_time_ns = reader.Signed();
  run.max_time_ns = static_cast<int64_t>(static_cast<uint64_t>(run.min_time_ns) + reader.Varint());
  run.line_bytes = reader.Varint();
  run.metadata_bytes = reader.Varint();
  if (!reader.ok() || rows == 0 || rows > kMaxRows) return false;
  run.rows = static_cast<uint32_t>(rows);
  return true;
}

void PutGroup(std::string& dst, const RowGroupMeta& group,
              const std::unordered_map<StreamId, uint32_t>& streams) {
  PutVarint(dst, group.runs.size());
  for (const StreamRun& run : group.runs) PutRun(dst, run, streams.at(run.id));
  PutVarint(dst, group.start);
  PutRef(dst, group.directory);
  PutRef(dst, group.times);
}

bool ReadGroup(ByteReader& reader, const StreamTable& streams, RowGroupMeta& group) {
  group.runs.resize(reader.Count(6));
  uint64_t rows = 0;
  for (StreamRun& run : group.runs) {
    if (!ReadRun(reader, streams, static_cast<uint32_t>(rows), run)) return false;
    rows += run.rows;
    if (rows > kMaxRows) return false;
  }
  group.start = reader.Varint();
  group.directory = ReadRef(reader);
  group.times = ReadRef(reader);
  return reader.ok() && group.start <= group.directory.offset &&
         group.directory.offset + group.directory.length == group.times.offset;
}

// Every stream of the segment once, in order of first appearance.
std::unordered_map<StreamId, uint32_t> PutStreamTable(std::string& dst,
                                                      const SegmentFooter& footer) {
  std::unordered_map<StreamId, uint32_t> known;
  std::string table;
  for (const RowGroupMeta& group : footer.groups) {
    for (const StreamRun& run : group.runs) {
      if (!known.try_emplace(run.id, static_cast<uint32_t>(known.size())).second) continue;
      PutLabels(table, *run.labels);
    }
  }
  PutVarint(dst, known.size());
  dst += table;
  return known;
}

StreamTable ReadStreamTable(ByteReader& reader) {
  StreamTable streams(reader.Count());
  for (auto& [id, labels] : streams) {
    labels = std::make_shared<const Labels>(ReadLabels(reader));
    id = labels->Id();
  }
  return streams;
}

}  // namespace

std::string EncodeFooter(const SegmentFooter& footer) {
  std::string out;
  PutId(out, footer.id);
  PutString(out, footer.tenant);
  PutSigned(out, footer.day);
  PutSigned(out, footer.created_ns);
  PutVarint(out, footer.covered_sequence);
  PutVarint(out, footer.replaces.size());
  for (const Hash128 id : footer.replaces) PutId(out, id);
  PutVarint(out, footer.dictionaries.size());
  for (const BlockRef ref : footer.dictionaries) PutRef(out, ref);
  const auto streams = PutStreamTable(out, footer);
  PutVarint(out, footer.groups.size());
  for (const RowGroupMeta& group : footer.groups) PutGroup(out, group, streams);
  return out;
}

Result<SegmentFooter> DecodeFooter(std::string_view bytes) {
  ByteReader reader(bytes);
  SegmentFooter footer;
  footer.id = ReadId(reader);
  footer.tenant = reader.String();
  footer.day = reader.Signed();
  footer.created_ns = reader.Signed();
  footer.covered_sequence = reader.Varint();
  footer.replaces.resize(reader.Count(16));
  for (Hash128& id : footer.replaces) id = ReadId(reader);
  footer.dictionaries.resize(reader.Count(2));
  for (BlockRef& ref : footer.dictionaries) ref = ReadRef(reader);
  const StreamTable streams = ReadStreamTable(reader);
  footer.groups.resize(reader.Count(3));
  for (RowGroupMeta& group : footer.groups) {
    if (!ReadGroup(reader, streams, group)) return BadFooter();
  }
  if (!reader.ok() || !reader.done()) return BadFooter();
  return footer;
}

std::string SegmentName(std::string_view tenant_folder, int64_t day, Hash128 id) {
  return fmt::format("{}/{}/{}.seg", tenant_folder, FormatUtcDay(day), ToHex(id));
}

}  // namespace narfi::storage
