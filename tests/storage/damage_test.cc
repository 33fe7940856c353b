// A small segment that holds every form of column, damaged in every way: never a crash, never a
// wrong line, always a report.
//
// NARFI_TORTURE=1 flips each bit of each byte; without it one bit of each.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdlib>
#include <map>
#include <random>

#include "base/time.h"
#include "storage/group_directory.h"
#include "storage/segment_reader.h"
#include "storage/segment_writer.h"
#include "storage/verify_segment.h"
#include "tests/storage/support/one_object.h"

namespace narfi::storage {
namespace {

constexpr int64_t kStart = 1'795'132'800'000'000'000;
constexpr size_t kMaxSegment = 16 << 10;
// Of the bytes, under a sanitizer, which is slow; every seventh one meets each kind of block.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr size_t kStride = 7;
#else
constexpr size_t kStride = 1;
#endif

struct Entry {
  int64_t time_ns = 0;
  std::string line;
  std::vector<std::pair<std::string, std::string>> metadata;
};
// Streams by id, as a segment has them.
struct StreamOfEntries {
  std::shared_ptr<const Labels> labels;
  std::vector<Entry> entries;
};
using Content = std::map<StreamId, StreamOfEntries>;

Content MakeIds();

std::string Word(std::mt19937& random) {
  std::string word;
  for (uint32_t i = 3 + random() % 9; i > 0; --i) word += static_cast<char>('a' + random() % 26);
  return word;
}

std::string JsonLine(int i, int64_t time_ns, std::mt19937& random) {
  constexpr const char* kLevels[] = {"INFO", "WARN", "ERROR"};
  return fmt::format(
      R"({{"ts":"{}","level":"{}","took":{},"ratio":{}.{:03},"code":"{:06}","trace":"{:08x}{:08x}",)"
      R"("app":"web","who":"user-{}","note":"{}","msg":"user {} came {} times"}})",
      FormatRfc3339(time_ns), kLevels[random() % 3], random() % 5000, random() % 9, random() % 1000,
      random() % 1'000'000, random(), random(), random() % 100'000, Word(random), Word(random), i,
      random() % 100);
}

constexpr int kIdLines = 700;
constexpr int kIds = 520;

// Lines of ids, enough of them and often enough the same ones for a dictionary of the segment. They
// ascend, then descend, so that which ones a line has takes no space.
std::string IdLine(int i) {
  std::string line = "{";
  for (char field = 'a'; field < 'i'; ++field)
    line += fmt::format("{}\"{}\":\"{:012x}\"", field == 'a' ? "" : ",", field,
                        0xabcd'ef00'0000 + (i < kIds ? i : 2 * kIds - 1 - i) * uint64_t{97});
  return line + "}";
}

Content MakeContent() {
  std::mt19937 random(7);
  Content out = MakeIds();
  for (const char* app : {"json", "text", "odd"}) {
    const auto labels = std::make_shared<const Labels>(std::vector<Label>{{"app", app}});
    StreamOfEntries& stream = out[labels->Id()];
    stream.labels = labels;
    for (int i = 0; i < 40; ++i) {
      Entry entry;
      entry.time_ns = kStart + i * 1'000'000'000LL + random() % 1000 * 1'000'000;
      if (app[0] == 'j') {
        entry.line = JsonLine(i, entry.time_ns, random);
        entry.metadata = {{"detected_level", "info"}, {"trace", fmt::format("{:08x}", random())}};
      } else if (app[0] == 't') {
        entry.line = fmt::format("conn {} from 10.0.{}.{} closed after {} ms", random() % 99,
                                 random() % 256, random() % 256, random() % 100'000);
        if (i % 3 == 0) entry.metadata = {{"detected_level", "warn"}};
      } else {
        entry.line = i % 7 == 0 ? std::string("\xff\x00\n", 3) : Word(random) + "\t" + Word(random);
      }
      stream.entries.push_back(std::move(entry));
    }
  }
  return out;
}

// A stream that comes before all others, so that one row group has all of it.
Content MakeIds() {
  Content out;
  std::shared_ptr<const Labels> labels;
  for (int i = 0; labels == nullptr || labels->Id().high > UINT64_MAX / 64; ++i) {
    labels = std::make_shared<const Labels>(std::vector<Label>{{"app", "ids" + std::to_string(i)}});
  }
  StreamOfEntries& stream = out[labels->Id()];
  stream.labels = labels;
  for (int i = 0; i < kIdLines; ++i) stream.entries.push_back({kStart + i, IdLine(i), {}});
  return out;
}

std::string WriteSegment(const Content& content) {
  OneObject store;
  SegmentFooter about;
  about.id = {1, 2};
  about.tenant = "t";
  about.day = UtcDay(kStart);
  about.created_ns = kStart;
  about.covered_sequence = 9;
  about.replaces = {{5, 6}};
  RowGroupWriter::Options options;
  options.max_bytes = 104 << 10;
  const auto writer = *SegmentWriter::Create(store, "x.seg", about, options);
  for (const auto& [id, stream] : content) {
    for (const Entry& entry : stream.entries) {
      std::vector<MetadataPair> pairs;
      for (const auto& [name, value] : entry.metadata) pairs.push_back({name, value});
      REQUIRE(writer->Append(id, stream.labels, entry.time_ns, entry.line, pairs).has_value());
    }
  }
  REQUIRE(writer->Commit().has_value());
  return store.bytes;
}

bool IsEqual(const RowBatch& batch, uint32_t row, const Entry& entry) {
  const auto pairs = batch.metadata(row);
  if (batch.times[row] != entry.time_ns || batch.lines[row] != entry.line ||
      pairs.size() != entry.metadata.size())
    return false;
  for (size_t i = 0; i < pairs.size(); ++i) {
    if (pairs[i].name != entry.metadata[i].first || pairs[i].value != entry.metadata[i].second)
      return false;
  }
  return true;
}

// Reads segments as queries do, and compares what they give with what was written.
class DamageJudge {
 public:
  explicit DamageJudge(const Content& content) : content_(content) {}

  // True when something was reported. Ends the test when anything is wrong.
  bool IsReported(OneObject& store) {
    PageCache cache(4 << 20);
    const auto segment = SegmentReader::Open(store, "x.seg", &cache);
    if (!segment) return true;
    std::map<StreamId, size_t> next;
    bool is_reported = false;
    for (const auto& group : (*segment)->groups()) {
      for (uint32_t run = 0; run < group->runs().size(); ++run) {
        const StreamRun& info = group->runs()[run];
        REQUIRE(content_.contains(info.id));
        size_t& first = next[info.id];
        is_reported = !IsRunRight(*group, run, first) || is_reported;
        is_reported = !IsSearchRight(*group, run, first) || is_reported;
        first += info.rows;
      }
    }
    for (const auto& [id, stream] : content_) REQUIRE(next[id] == stream.entries.size());
    return is_reported;
  }

 private:
  // False when it cannot be read.
  bool IsRunRight(const StoredRowGroup& group, uint32_t run, size_t first) {
    const StreamRun& info = group.runs()[run];
    const auto& entries = content_.at(info.id).entries;
    REQUIRE(first + info.rows <= entries.size());
    const auto read =
        group.Read(run, 0, info.rows, Column::kTime | Column::kLine | Column::kMetadata, batch_);
    if (!read) return false;
    for (uint32_t i = 0; i < info.rows; ++i) {
      if (!IsEqual(batch_, i, entries[first + i])) FAIL("a wrong row: ", batch_.lines[i]);
    }
    return true;
  }

  bool IsSearchRight(const StoredRowGroup& group, uint32_t run, size_t first) {
    const StreamRun& info = group.runs()[run];
    const auto& entries = content_.at(info.id).entries;
    const auto columns = group.columnar();
    if (!columns) return false;
    bool is_read = true;
    for (const std::string_view needle : {"ERROR", "12", "api/", "ab"}) {
      const auto hits = (*columns)->FindText(needle);
      is_read = is_read && hits.has_value();
      if (!hits) continue;
      for (uint32_t i = 0; i < info.rows; ++i) {
        const bool holds = entries[first + i].line.find(needle) != std::string::npos;
        const bool sure = (*hits)->sure.Has(info.first_row + i);
        const bool maybe = (*hits)->maybe.Has(info.first_row + i);
        if (holds ? !(sure || maybe) : sure) FAIL("a wrong hit: ", entries[first + i].line);
      }
    }
    return is_read;
  }

  const Content& content_;
  RowBatch batch_;
};

// Where blocks lie, the footer being the last.
std::vector<BlockRef> BlocksOf(const std::string& bytes) {
  std::vector<BlockRef> out;
  for (uint64_t at = kSegmentHeaderBytes; at + kSegmentTrailerBytes < bytes.size();) {
    uint32_t length = 0;
    std::memcpy(&length, bytes.data() + at, sizeof length);
    out.push_back({at, length + kBlockHeaderBytes + kBlockTrailerBytes});
    at += out.back().length;
  }
  return out;
}

bool IsTorture() {
  const char* torture = std::getenv("NARFI_TORTURE");
  return torture != nullptr && *torture != '\0';
}

struct Fixture {
  Content content = MakeContent();
  std::string whole = WriteSegment(content);
  DamageJudge judge{content};
  OneObject store;
  bool IsFoundByVerify() { return !VerifySegment(store, "x.seg").problems.empty(); }
};

TEST_CASE("the segment under damage is small and holds every form of column") {
  Fixture f;
  f.store.bytes = f.whole;
  CAPTURE(f.whole.size());
  CHECK(f.whole.size() <= kMaxSegment);
  CHECK_FALSE(f.judge.IsReported(f.store));
  CHECK_FALSE(f.IsFoundByVerify());
  const auto segment = *SegmentReader::Open(f.store, "x.seg", nullptr);
  CHECK(segment->groups().size() > 1);
  std::map<ColumnForm, int> forms;
  for (const auto& group : segment->groups()) {
    const RowGroupMeta& meta = group->meta();
    const std::string bytes = *ReadBlock(group->source(), meta.directory);
    BlobStore blobs(nullptr, nullptr, 0);
    GroupDirectory directory;
    REQUIRE(ReadDirectory(bytes, meta.start, meta.directory.offset, directory, blobs));
    for (const ColumnInfo& column : directory.columns) ++forms[column.form];
  }
  for (uint8_t form = 0; form < kColumnForms; ++form) {
    CAPTURE(static_cast<int>(form));
    CHECK(forms[static_cast<ColumnForm>(form)] > 0);
  }
}

TEST_CASE("a flipped bit is reported, and no row that can be read is a wrong one") {
  Fixture f;
  const int bits = IsTorture() ? 8 : 1;
  for (size_t at = 0; at < f.whole.size(); at += at < kSegmentHeaderBytes ? 1 : kStride) {
    for (int i = 0; i < bits; ++i) {
      const int bit = bits == 1 ? static_cast<int>(at % 8) : i;
      CAPTURE(at);
      CAPTURE(bit);
      f.store.bytes = f.whole;
      f.store.bytes[at] = static_cast<char>(f.whole[at] ^ (1 << bit));
      // Nobody who reads rows needs the version in the header: the trailer repeats it.
      const bool is_needed = at < 8 || at >= 16;
      if (f.judge.IsReported(f.store) != is_needed) FAIL_CHECK("not reported");
      if ((at % (16 * kStride) == 0 || !is_needed) && !f.IsFoundByVerify())
        FAIL_CHECK("not found by verify");
    }
  }
}

TEST_CASE("a segment that is cut short does not open") {
  Fixture f;
  for (size_t size = 0; size < f.whole.size(); ++size) {
    f.store.bytes = f.whole.substr(0, size);
    CAPTURE(size);
    if (SegmentReader::Open(f.store, "x.seg", nullptr)) FAIL_CHECK("it opens");
  }
  f.store.bytes = f.whole + '\0';
  CHECK_FALSE(SegmentReader::Open(f.store, "x.seg", nullptr).has_value());
}

TEST_CASE("two blocks that stand in for each other are reported") {
  Fixture f;
  const std::vector<BlockRef> blocks = BlocksOf(f.whole);
  CHECK(blocks.size() > 20);
  const auto bytes_of = [&](BlockRef ref) { return f.whole.substr(ref.offset, ref.length); };
  for (size_t a = 0; a < blocks.size(); ++a) {
    for (size_t b = a + 1; b < blocks.size(); ++b) {
      CAPTURE(a);
      CAPTURE(b);
      const uint64_t between = blocks[a].offset + blocks[a].length;
      f.store.bytes = f.whole.substr(0, blocks[a].offset) + bytes_of(blocks[b]) +
                      f.whole.substr(between, blocks[b].offset - between) + bytes_of(blocks[a]) +
                      f.whole.substr(blocks[b].offset + blocks[b].length);
      REQUIRE(f.store.bytes.size() == f.whole.size());
      if (!f.judge.IsReported(f.store)) FAIL_CHECK("not reported");
      if (!f.IsFoundByVerify()) FAIL_CHECK("not found by verify");
    }
  }
}

TEST_CASE("a block of another segment is reported") {
  Fixture f;
  std::string other = f.whole;
  other[16] = static_cast<char>(other[16] ^ 1);  // of the id, which seeds every checksum
  f.store.bytes = other;
  CHECK(f.judge.IsReported(f.store));
}

}  // namespace
}  // namespace narfi::storage
