// What a tenant's heads tell while they are sealed.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "ingest/reject_report.h"
#include "ingest/tenant_heads.h"
#include "tests/ingest/engine_support.h"

namespace narfi::ingest {
namespace {

// A push of `count` lines of one stream, a microsecond apart.
PushBatch Lines(uint32_t first, uint32_t count) {
  PushBatch batch;
  PushStream& stream = batch.streams.emplace_back();
  stream.labels = Labels(std::vector<Label>{{"app", "web"}});
  for (uint32_t i = first; i < first + count; ++i) {
    const auto line =
        fmt::format(R"({{"level":"info","n":{},"message":"step {:0200} of it"}})", i, i);
    stream.entries.push_back({i - first, kNow + i * 1000, batch.arena.Copy(line), {}});
  }
  return batch;
}

TEST_CASE("what is being sealed becomes free bit by bit") {
  const ManualClock clock{kNow};
  TenantHeads heads("t", nullptr, clock);
  uint64_t sequence = 0;
  constexpr uint32_t kLines = 10'000;
  while (heads.sizes().closed == 0) {
    auto batch = Lines(static_cast<uint32_t>(sequence) * kLines, kLines);
    RejectReport report("t");
    const auto log = [&](const auto&, uint64_t& next) {
      next = ++sequence;
      return true;
    };
    REQUIRE(heads.Push(
                batch, {}, [](StreamId) { return INT64_MIN; }, log, report) ==
            TenantHeads::Outcome::kAppended);
  }
  const uint64_t closed = heads.sizes().closed;
  CHECK(heads.soon_free() == 0);
  std::vector<uint64_t> told;
  REQUIRE(heads.SealOne(false, [&] { told.push_back(heads.soon_free()); }));
  CHECK(heads.soon_free() == 0);
  CHECK(heads.sizes().closed == 0);
  // In small steps, up to nearly all of it.
  REQUIRE(told.size() > 4);
  CHECK(std::is_sorted(told.begin(), told.end()));
  CHECK(told.front() < closed / 5);
  CHECK(told[told.size() / 2] > 0);
  CHECK(told.back() > closed / 2);
  CHECK(told.back() <= closed);
}

}  // namespace
}  // namespace narfi::ingest
