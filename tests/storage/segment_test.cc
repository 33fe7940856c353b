#include <doctest/doctest.h>

#include <random>

#include "storage/segment_reader.h"
#include "storage/segment_writer.h"
#include "tests/support/faulty_fs.h"

namespace narfi::storage {
namespace {

struct Row {
  int64_t time_ns;
  std::string line;
  std::vector<std::pair<std::string, std::string>> metadata;
  bool operator==(const Row&) const = default;
};
using Streams = std::map<StreamId, std::pair<std::shared_ptr<const Labels>, std::vector<Row>>>;

Streams RandomStreams(uint32_t seed, int streams, int rows) {
  std::mt19937 random(seed);
  Streams out;
  for (int s = 0; s < streams; ++s) {
    auto labels = std::make_shared<const Labels>(
        std::vector<Label>{{"app", "a" + std::to_string(s)}, {"odd", "q\"\n"}});
    auto& [kept, list] = out[labels->Id()];
    kept = labels;
    int64_t time = static_cast<int64_t>(random()) * 1000 - 500'000;
    const int count = 1 + static_cast<int>(random() % static_cast<uint32_t>(rows));
    for (int i = 0; i < count; ++i) {
      time += random() % 1000;
      Row row{time,
              std::string(random() % 200, static_cast<char>('a' + random() % 20)) +
                  std::to_string(random()),
              {}};
      if (random() % 4 != 0)
        row.metadata.emplace_back("detected_level", random() % 2 == 0 ? "info" : "error");
      if (random() % 50 == 0) row.metadata.emplace_back("trace", std::to_string(random()));
      list.push_back(std::move(row));
    }
  }
  return out;
}

std::vector<MetadataPair> Views(const Row& row) {
  std::vector<MetadataPair> out;
  for (const auto& [name, value] : row.metadata) out.push_back({name, value});
  return out;
}

Result<SegmentWriter::Written> Write(ObjectStore& store, const Streams& streams,
                                     RowGroupWriter::Options options) {
  SegmentFooter about;
  about.id = {1, 2};
  about.tenant = "team";
  about.day = 20'000;
  about.created_ns = 5;
  about.covered_sequence = 77;
  about.replaces = {{3, 4}};
  NARFI_ASSIGN(const auto writer,
               SegmentWriter::Create(store, "team/2024-10-04/x.seg", about, options));
  for (const auto& [id, stream] : streams) {
    for (const Row& row : stream.second)
      NARFI_TRY(writer->Append(id, stream.first, row.time_ns, row.line, Views(row)));
  }
  return writer->Commit();
}

Streams ReadAll(const SegmentReader& segment, uint32_t batch_rows) {
  Streams out;
  RowBatch batch;
  for (const auto& group : segment.groups()) {
    for (uint32_t run = 0; run < group->runs().size(); ++run) {
      const StreamRun& info = group->runs()[run];
      auto& [labels, rows] = out[info.id];
      labels = info.labels;
      for (uint32_t first = 0; first < info.rows; first += batch_rows) {
        const uint32_t count = std::min(batch_rows, info.rows - first);
        REQUIRE(
            group->Read(run, first, count, Column::kTime | Column::kLine | Column::kMetadata, batch)
                .has_value());
        REQUIRE(batch.rows == count);
        for (uint32_t i = 0; i < count; ++i) {
          Row row{batch.times[i], std::string(batch.lines[i]), {}};
          for (const MetadataPair& pair : batch.metadata(i))
            row.metadata.emplace_back(pair.name, pair.value);
          rows.push_back(std::move(row));
        }
      }
    }
  }
  return out;
}

void CheckEqual(const Streams& want, const Streams& got) {
  REQUIRE(want.size() == got.size());
  for (const auto& [id, stream] : want) {
    REQUIRE(got.contains(id));
    CHECK(*got.at(id).first == *stream.first);
    const auto& rows = got.at(id).second;
    REQUIRE(rows.size() == stream.second.size());
    for (size_t i = 0; i < rows.size(); ++i) {
      CAPTURE(i);
      REQUIRE(rows[i].time_ns == stream.second[i].time_ns);
      REQUIRE(rows[i].line == stream.second[i].line);
      REQUIRE(rows[i].metadata == stream.second[i].metadata);
    }
  }
}

TEST_CASE("a segment gives back every entry, whatever the sizes of its row groups") {
  testing::FaultyFileSystem fs;
  const auto store = MakeLocalObjectStore(fs, "/s");
  struct Shape {
    int streams, rows;
    uint64_t max_bytes;
  };
  for (const Shape& shape : {Shape{1, 1, 1 << 20}, Shape{300, 10, 1 << 20}, Shape{3, 9000, 1 << 20},
                             Shape{20, 500, 4000}}) {
    PageCache cache(1 << 20);  // of its own: all of these segments have one id
    const Streams streams =
        RandomStreams(static_cast<uint32_t>(shape.rows), shape.streams, shape.rows);
    RowGroupWriter::Options options;
    options.max_bytes = shape.max_bytes;
    const auto written = Write(*store, streams, options);
    REQUIRE(written.has_value());
    const auto segment = SegmentReader::Open(*store, "team/2024-10-04/x.seg", &cache);
    REQUIRE(segment.has_value());
    CHECK((*segment)->footer().tenant == "team");
    CHECK((*segment)->footer().covered_sequence == 77);
    CHECK((*segment)->footer().replaces == std::vector<Hash128>{{3, 4}});
    CHECK((*segment)->file_bytes() == written->file_bytes);
    CheckEqual(streams, ReadAll(**segment, kBatchRows));
    CheckEqual(streams, ReadAll(**segment, 7));
  }
}

TEST_CASE("the zone map of a run says what its rows are") {
  testing::FaultyFileSystem fs;
  const auto store = MakeLocalObjectStore(fs, "/s");
  const Streams streams = RandomStreams(5, 4, 100);
  REQUIRE(Write(*store, streams, {}).has_value());
  const auto segment = SegmentReader::Open(*store, "team/2024-10-04/x.seg", nullptr);
  REQUIRE(segment.has_value());
  for (const StreamRun& run : (*segment)->groups().front()->runs()) {
    const auto& rows = streams.at(run.id).second;
    uint64_t bytes = 0;
    for (const Row& row : rows) bytes += row.line.size();
    CHECK(run.rows == rows.size());
    CHECK(run.line_bytes == bytes);
    CHECK(run.min_time_ns == rows.front().time_ns);
    CHECK(run.max_time_ns == rows.back().time_ns);
  }
}

TEST_CASE("any damaged byte of a segment is an error, never a wrong answer") {
  testing::FaultyFileSystem fs;
  const auto store = MakeLocalObjectStore(fs, "/s");
  const Streams streams = RandomStreams(6, 2, 30);
  REQUIRE(Write(*store, streams, {}).has_value());
  const std::string path = "/s/team/2024-10-04/x.seg";
  const uint64_t size = *fs.Size(path);
  int noticed = 0;
  for (uint64_t offset = 0; offset < size; ++offset) {
    fs.Damage(path, offset);
    const auto segment = SegmentReader::Open(*store, "team/2024-10-04/x.seg", nullptr);
    bool bad = !segment.has_value();
    RowBatch batch;
    for (size_t g = 0; !bad && g < (*segment)->groups().size(); ++g) {
      const auto& group = (*segment)->groups()[g];
      for (uint32_t run = 0; run < group->runs().size(); ++run) {
        const uint32_t rows = group->runs()[run].rows;
        bad = bad ||
              !group->Read(run, 0, rows, Column::kTime | Column::kLine | Column::kMetadata, batch);
      }
    }
    noticed += bad ? 1 : 0;
    fs.Damage(path, offset);
  }
  CHECK(noticed > static_cast<int>(size / 2));
}

TEST_CASE("a footer whose row group is not in one piece is refused") {
  SegmentFooter footer;
  footer.groups.resize(1);
  footer.groups[0].runs.push_back(
      {.id = Labels().Id(), .labels = std::make_shared<const Labels>(), .first_row = 0, .rows = 2});
  footer.groups[0].directory = {40, 30};
  footer.groups[0].times = {71, 30};  // not behind the directory
  CHECK_FALSE(DecodeFooter(EncodeFooter(footer)).has_value());
  footer.groups[0].times.offset = 70;
  CHECK(DecodeFooter(EncodeFooter(footer)).has_value());
  footer.groups[0].start = 41;
  CHECK_FALSE(DecodeFooter(EncodeFooter(footer)).has_value());
}

}  // namespace
}  // namespace narfi::storage
