#include <doctest/doctest.h>

#include "tests/shipper/support/rig.h"

namespace narfi::shipper {
namespace {

TEST_CASE("what is not acknowledged is bounded: reading waits, and goes on afterwards") {
  Rig rig;
  rig.settings.limits.max_unacked_bytes = 300 << 10;
  rig.settings.clients[0].batchsize = 32 << 10;
  std::string text;
  for (int i = 0; i < 20'000; ++i)
    text += "a line of some forty bytes, number " + std::to_string(i) + "\n";
  rig.Append("a.log", text);
  REQUIRE(rig.Start());
  rig.Run();
  // One block more than the limit may have been read.
  CHECK(rig.outlet.cost_bytes() > 200 << 10);
  CHECK(rig.outlet.cost_bytes() < (300 << 10) + 2 * kReadBytes);
  rig.RunAndAcknowledge();
  CHECK(rig.outlet.lines.size() == 20'000);
  CHECK(rig.outlet.lines.back().ends_with("number 19999"));
}

TEST_CASE("a line over the limit is dropped, or cut, and the lines around it are not") {
  for (const bool cut : {false, true}) {
    CAPTURE(cut);
    Rig rig;
    rig.settings.limits.max_line_size = 10;
    rig.settings.limits.max_line_size_truncate = cut;
    rig.Append("a.log", "before\n" + std::string(2 * kReadBytes, 'x') +
                            "\nafter\n0123456789\n01234567890\n");
    REQUIRE(rig.Start());
    rig.RunAndAcknowledge();
    if (cut) {
      CHECK(rig.outlet.lines ==
            Strings{"before", "xxxxxxxxxx", "after", "0123456789", "0123456789"});
    } else {
      CHECK(rig.outlet.lines == Strings{"before", "after", "0123456789"});
    }
    rig.Stop();
    CHECK(rig.SavedPositions()[0].offset == 7 + 2 * kReadBytes + 1 + 6 + 11 + 12);
  }
}

TEST_CASE("a line over the limit that ends where a read ends is over the limit still") {
  Rig rig;
  rig.settings.limits.max_line_size = 10;
  rig.Append("a.log", "before\n" + std::string(kReadBytes - 7, 'x') + "\nafter\n");
  REQUIRE(rig.Start());
  rig.RunAndAcknowledge();
  CHECK(rig.outlet.lines == Strings{"before", "after"});
}

TEST_CASE("a file keeps no more than its unfinished line") {
  Rig rig;
  rig.Append("a.log", std::string(3000, 'x') + "\n");
  auto file = OpenForReading(rig.Path("a.log"));
  REQUIRE(file.has_value());
  const FileIdentity identity = *IdentityOf(*file);
  TailFile tail("a.log", "job", std::move(*file), identity, 0, {});
  LineBlock block;
  CHECK(tail.Read(block) == ReadOutcome::kEnd);
  CHECK(block.lines.size() == 1);
  CHECK(tail.kept_bytes() < 100);
  rig.Append("a.log", std::string(5000, 'y'));
  CHECK(tail.Read(block) == ReadOutcome::kEnd);
  CHECK(block.lines.empty());
  CHECK(tail.kept_bytes() >= 5000);
  CHECK(tail.kept_bytes() < 6000);
  rig.Append("a.log", "y\nz");
  CHECK(tail.Read(block) == ReadOutcome::kEnd);
  REQUIRE(block.lines.size() == 1);
  CHECK(block.lines[0] == std::string(5001, 'y'));
  CHECK(tail.kept_bytes() < 100);
}

TEST_CASE("two files that are read in turn do not mix their unfinished lines") {
  Rig rig;
  rig.Append("a.log", "a1\na-half");
  rig.Append("b.log", "b1\nb-half");
  REQUIRE(rig.Start());
  rig.RunAndAcknowledge();
  rig.Append("a.log", " and rest\n");
  rig.Append("b.log", " and rest\n");
  rig.RunAndAcknowledge();
  CHECK(rig.outlet.lines == Strings{"a1", "b1", "a-half and rest", "b-half and rest"});
}

TEST_CASE("quiet lines leave within a tenth of batchwait, busy ones within batchwait") {
  Rig rig;
  rig.Append("a.log", "one\n");
  REQUIRE(rig.Start());
  const int64_t wait_ns = rig.shipper->Step();
  CHECK(wait_ns <= 100 * kMillisecond);
  CHECK(rig.outlet.waiting.empty());
  rig.clock.Advance(100 * kMillisecond);
  rig.shipper->Step();
  REQUIRE(rig.outlet.waiting.size() == 1);
  // The sender is busy now: what comes next gathers for batchwait.
  rig.Append("a.log", "two\n");
  rig.Run(800 * kMillisecond);
  CHECK(rig.outlet.waiting.size() == 1);
  rig.Run(400 * kMillisecond);
  CHECK(rig.outlet.waiting.size() == 2);
}

TEST_CASE("lines over the rate are dropped, or wait") {
  for (const bool drop : {true, false}) {
    CAPTURE(drop);
    Rig rig;
    rig.settings.limits.readline_rate_enabled = true;
    rig.settings.limits.readline_rate = 1;
    rig.settings.limits.readline_burst = 2;
    rig.settings.limits.readline_rate_drop = drop;
    rig.Append("a.log", "1\n2\n3\n");
    REQUIRE(rig.Start());
    rig.RunAndAcknowledge(kSecond);
    rig.Append("a.log", "4\n");
    rig.RunAndAcknowledge(500 * kMillisecond);
    if (drop) CHECK(rig.outlet.lines == Strings{"1", "2", "4"});
    rig.RunAndAcknowledge(5 * kSecond);
    if (!drop) CHECK(rig.outlet.lines == Strings{"1", "2", "3", "4"});
  }
}

TEST_CASE("targets with a tenant of their own have batches of their own") {
  Rig rig("a.log");
  config::TargetSettings other = rig.settings.scrape_configs[0].targets[0];
  other.path = rig.Path("b.log");
  other.tenant_id = "t";
  rig.settings.scrape_configs[0].targets.push_back(other);
  rig.Append("a.log", "a\n");
  rig.Append("b.log", "b\n");
  REQUIRE(rig.Start());
  rig.Run();
  REQUIRE(rig.outlet.waiting.size() == 2);
  CHECK(rig.outlet.waiting[0]->tenant != rig.outlet.waiting[1]->tenant);
}

}  // namespace
}  // namespace narfi::shipper
