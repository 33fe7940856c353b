#include <doctest/doctest.h>

#include <future>

#include "base/duration.h"
#include "ingest/engine.h"
#include "ingest/push_otlp.h"
#include "storage/merged_rows.h"
#include "tests/support/faulty_fs.h"
#include "tests/support/temp_folder.h"

namespace narfi::ingest {
namespace {

constexpr int64_t kReceived = 1'795'132'800 * kSecond;

std::string TimesAndLines(Engine& engine) {
  std::string out;
  const auto snapshot = engine.TakeSnapshot({"t", {}, INT64_MIN, INT64_MAX, nullptr});
  REQUIRE(snapshot.has_value());
  storage::MergedRows rows(snapshot->runs, INT64_MIN, INT64_MAX);
  storage::MergedRows::Row row;
  while (*rows.Next(row))
    out += std::to_string(row.time_ns - kReceived) + " " + std::string(row.line) + ";";
  return out;
}

TEST_CASE("an OTLP push without times is replayed at the time of its receipt") {
  testing::FaultyFileSystem fs;
  ManualClock clock(kReceived);
  const config::TenantLimits limits;
  const testing::TempFolder folder;
  const auto open = [&](const char* index) {
    Engine::Options options;
    options.root = "/data";
    options.index_folder = folder.path() + "/" + index;
    options.has_flusher = false;
    return Engine::Open(options, limits, fs, clock);
  };
  {
    const auto engine = open("first");
    REQUIRE(engine.has_value());
    std::promise<PushAnswer> answer;
    (*engine)->Push(
        "t", std::string(kOtlpMark) + "application/json", "",
        R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"hello"}}]}]}]})",
        [&](PushAnswer a) { answer.set_value(std::move(a)); });
    CHECK(answer.get_future().get().status == 204);
    CHECK(TimesAndLines(**engine) == "0 hello;");
  }
  clock.Advance(kHour);
  const auto engine = open("second");
  REQUIRE(engine.has_value());
  CHECK(TimesAndLines(**engine) == "0 hello;");
}

}  // namespace
}  // namespace narfi::ingest
