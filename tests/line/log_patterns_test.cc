#include "line/log_patterns.h"

#include <doctest/doctest.h>

namespace narfi::line {
namespace {

TEST_CASE("lines that differ in values come to one pattern") {
  PatternMiner miner;
  miner.Add("user alice took 31ms", "info", 0);
  miner.Add("user bob took 7ms", "info", 10);
  miner.Add("user carol took 12ms", "info", 10);
  miner.Add("connection lost", "error", 10);
  const auto patterns = miner.Patterns();
  REQUIRE(patterns.size() == 2);
  CHECK(patterns[0].text == "user <_> took <_>");
  CHECK(patterns[0].lines == 3);
  CHECK(patterns[1].text == "connection lost");
}

TEST_CASE("what stands between marks is a word, and levels have patterns of their own") {
  PatternMiner miner;
  miner.Add(R"(level=info msg="request done" user=alice path=/api/17 took=31ms)", "info", 0);
  miner.Add(R"(level=info msg="request done" user=bob path=/api/18 took=7ms)", "info", 10);
  miner.Add(R"(level=info msg="request done" user=carol path=/api/19 took=9ms)", "info", 10);
  miner.Add("connection lost", "error", 10);
  miner.Add("connection lost", "warn", 10);
  const auto patterns = miner.Patterns();
  REQUIRE(patterns.size() == 3);
  CHECK(patterns[0].text == R"(level=info msg="request done" user=<_> path=<_> took=<_>)");
  CHECK(patterns[0].level == "info");
  CHECK(patterns[0].samples == std::map<int64_t, uint64_t>{{0, 1}, {10, 2}});
  CHECK(patterns[1].text == "connection lost");
}

TEST_CASE("words with digits vary from the start") {
  PatternMiner miner;
  miner.Add("[2026-11-20 10:00:00] job 17 done", "", 0);
  CHECK(miner.Patterns().front().text == "[<_> <_>] job <_> done");
  PatternMiner colons;
  colons.Add(R"(x: 10:32:07: {"level":"info","n":7} ::)", "", 0);
  CHECK(colons.Patterns().front().text == R"(x: <_>: {"level":"info","n":<_>} ::)");
}

TEST_CASE("long lines, odd bytes and many shapes stay within the limits") {
  PatternMiner miner;
  miner.Add(std::string(100'000, 'x'), "", 0);
  std::string many;
  for (int i = 0; i < 5000; ++i) many += "w ";
  miner.Add(many, "", 0);
  miner.Add(std::string("a\0b\1c\2d \xff\xfe", 10), "", 0);
  miner.Add("", "", 0);
  miner.Add("   ", "", 0);
  CHECK(miner.Patterns().size() == 3);
  for (const auto& pattern : miner.Patterns())
    CHECK(pattern.text.size() <= PatternMiner::kMaxLine + 3);
  for (int i = 0; i < 2000; ++i)
    miner.Add(std::string(static_cast<size_t>(i % 1000), '(') + "a", "", 0);
  CHECK(miner.Patterns().size() <= PatternMiner::kMaxPatterns);
}

}  // namespace
}  // namespace narfi::line
