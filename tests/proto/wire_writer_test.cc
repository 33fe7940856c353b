#include "proto/wire_writer.h"

#include <doctest/doctest.h>

#include "proto/logproto.pb.h"

namespace narfi::proto {
namespace {

// The generated code reads what the writer wrote.
logproto::EntryAdapter Read(const WireWriter& writer) {
  logproto::EntryAdapter entry;
  REQUIRE(entry.ParseFromString(writer.bytes()));
  return entry;
}

TEST_CASE("fields are what protobuf reads") {
  WireWriter pair;
  pair.Bytes(1, "a");
  pair.Bytes(2, std::string(300, 'v'));
  WireWriter writer;
  writer.Bytes(2, "line");
  writer.Bytes(3, pair.bytes());
  const auto entry = Read(writer);
  CHECK(entry.line() == "line");
  REQUIRE(entry.structuredmetadata_size() == 1);
  CHECK(entry.structuredmetadata(0).name() == "a");
  CHECK(entry.structuredmetadata(0).value() == std::string(300, 'v'));

  WireWriter stats;
  stats.Varint(1, 1);
  stats.Varint(3, UINT64_MAX);
  logproto::IndexStatsResponse response;
  REQUIRE(response.ParseFromString(stats.Take()));
  CHECK(response.streams() == 1);
  CHECK(response.bytes() == UINT64_MAX);
  CHECK(stats.empty());
}

TEST_CASE("times before and after 1970 have nanoseconds that count forward") {
  struct Row {
    int64_t time_ns;
    int64_t seconds;
    int32_t nanos;
  };
  for (const Row& row : {Row{0, 0, 0}, Row{1'500'000'000, 1, 500'000'000}, Row{-1, -1, 999'999'999},
                         Row{-1'000'000'000, -1, 0}, Row{INT64_MIN, -9223372037, 145'224'192}}) {
    CAPTURE(row.time_ns);
    WireWriter writer;
    writer.Timestamp(1, row.time_ns);
    CHECK(Read(writer).timestamp().seconds() == row.seconds);
    CHECK(Read(writer).timestamp().nanos() == row.nanos);
  }
}

}  // namespace
}  // namespace narfi::proto
