#include "server/grpc_messages.h"

#include <doctest/doctest.h>

#include <optional>

#include "base/duration.h"
#include "proto/logproto.pb.h"

namespace narfi::server {
namespace {

constexpr int64_t kNow = 1'800'000'000'000'000'000;
constexpr int64_t kYearOne = -62'135'596'800;  // in seconds; Go's time that is not set

// The generated code writes what is read here.
TEST_CASE("requests are read as protobuf writes them") {
  logproto::QueryRequest query;
  query.set_selector("{app=\"x\"}");
  query.set_limit(7);
  query.mutable_start()->set_seconds(1);
  query.mutable_end()->set_seconds(2);
  query.mutable_end()->set_nanos(5);
  query.set_direction(logproto::BACKWARD);
  const auto request = ReadQueryMessage(query.SerializeAsString(), kNow);
  REQUIRE(request.has_value());
  CHECK(request->query == "{app=\"x\"}");
  CHECK(request->limit == 7);
  CHECK(request->start_ns == 1'000'000'000);
  CHECK(request->end_ns == 2'000'000'005);
  CHECK(request->direction == query::Direction::kBackward);
  CHECK(ReadQueryMessage("", kNow)->direction == query::Direction::kForward);

  logproto::TailRequest tail;
  tail.set_query("{app=\"y\"}");
  tail.set_delayfor(3);
  tail.set_limit(8);
  tail.mutable_start()->set_seconds(4);
  const auto tailed = ReadTailMessage(tail.SerializeAsString(), 9);
  REQUIRE(tailed.has_value());
  CHECK(tailed->query == "{app=\"y\"}");
  CHECK(tailed->delay_seconds == 3);
  CHECK(tailed->limit == 8);
  CHECK(tailed->start_ns == 4'000'000'000);
  CHECK(ReadTailMessage("", 9)->start_ns == 9);

  logproto::LabelRequest label;
  label.set_name("app");
  label.set_values(true);
  label.set_query("{a=\"1\"}");
  label.mutable_start()->set_seconds(-1);
  const auto labels = ReadLabelMessage(label.SerializeAsString(), 9);
  REQUIRE(labels.has_value());
  CHECK(labels->name == "app");
  CHECK(labels->wants_values);
  CHECK(labels->query == "{a=\"1\"}");
  CHECK(labels->range.start_ns == -1'000'000'000);
  CHECK(labels->range.end_ns == 9);

  logproto::SeriesRequest series;
  series.add_groups("{a=\"1\"}");
  series.add_groups("{a=\"2\"}");
  series.mutable_end()->set_seconds(3);
  const auto groups = ReadSeriesMessage(series.SerializeAsString(), 9);
  REQUIRE(groups.has_value());
  CHECK(groups->groups == std::vector<std::string>{"{a=\"1\"}", "{a=\"2\"}"});
  CHECK(groups->range.start_ns == 9 - kMetadataSince);
  CHECK(groups->range.end_ns == 3'000'000'000);

  logproto::VolumeRequest volume;
  volume.set_from(1);
  volume.set_through(2);
  volume.set_matchers("{}");
  volume.set_limit(3);
  volume.set_step(4);
  volume.add_targetlabels("app");
  volume.set_aggregateby("labels");
  const auto index = ReadIndexMessage(volume.SerializeAsString());
  REQUIRE(index.has_value());
  CHECK(index->start_ns == 1'000'000);
  CHECK(index->end_ns == 2'000'000);
  CHECK(index->matchers == "{}");
  CHECK(index->limit == 3);
  CHECK(index->target_labels == std::vector<std::string>{"app"});
  CHECK(index->aggregate_by == "labels");
}

TEST_CASE("a query without times is for the last hour") {
  struct Case {
    std::optional<int64_t> start_s, end_s;
    int64_t want_start_ns, want_end_ns;
  };
  constexpr int64_t kLater = kNow / kSecond + 3600;
  for (const Case& c : {Case{{}, {}, kNow - kHour, kNow},
                        {kYearOne, kYearOne, kNow - kHour, kNow},
                        {5, {}, 5 * kSecond, kNow},
                        {{}, 10'000, 10'000 * kSecond - kHour, 10'000 * kSecond},
                        {{}, kLater, kNow - kHour, kLater * kSecond},
                        {kYearOne, 7, INT64_MIN, 7 * kSecond},
                        {0, 0, 0, 0}}) {
    CAPTURE(c.want_start_ns);
    logproto::QueryRequest query;
    if (c.start_s) query.mutable_start()->set_seconds(*c.start_s);
    if (c.end_s) query.mutable_end()->set_seconds(*c.end_s);
    const auto request = ReadQueryMessage(query.SerializeAsString(), kNow);
    REQUIRE(request.has_value());
    CHECK(request->start_ns == c.want_start_ns);
    CHECK(request->end_ns == c.want_end_ns);
  }
}

TEST_CASE("times beyond 64 bits are the nearest that these hold, and broken messages are told") {
  logproto::SeriesRequest series;
  series.mutable_start()->set_seconds(INT64_MIN);
  series.mutable_end()->set_seconds(INT64_MAX);
  const auto range = ReadSeriesMessage(series.SerializeAsString(), 0);
  REQUIRE(range.has_value());
  CHECK(range->range.start_ns == INT64_MIN);
  CHECK(range->range.end_ns == INT64_MAX);
  const auto broken = ReadQueryMessage("\x0a\x05x", kNow);
  REQUIRE_FALSE(broken.has_value());
  CHECK(broken.error().code == Code::kInvalidArgument);
  CHECK(broken.error().text == "unexpected EOF");
  CHECK_FALSE(ReadQueryMessage("\x1a\x02\x08", kNow).has_value());
}

}  // namespace
}  // namespace narfi::server
