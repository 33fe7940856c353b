// The worked examples in docs/format are real: this test makes the same bytes and reads the page's.
#include <doctest/doctest.h>

#include "storage/manifest_format.h"
#include "storage/segment_reader.h"
#include "storage/segment_writer.h"
#include "tests/support/faulty_fs.h"
#include "tests/support/hex_page.h"

namespace narfi::storage {
namespace {

using testing::HexOfPage;
using testing::ToHexLines;

constexpr std::pair<int64_t, std::string_view> kExampleEntries[] = {
    {1'000'000, R"({"ts":"1970-01-01T00:00:00.001Z","took":7,"app":"web"})"},
    {1'500'000, R"({"ts":"1970-01-01T00:00:00.001Z","took":12,"app":"web"})"},
    {7'000'000, R"({"ts":"1970-01-01T00:00:00.007Z","took":9,"app":"web"})"},
};

std::shared_ptr<const SegmentReader> OpenBytes(ObjectStore& store, const std::string& bytes) {
  const auto writer = *store.Create("t/day/page.seg");
  REQUIRE(writer->Append(bytes).has_value());
  REQUIRE(writer->Commit().has_value());
  const auto segment = SegmentReader::Open(store, "t/day/page.seg", nullptr);
  REQUIRE(segment.has_value());
  return *segment;
}

RowBatch ReadRows(const SegmentReader& segment, uint32_t rows) {
  RowBatch batch;
  REQUIRE(segment.groups()
              .at(0)
              ->Read(0, 0, rows, Column::kTime | Column::kLine | Column::kMetadata, batch)
              .has_value());
  return batch;
}

std::string ExampleSegment(testing::FaultyFileSystem& fs, ObjectStore& store) {
  SegmentFooter about;
  about.id = {1, 2};
  about.tenant = "t";
  about.created_ns = 7;
  about.covered_sequence = 9;
  const RowGroupWriter::Options options;
  const auto writer = SegmentWriter::Create(store, "t/day/x.seg", about, options);
  REQUIRE(writer.has_value());
  const auto labels = std::make_shared<const Labels>(std::vector<Label>{{"app", "web"}});
  const std::vector<MetadataPair> info = {{"detected_level", "info"}};
  for (const auto& [time_ns, line] : kExampleEntries)
    REQUIRE((*writer)->Append(labels->Id(), labels, time_ns, line, info).has_value());
  REQUIRE((*writer)->Commit().has_value());
  return *fs.ReadAll("/s/t/day/x.seg");
}

TEST_CASE("the segment of docs/format/segment.md reads as the page says") {
  testing::FaultyFileSystem fs;
  const auto store = MakeLocalObjectStore(fs, "/s");
  const std::string made = ExampleSegment(fs, *store);
  const std::string page = HexOfPage("docs/format/segment.md");
  // A footer may be packed differently by another zstd; what counts is that the page's bytes read.
  INFO(ToHexLines(made));
  REQUIRE_FALSE(page.empty());
  const auto segment = OpenBytes(*store, page);
  CHECK(segment->footer().covered_sequence == 9);
  const RowBatch batch = ReadRows(*segment, 3);
  for (uint32_t i = 0; i < 3; ++i) {
    CHECK(batch.times[i] == kExampleEntries[i].first);
    CHECK(batch.lines[i] == kExampleEntries[i].second);
  }
  CHECK(batch.metadata(1)[0].value == "info");
  CHECK(segment->groups()[0]->runs()[0].labels->ToString() == "{app=\"web\"}");
}

SegmentInfo ExampleInfo(uint64_t low, uint8_t level) {
  return {{1, low}, "t", 0, 1000, 1500, 2, 11, 300, 9, level, 1600};
}

TEST_CASE("the manifest of docs/format/manifest.md reads as the page says") {
  ManifestEdit checkpoint;
  checkpoint.add = {ExampleInfo(2, 0)};
  checkpoint.covered = {{"t", 9}};
  DeletePredicate what;
  what.id = {3, 4};
  what.tenant = "t";
  what.matchers = {{"app", "=", "web"}};
  what.start_ns = 0;
  what.end_ns = 1200;
  what.created_ns = 5000;
  ManifestEdit edit;
  edit.add = {ExampleInfo(5, 1)};
  edit.remove = {{1, 2}};
  edit.add_deletes = {what};
  std::string made = ManifestHeader(3);
  made += FrameEdit(checkpoint, 2, 3, made.size());
  made += FrameEdit(edit, 3, 3, made.size());
  const std::string page = HexOfPage("docs/format/manifest.md");
  INFO(ToHexLines(made));
  CHECK((page == made));
  const auto log = ReadManifestLog(page, 3);
  REQUIRE(log.has_value());
  const ManifestState& state = log->state;
  CHECK(state.generation == 3);
  CHECK(state.covered.at("t") == 9);
  REQUIRE(state.segments.size() == 1);
  CHECK(state.segments.at({1, 5})->level == 1);
  CHECK(state.segments.at({1, 5})->created_ns == 1600);
  CHECK(state.segments.at({1, 5})->line_bytes == 11);
  CHECK(state.segments.at({1, 5})->covered_sequence == 9);
  CHECK(state.removed.at({1, 2})->level == 0);
  what.generation = 3;
  CHECK(*state.deletes.at({3, 4}) == what);
}

TEST_CASE("a manifest of version 1 is read as it was") {
  const auto log = ReadManifestLog(HexOfPage("tests/storage/golden/manifest_v1.md"), 3);
  REQUIRE(log.has_value());
  CHECK(log->state.generation == 2);
  CHECK(log->state.covered.at("t") == 9);
  CHECK(log->state.segments.at({1, 2})->line_bytes == 11);
  CHECK(log->state.segments.at({1, 2})->covered_sequence == 9);
  CHECK(log->state.segments.at({1, 2})->level == 0);
  CHECK(log->state.segments.at({1, 2})->created_ns == 0);
}

}  // namespace
}  // namespace narfi::storage
