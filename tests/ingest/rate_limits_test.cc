#include "ingest/rate_limits.h"

#include <doctest/doctest.h>

#include "base/duration.h"

namespace narfi::ingest {
namespace {

PushBatch BatchOf(const std::vector<std::string>& apps, int entries) {
  PushBatch batch;
  for (const std::string& app : apps) {
    PushStream& stream = batch.streams.emplace_back();
    stream.labels = Labels(std::vector<Label>{{"app", app}});
    for (int i = 0; i < entries; ++i) {
      stream.entries.push_back({.ordinal = static_cast<uint32_t>(i),
                                .time_ns = i * kSecond,
                                .line = "0123456789",
                                .metadata = {}});
    }
  }
  return batch;
}

struct Outcome {
  size_t entries = 0;
  PushAnswer answer;
};

Outcome Offer(RateLimits& rates, const config::Limits& limits, int64_t now_ns, PushBatch batch,
              const std::string& tenant = "t") {
  RejectReport report(tenant);
  rates.Apply(limits, now_ns, batch, report);
  Outcome out;
  for (const PushStream& stream : batch.streams) out.entries += stream.entries.size();
  out.answer = report.Answer();
  return out;
}

TEST_CASE("without rates everything passes") {
  RateLimits rates;
  CHECK(Offer(rates, {}, kSecond, BatchOf({"a", "b"}, 100)).entries == 200);
}

TEST_CASE("a tenant over its rate gets nothing of the push, and all of it when time has passed") {
  RateLimits rates;
  config::Limits limits;
  limits.ingestion_rate_mb = 100.0 / (1 << 20);
  limits.ingestion_burst_size_mb = 150.0 / (1 << 20);
  CHECK(Offer(rates, limits, kSecond, BatchOf({"a"}, 15)).entries == 15);
  const Outcome refused = Offer(rates, limits, kSecond, BatchOf({"a", "b"}, 1));
  CHECK(refused.entries == 0);
  CHECK(refused.answer.status == 429);
  CHECK(refused.answer.text ==
        "ingestion rate limit exceeded for user t (limit: 100 bytes/sec) while attempting to "
        "ingest '2' lines totaling '20' bytes, reduce log volume or contact your Loki "
        "administrator to see if the limit can be increased");
  CHECK(Offer(rates, limits, kSecond, BatchOf({"a"}, 15), "other").entries == 15);
  CHECK(Offer(rates, limits, kSecond + kSecond / 5, BatchOf({"a", "b"}, 1)).entries == 2);
  CHECK(Offer(rates, limits, 100 * kSecond, BatchOf({"a"}, 16)).entries == 0);  // over the burst
}

TEST_CASE("of a stream over its rate the entries that fit are taken, other streams wholly") {
  RateLimits rates;
  config::Limits limits;
  limits.per_stream_rate_limit = 10;
  limits.per_stream_rate_limit_burst = 30;
  CHECK(Offer(rates, limits, kSecond, BatchOf({"a"}, 2)).entries == 2);
  const Outcome partly = Offer(rates, limits, kSecond, BatchOf({"a", "b"}, 3));
  CHECK(partly.entries == 1 + 3);
  CHECK(partly.answer.status == 429);
  CHECK(partly.answer.text.find("Per stream rate limit exceeded (limit: 10B/sec) while attempting "
                                "to ingest for stream '{app=\"a\"}' totaling 10B") !=
        std::string::npos);
  CHECK(partly.answer.text.find("total ignored: 2 out of 3 for stream: {app=\"a\"}") !=
        std::string::npos);
  CHECK(Offer(rates, limits, 3 * kSecond, BatchOf({"a"}, 3)).entries == 2);
}

}  // namespace
}  // namespace narfi::ingest
