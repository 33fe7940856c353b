#include <doctest/doctest.h>

#include "base/duration.h"
#include "base/metrics.h"
#include "ingest/reject_report.h"

namespace narfi::ingest {
namespace {

constexpr int64_t kBase = 1'795'132'800 * kSecond;  // 2026-11-20T00:00:00Z

PushStream MakeStream(const char* app, int entries) {
  PushStream stream;
  stream.labels = Labels(std::vector<Label>{{"app", app}});
  for (int i = 0; i < entries; ++i) {
    stream.entries.push_back({.ordinal = static_cast<uint32_t>(i),
                              .time_ns = kBase + i * kSecond,
                              .line = "0123456789",
                              .metadata = {}});
  }
  return stream;
}

TEST_CASE("an empty report answers 204 without a word") {
  const RejectReport report("t");
  CHECK(report.empty());
  CHECK(report.Answer().status == 204);
  CHECK(report.Answer().text.empty());
}

TEST_CASE("one error stands for itself, several are grouped by their text") {
  RejectReport report("t");
  report.AddInvalid(RejectReason::kTooOld, "first", 1, 10);
  CHECK(report.Answer().status == 400);
  CHECK(report.Answer().text == "first");
  report.AddInvalid(RejectReason::kTooOld, "second", 1, 10);
  report.AddInvalid(RejectReason::kTooOld, "first", 1, 10);
  CHECK(report.Answer().text == "2 errors like: first; 1 errors like: second");
}

TEST_CASE("one error that came twice is counted") {
  RejectReport report("t");
  report.AddInvalid(RejectReason::kTooOld, "same", 1, 10);
  report.AddInvalid(RejectReason::kTooOld, "same", 1, 10);
  CHECK(report.Answer().text == "2 errors like: same");
}

TEST_CASE("endless errors end") {
  RejectReport report("t");
  for (int i = 0; i < 100'000; ++i) {
    report.AddInvalid(RejectReason::kTooOld, "error " + std::to_string(i), 1, 10);
  }
  const std::string text = report.Answer().text;
  CHECK(text.size() < 10'000);
  CHECK(text.ends_with("; and 99936 more errors"));
}

TEST_CASE("entries too far behind are listed by stream") {
  RejectReport report("ingest-a");
  const PushStream stream = MakeStream("x", 3);
  report.AddTooFarBehind(stream, stream.entries[0], kBase + kHour);
  const std::string first =
      "entry with timestamp 2026-11-20 00:00:00 +0000 UTC ignored, reason: 'entry too far behind, "
      "entry timestamp is: 2026-11-20T00:00:00Z, oldest acceptable timestamp is: "
      "2026-11-20T01:00:00Z',\n";
  CHECK(report.Answer().status == 400);
  CHECK(report.Answer().text ==
        first + "user 'ingest-a', total ignored: 1 out of 3 for stream: {app=\"x\"}");
  report.AddOutOfOrder(stream, stream.entries[1]);
  CHECK(report.Answer().text == first +
                                    "entry with timestamp 2026-11-20 00:00:01 +0000 UTC ignored, "
                                    "reason: 'entry out of order',\n"
                                    "user 'ingest-a', total ignored: 2 out of 3 for stream: "
                                    "{app=\"x\"}");
  const PushStream other = MakeStream("y", 1);
  report.AddOutOfOrder(other, other.entries[0]);
  CHECK(report.Answer().text.ends_with("total ignored: 1 out of 1 for stream: {app=\"y\"}"));
}

TEST_CASE("an entry without a time is shown as Go's zero time") {
  RejectReport report("t");
  PushStream stream = MakeStream("x", 1);
  stream.entries[0].time_ns = kNoTime;
  report.AddTooFarBehind(stream, stream.entries[0], kBase);
  CHECK(report.Answer().text.starts_with(
      "entry with timestamp 0001-01-01 00:00:00 +0000 UTC ignored, reason: 'entry too far behind, "
      "entry timestamp is: 0001-01-01T00:00:00Z, oldest"));
}

TEST_CASE("only the first entries and streams are spelled out") {
  RejectReport report("t");
  const PushStream stream = MakeStream("x", 100);
  for (const PushEntry& entry : stream.entries) report.AddOutOfOrder(stream, entry);
  CHECK(report.Answer().text.ends_with("total ignored: 100 out of 100 for stream: {app=\"x\"}"));
  CHECK(report.Answer().text.find("00:00:09 +0000") != std::string::npos);
  CHECK(report.Answer().text.find("00:00:10 +0000") == std::string::npos);
  std::vector<PushStream> streams;
  for (int i = 0; i < 20; ++i) streams.push_back(MakeStream("y", 1));
  for (const PushStream& more : streams) report.AddOutOfOrder(more, more.entries[0]);
  CHECK(report.Answer().text.ends_with("\nand 11 more streams"));
}

TEST_CASE("limits that pass with time are 429") {
  const PushStream stream = MakeStream("x", 2);
  RejectReport streams("fake");
  streams.AddStreamLimit(stream);
  CHECK(streams.Answer().status == 429);
  CHECK(streams.Answer().text ==
        "maximum active stream limit exceeded when trying to create stream {app=\"x\"}, reduce the "
        "number of active streams (reduce labels or reduce label values), or contact your Loki "
        "administrator to see if the limit can be increased, user: 'fake'");
  RejectReport rate("fake");
  rate.AddRateLimit(4'194'304, 3, 1000);
  CHECK(rate.Answer().status == 429);
  CHECK(
      rate.Answer().text ==
      "ingestion rate limit exceeded for user fake (limit: 4194304 bytes/sec) while attempting to "
      "ingest '3' lines totaling '1000' bytes, reduce log volume or contact your Loki "
      "administrator to see if the limit can be increased");
  RejectReport stream_rate("fake");
  stream_rate.AddStreamRateLimit(stream, stream.entries[0], 3 << 20);
  stream_rate.AddInvalid(RejectReason::kTooOld, "and an old one", 1, 1);
  CHECK(stream_rate.Answer().status == 429);
  CHECK(
      stream_rate.Answer().text ==
      "entry with timestamp 2026-11-20 00:00:00 +0000 UTC ignored, reason: 'Per stream rate limit "
      "exceeded (limit: 3MB/sec) while attempting to ingest for stream '{app=\"x\"}' totaling "
      "10B, consider splitting a stream via additional labels or contact your Loki administrator "
      "to see if the limit can be increased',\n"
      "user 'fake', total ignored: 1 out of 2 for stream: {app=\"x\"}\nand an old one");
}

TEST_CASE("labels of a megabyte are cut in texts") {
  PushStream stream;
  stream.labels = Labels(std::vector<Label>{{std::string(1 << 20, 'n'), "v"}});
  CHECK(StreamText(stream).size() == RejectReport::kMaxStreamText + 3);
}

TEST_CASE("what is refused is counted by reason and tenant, unless the report is silent") {
  const MetricLabels labels = {{"reason", "too_far_behind"}, {"tenant", "counted"}};
  const auto lines = CounterMetric("loki_discarded_samples_total", "", labels);
  const auto bytes = CounterMetric("loki_discarded_bytes_total", "", labels);
  const double lines_before = lines.value();
  const PushStream stream = MakeStream("x", 1);
  RejectReport silent("counted", true);
  silent.AddTooFarBehind(stream, stream.entries[0], kBase);
  CHECK(lines.value() == lines_before);
  RejectReport report("counted");
  report.AddTooFarBehind(stream, stream.entries[0], kBase);
  CHECK(lines.value() == lines_before + 1);
  CHECK(bytes.value() >= 10);
  for (size_t reason = 0; reason < kRejectReasons; ++reason) {
    CHECK(RejectReasonName(static_cast<RejectReason>(reason)) != "unknown");
  }
}

}  // namespace
}  // namespace narfi::ingest
