// Row groups that name the same ids share them in a segment; what they say stays as it was.
#include "storage/group_copy.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <random>

#include "base/bytes.h"
#include "storage/group_directory.h"
#include "storage/hex_text.h"
#include "storage/segment_reader.h"
#include "storage/segment_writer.h"
#include "tests/storage/support/id_text.h"
#include "tests/storage/support/memory_group.h"
#include "tests/storage/support/one_object.h"
#include "tests/support/faulty_fs.h"

namespace narfi::storage {
namespace {

using Lines = std::vector<std::string>;

constexpr uint32_t kLines = 6000;

// Group `g` names 2000 ids, the later half of which group g + 1 names too.
Lines LinesOf(uint32_t g, IdForm form) {
  std::mt19937_64 random(g);
  Lines lines;
  for (uint32_t i = 0; i < kLines; ++i)
    lines.push_back(fmt::format(R"({{"level":"info","trace":"{}","n":{}}})",
                                IdText(g * 1000 + random() % 2000, form), i));
  return lines;
}

std::vector<int64_t> TimesOf(uint32_t g, size_t count) {
  std::vector<int64_t> times;
  for (size_t i = 0; i < count; ++i)
    times.push_back(static_cast<int64_t>(g) * 1'000'000'000 + static_cast<int64_t>(i) * 1000);
  return times;
}

class Segments {
 public:
  Result<std::unique_ptr<SegmentWriter>> Create(uint64_t id, uint64_t max_bytes = 32 << 20) {
    SegmentFooter about;
    about.id = {1, id};
    about.tenant = "t";
    RowGroupWriter::Options options;
    options.max_bytes = max_bytes;
    return SegmentWriter::Create(*store_, Name(id), about, options);
  }
  std::shared_ptr<const SegmentReader> Open(uint64_t id) {
    const auto segment = SegmentReader::Open(*store_, Name(id), nullptr);
    REQUIRE(segment.has_value());
    return *segment;
  }
  void Damage(uint64_t id, uint64_t offset) { fs_.Damage("/s/" + Name(id), offset); }

 private:
  static std::string Name(uint64_t id) { return fmt::format("t/day/{}.seg", id); }

  testing::FaultyFileSystem fs_;
  const std::unique_ptr<ObjectStore> store_ = MakeLocalObjectStore(fs_, "/s");
};

// The lines of a row group of one run; kCorrupt when one cannot be read.
Result<Lines> ReadLinesOf(const StoredRowGroup& group) {
  Lines out;
  RowBatch batch;
  const uint32_t rows = group.runs().at(0).rows;
  for (uint32_t first = 0; first < rows; first += kBatchRows) {
    const uint32_t count = std::min(kBatchRows, rows - first);
    NARFI_TRY(group.Read(0, first, count, Column::kTime | Column::kLine, batch));
    out.insert(out.end(), batch.lines.begin(), batch.lines.end());
  }
  return out;
}

void CheckLines(const SegmentReader& segment, const std::vector<Lines>& want) {
  Lines all;
  for (const Lines& lines : want) all.insert(all.end(), lines.begin(), lines.end());
  Lines got;
  for (const auto& group : segment.groups()) {
    const auto lines = ReadLinesOf(*group);
    INFO((lines ? "" : lines.error().text));
    REQUIRE(lines.has_value());
    got.insert(got.end(), lines->begin(), lines->end());
  }
  REQUIRE(got.size() == all.size());
  for (size_t i = 0; i < all.size(); ++i) REQUIRE(got[i] == all[i]);
}

// Where FindText says that the text is, and where it is.
void CheckText(const SegmentReader& segment, const std::vector<Lines>& want,
               const std::string& text, bool is_exact) {
  REQUIRE(segment.groups().size() == want.size());
  for (size_t g = 0; g < want.size(); ++g) {
    const auto hits = (*segment.groups()[g]->columnar())->FindText(text);
    REQUIRE(hits.has_value());
    CHECK((!is_exact || (*hits)->maybe.empty()));
    for (uint32_t row = 0; row < want[g].size(); ++row) {
      const bool holds = want[g][row].find(text) != std::string::npos;
      if ((*hits)->maybe.Has(row)) continue;
      if ((*hits)->sure.Has(row) != holds) REQUIRE((*hits)->sure.Has(row) == holds);
    }
  }
}

void CheckSegment(const SegmentReader& segment, const std::vector<Lines>& want, IdForm form) {
  CheckLines(segment, want);
  for (const uint64_t number : {0, 999, 1000, 1500, 2500, 3999, 4500, 77'777})
    CheckText(segment, want, IdText(number, form), true);
  CheckText(segment, want, IdText(1500, form).substr(3, 20), false);
  CheckText(segment, want, "\"" + IdText(1500, form) + "\"", false);
}

std::vector<Lines> ManyLines(uint32_t groups, IdForm form) {
  std::vector<Lines> out;
  for (uint32_t g = 0; g < groups; ++g) out.push_back(LinesOf(g, form));
  return out;
}

std::vector<std::shared_ptr<const StoredRowGroup>> ManyGroups(const std::vector<Lines>& lines) {
  std::vector<std::shared_ptr<const StoredRowGroup>> out;
  for (uint32_t g = 0; g < lines.size(); ++g)
    out.push_back(MakeMemoryGroup(lines[g], TimesOf(g, lines[g].size())));
  return out;
}

uint64_t CopyAll(Segments& segments, uint64_t id,
                 const std::vector<std::shared_ptr<const StoredRowGroup>>& groups) {
  const auto writer = segments.Create(id);
  REQUIRE(writer.has_value());
  for (const auto& group : groups) REQUIRE((*writer)->CopyGroup(group).has_value());
  const auto written = (*writer)->Commit();
  REQUIRE(written.has_value());
  return written->file_bytes;
}

TEST_CASE("row groups that are copied share their ids, and are as they were") {
  for (const IdForm form : {IdForm::kPlain, IdForm::kUpper, IdForm::kUuid}) {
    CAPTURE(static_cast<int>(form));
    Segments segments;
    const auto lines = ManyLines(3, form);
    const auto groups = ManyGroups(lines);
    uint64_t apart = 0;
    for (const auto& group : groups) apart += group->stored_bytes();
    const uint64_t together = CopyAll(segments, 1, groups);
    const auto segment = segments.Open(1);
    REQUIRE(segment->footer().dictionaries.size() == 1);
    CHECK(together < apart * 9 / 10);
    CheckSegment(*segment, lines, form);
    // Once more, and together with one that comes from elsewhere.
    CHECK(CopyAll(segments, 2, segment->groups()) == together);
    CheckSegment(*segments.Open(2), lines, form);
    auto more = segment->groups();
    auto more_lines = lines;
    more_lines.push_back(LinesOf(3, form));
    more.push_back(MakeMemoryGroup(more_lines[3], TimesOf(3, kLines)));
    CopyAll(segments, 3, more);
    CHECK(segments.Open(3)->footer().dictionaries.size() == 1);
    CheckSegment(*segments.Open(3), more_lines, form);
  }
}

TEST_CASE("rows that are appended share their ids with row groups that are copied") {
  Segments segments;
  const auto lines = ManyLines(3, IdForm::kPlain);
  const auto groups = ManyGroups(lines);
  const auto labels = std::make_shared<const Labels>(std::vector<Label>{{"app", "web"}});
  const auto writer = segments.Create(1, 2 * kLines * lines[0][0].size());
  REQUIRE((*writer)->CopyGroup(groups[0]).has_value());
  for (const uint32_t g : {1, 2}) {
    const auto times = TimesOf(g, kLines);
    for (uint32_t i = 0; i < kLines; ++i)
      REQUIRE((*writer)->Append(labels->Id(), labels, times[i], lines[g][i], {}).has_value());
    if (g == 1) REQUIRE((*writer)->CopyGroup(groups[0]).has_value());
  }
  CHECK((*writer)->rows() == 4 * kLines);
  REQUIRE((*writer)->Commit().has_value());
  const auto segment = segments.Open(1);
  CHECK(segment->footer().dictionaries.size() == 1);
  CheckSegment(*segment, {lines[0], lines[1], lines[0], lines[2]}, IdForm::kPlain);
}

TEST_CASE("ids that nobody shares stay with their row group, and go back to it") {
  Segments segments;
  const auto lines = ManyLines(3, IdForm::kUuid);
  const auto groups = ManyGroups(lines);
  CopyAll(segments, 1, {groups[0]});
  CHECK(segments.Open(1)->footer().dictionaries.empty());
  CheckSegment(*segments.Open(1), {lines[0]}, IdForm::kUuid);
  CopyAll(segments, 2, groups);
  const auto shared = segments.Open(2);
  REQUIRE(shared->footer().dictionaries.size() == 1);
  CopyAll(segments, 3, {shared->groups()[1]});
  CHECK(segments.Open(3)->footer().dictionaries.empty());
  CheckSegment(*segments.Open(3), {lines[1]}, IdForm::kUuid);
}

TEST_CASE("a segment's file is closed with its last row group, whatever is remembered of it") {
  OneObject store;
  SegmentFooter about;
  about.id = {1, 7};
  const auto lines = ManyLines(3, IdForm::kPlain);
  const auto writer = *SegmentWriter::Create(store, "x.seg", about, {});
  for (const auto& group : ManyGroups(lines)) REQUIRE(writer->CopyGroup(group).has_value());
  REQUIRE(writer->Commit().has_value());
  PageCache cache(64 << 20);
  auto segment = *SegmentReader::Open(store, "x.seg", &cache);
  REQUIRE(segment->footer().dictionaries.size() == 1);
  CheckSegment(*segment, lines, IdForm::kPlain);
  auto last = segment->groups().back();
  segment.reset();
  CHECK(*ReadLinesOf(*last) == lines.back());
  CHECK_FALSE(store.opened.expired());
  last.reset();
  CHECK(store.opened.expired());
}

TEST_CASE("more row groups than wait at once have several dictionaries") {
  Segments segments;
  const auto lines = ManyLines(3, IdForm::kPlain);
  const auto groups = ManyGroups(lines);
  std::vector<std::shared_ptr<const StoredRowGroup>> many;
  std::vector<Lines> want;
  for (size_t i = 0; i < kMaxWaiting + 3; ++i) {
    many.push_back(groups[i % 3]);
    want.push_back(lines[i % 3]);
  }
  CopyAll(segments, 1, many);
  const auto segment = segments.Open(1);
  CHECK(segment->footer().dictionaries.size() == 2);
  CheckLines(*segment, want);
  CheckText(*segment, want, IdText(1500, IdForm::kPlain), true);
}

TEST_CASE("a damaged dictionary is an error and never a wrong line") {
  Segments segments;
  const auto lines = ManyLines(3, IdForm::kPlain);
  CopyAll(segments, 1, ManyGroups(lines));
  const uint64_t end = segments.Open(1)->groups()[0]->meta().start;
  REQUIRE(end > 3000 * 16);
  for (uint64_t at = kSegmentHeaderBytes; at<end; at += at + 600> end ? 5 : 1999) {
    segments.Damage(1, at);
    const auto segment = segments.Open(1);
    int errors = 0;
    for (size_t g = 0; g < lines.size(); ++g) {
      const auto got = ReadLinesOf(*segment->groups()[g]);
      if (got) {
        REQUIRE(*got == lines[g]);
      } else {
        ++errors;
        REQUIRE(got.error().code == Code::kCorrupt);
      }
    }
    CAPTURE(at);
    REQUIRE(errors > 0);
    const auto writer = segments.Create(2);
    bool is_copied = true;
    for (const auto& group : segment->groups())
      is_copied = is_copied && (*writer)->CopyGroup(group).has_value();
    REQUIRE_FALSE((is_copied && (*writer)->Commit().has_value()));
    segments.Damage(1, at);
  }
  CheckLines(*segments.Open(1), lines);
}

// A row group whose column says that its ids ascend.
std::shared_ptr<const StoredRowGroup> GroupOfIds(const std::vector<std::string>& ids) {
  const std::string pattern(16, '\0');
  EncodedColumn column;
  column.form = ColumnForm::kHex;
  column.values = static_cast<uint32_t>(ids.size());
  PutU8(column.params, 2);
  PutString(column.params, pattern);
  for (size_t i = 0; i < ids.size(); i += kHexPage) {
    std::string page;
    for (size_t j = i; j < std::min(ids.size(), i + kHexPage); ++j) page += ids[j];
    PutU64(column.params, IdKey(page));
    column.blobs.push_back(MakeBlob(std::move(page), 0));
  }
  const Hash128 owner{7, 8};
  BlockWriter blocks(owner, 0);
  RowGroupMeta meta;
  meta.directory = WriteDirectory(0, {column}, 0, {}, 0, {}, blocks);
  meta.times = blocks.Append("", 0);
  return std::make_shared<const StoredRowGroup>(
      std::make_shared<const MemoryBlocks>(owner, blocks.Take()), std::move(meta), "made up",
      nullptr);
}

Status CopyTwice(const std::shared_ptr<const StoredRowGroup>& group) {
  BlockWriter out({1, 2}, 0);
  std::vector<BlockRef> dictionaries;
  GroupCopier copier(out, dictionaries);
  for (int i = 0; i < 2; ++i) NARFI_TRY(copier.Add(group));
  copier.WriteDictionaries();
  for (size_t i = 0; i < 2; ++i) {
    NARFI_ASSIGN(const RowGroupMeta meta, copier.Write(i));
    CHECK(meta.times.length > 0);
  }
  return {};
}

TEST_CASE("ids that do not ascend, or none at all, are malformed") {
  std::vector<std::string> ids;
  for (uint64_t i = 0; i < 5000; ++i) {
    std::string id;
    PutU64(id, __builtin_bswap64(i * 3));
    ids.push_back(std::move(id));
  }
  CHECK(CopyTwice(GroupOfIds(ids)).has_value());
  std::swap(ids[700], ids[4000]);
  CHECK_FALSE(CopyTwice(GroupOfIds(ids)).has_value());
  CHECK_FALSE(CopyTwice(GroupOfIds({})).has_value());
}

}  // namespace
}  // namespace narfi::storage
