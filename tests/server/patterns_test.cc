#include <map>
#include <random>
#include <set>

#include "base/json_write.h"
#include "base/pool.h"
#include "query/exec/line_pattern.h"
#include "query/patterns/pattern_scan.h"
#include "tests/ingest/engine_support.h"
#include "tests/support/pattern_lines.h"

namespace narfi::server {
namespace {

using ingest::kNow;

constexpr int64_t kSecondNs = 1'000'000'000;
constexpr int64_t kLines = 900;

std::vector<query::LogPattern> Find(ingest::Engine& engine) {
  Pool pool("test", 2);
  auto found = query::FindPatterns(
      engine, pool, {{"t", {}, kNow - kLines * kSecondNs, kNow}, kSecondNs, SIZE_MAX},
      [](const query::ScanUse&) { return Status(); });
  REQUIRE_MESSAGE(found.has_value(), found.error().text);
  return *found;
}

std::string Print(const std::vector<query::LogPattern>& found) {
  std::string out;
  for (const query::LogPattern& pattern : found) {
    out += fmt::format("{} {} {} at", pattern.level, pattern.lines, pattern.text);
    for (const auto& [second, lines] : pattern.samples) out += fmt::format(" {}", second);
    out += '\n';
  }
  return out;
}

void CheckSame(const std::vector<query::LogPattern>& found,
               const std::vector<query::LogPattern>& wanted) {
  std::set<std::string> more;
  for (const query::LogPattern& pattern : found) more.insert(Print({pattern}));
  for (const query::LogPattern& pattern : wanted) {
    const std::string text = Print({pattern});
    CHECK_MESSAGE(more.erase(text) == 1, "missing: ", text);
  }
  for (const std::string& text : more) CHECK_MESSAGE(text.empty(), "not wanted: ", text);
}

// Lines of three streams, one a second.
void PushLines(ingest::Engine& engine, std::mt19937& random, int64_t first, int64_t end,
               bool twice) {
  for (int64_t at = first; at < end; ++at) {
    std::string body = fmt::format(R"({{"streams":[{{"stream":{{"app":"{}"}},"values":[["{}",)",
                                   at % 3, kNow - (at + 1) * kSecondNs);
    AppendJsonString(body, testing::PatternLine(random));
    body += "]]}]}";
    for (int i = 0; i < (twice ? 2 : 1); ++i)
      REQUIRE(ingest::Push(engine, "t", body).status == 204);
  }
}

// The line of each second.
std::map<int64_t, std::string> LinesOf(ingest::Engine& engine) {
  std::map<int64_t, std::string> out;
  for (const auto& [entry, count] : ingest::Entries(engine, "t")) {
    CHECK(count == 1);
    const size_t at = entry.find('@');
    const size_t line = entry.find(' ', at);
    const int64_t second = (std::stoll(entry.substr(at + 1, line - at - 1)) + kNow) / kSecondNs;
    out[second] = entry.substr(line + 1);
  }
  return out;
}

TEST_CASE("patterns are the same from heads, from segments and after a restart") {
  std::mt19937 random(7);
  ingest::Machine machine;
  auto engine = machine.Open();
  REQUIRE(engine.has_value());
  PushLines(**engine, random, 0, kLines / 2, false);
  REQUIRE((*engine)->FlushAll().has_value());
  PushLines(**engine, random, kLines / 2, kLines, true);
  const auto from_heads = Find(**engine);
  REQUIRE((*engine)->FlushAll().has_value());
  CheckSame(Find(**engine), from_heads);
  engine->reset();
  engine = machine.Open();
  const auto found = Find(**engine);
  CheckSame(found, from_heads);
  const auto lines = LinesOf(**engine);
  uint64_t counted = 0;
  for (const query::LogPattern& pattern : found) {
    CAPTURE(pattern.text);
    const auto compiled = query::CompilePattern(pattern.text);
    for (const auto& [second, count] : pattern.samples) {
      CAPTURE(lines.at(second));
      CHECK(compiled.Matches(lines.at(second)));
      counted += count;
    }
  }
  const auto empty = std::count_if(lines.begin(), lines.end(),
                                   [](const auto& line) { return line.second.empty(); });
  CHECK(counted + static_cast<uint64_t>(empty) == static_cast<uint64_t>(kLines));
}

}  // namespace
}  // namespace narfi::server
