#include "query/patterns/pattern_cover.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "query/exec/line_pattern.h"
#include "query/patterns/pattern_table.h"

namespace narfi::query_test {
namespace {

using query::LogPattern;
using Lines = std::vector<std::string>;

std::vector<LogPattern> PatternsOf(const Lines& lines) {
  query::PatternTable table;
  for (const std::string& line : lines) table.AddLine(line, "info", 0);
  auto found = table.TakePatterns(SIZE_MAX);
  REQUIRE(found.has_value());
  return *found;
}

// Texts and lines, those of the most lines first.
std::string Print(const Lines& lines) {
  std::string out;
  for (const LogPattern& pattern : PatternsOf(lines))
    out += std::to_string(pattern.lines) + " " + pattern.text + "\n";
  return out;
}

TEST_CASE("a pattern counts the lines of those that it finds too") {
  struct Case {
    Lines lines;
    std::string wanted;
  };
  const std::vector<Case> cases = {
      // Two words differ, and both vary in one of the patterns.
      {{"cache hit 1 2", "cache hit 3 4", "cache hit alice bob"}, "3 cache hit <_> <_>\n"},
      {{"to db1 failed", "to db1:80 failed", "to db2:80/x=1 failed"}, "3 to <_> failed\n"},
      {{"user=a1 ok", "user=\"b\" ok"}, "2 user=<_> ok\n"},
      // More than a word.
      {{"user 1 left", "user a1 from here left"}, "1 user <_> from here left\n1 user <_> left\n"},
      {{"msg=a1 x", "msg=\"b c\" x"}, "1 msg=\"b c\" x\n1 msg=<_> x\n"},
      // Nothing but what varies would take all.
      {{"1 2", "3 4", "hello there"}, "2 <_> <_>\n1 hello there\n"},
      // `|>` takes the end where it finds it first.
      {{"go a<x>y", "go a<y>qy"}, "1 go a<_>qy\n1 go a<_>y\n"},
      {{"k=a1,b", "k=a,b,b"}, "1 k=<_>,b\n1 k=a,b,b\n"},
      {{"GET a1 x", "GET b1 xx"}, "1 GET <_> x\n1 GET <_> xx\n"},
      // The one that covers is covered itself, in another order.
      {{"a b1 c1 d1", "a b2 c c d3", "a b c d", "a b c d"}, "3 a <_> <_> <_>\n1 a <_> c c <_>\n"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.wanted);
    CHECK(Print(c.lines) == c.wanted);
    CHECK(Print(Lines(c.lines.rbegin(), c.lines.rend())) == c.wanted);
  }
}

TEST_CASE("fields that some lines have do not keep lines of one message apart") {
  CHECK(Print({R"({"msg":"a job is done","by":"x1","ms":1})",
               R"({"msg":"a job is done","by":"x2","id":"i17","ms":2})",
               R"({"msg":"a job is done","by":"x3","id":"i18","user":"y z","ms":3})"}) ==
        R"(3 {"msg":"a job is done","by":"<_>","ms":<_>})"
        "\n");
  // `|>` wants the quote in front of the next key.
  CHECK(PatternsOf({R"({"msg":"a job is done","by":"x1","ms":1})",
                    R"({"msg":"a job is done","by":"x2","id":17,"ms":2})"})
            .size() == 2);
  // Other messages, and lines without any, are told apart by what they have.
  CHECK(PatternsOf({R"({"by":"x1","ms":1})", R"({"by":"x2","event":"login","ms":2})"}).size() == 2);
  CHECK(PatternsOf({R"({"by":"x1","msg":"job 7 done"})",
                    R"({"by":"x2","user":"y","msg":"job 7 is done"})"})
            .size() == 2);
}

// How many of the lines `|>` finds.
uint64_t CountMatches(const LogPattern& pattern, const Lines& lines) {
  const auto compiled = query::CompilePattern(pattern.text);
  return static_cast<uint64_t>(std::count_if(
      lines.begin(), lines.end(), [&](const auto& line) { return compiled.Matches(line); }));
}

TEST_CASE("what an array or a string has in it takes no line away from its pattern") {
  const Lines one = {R"({"msg":"go","s":"x1","b":1})", R"({"msg":"go","s":"x2","b":1})"};
  const std::vector<Lines> cases = {
      {R"({"msg":"go","s":"x1","t":[{"s":"x","c":1}],"b":1})",
       R"({"msg":"go","s":"x2","t":[{"s":"y","c":1}],"b":1})"},
      {R"({"msg":"go","s":"x1","t":[{"s":"x","b":1}]})",
       R"({"msg":"go","s":"x2","t":[{"s":"y","b":1}]})"},
      {R"({"msg":"go","s":"x1","t":["\",\"b\":1}","b"],"b":1})",
       R"({"msg":"go","s":"x2","t":[],"b":1})"},
      {R"({"msg":"go","s":"x1","t":"\",\"b\":1}","b":1})",
       R"({"msg":"go","s":"x2","t":",\"b\":1}","b":1})"},
      {R"({"msg":"go","s":"x1","t":"\","b":1})", R"({"msg":"go","s":"x2","t":"\"}","b":1})"},
  };
  for (Lines lines : cases) {
    CAPTURE(lines.front());
    for (const bool with_others : {false, true}) {
      if (with_others) lines.insert(lines.end(), one.begin(), one.end());
      uint64_t counted = 0;
      uint64_t matched_all = 0;
      for (const LogPattern& pattern : PatternsOf(lines)) {
        CAPTURE(pattern.text);
        const uint64_t matched = CountMatches(pattern, lines);
        CHECK(matched >= pattern.lines);
        counted += pattern.lines;
        matched_all += matched;
      }
      CHECK(counted == lines.size());
      CHECK(matched_all >= lines.size());
    }
  }
}

TEST_CASE("a value of few lines that is the same in others keeps nothing apart") {
  Lines lines(20, R"({"msg":"cache miss 7","ttl":0,"b":1})");
  for (int i = 0; i < 20; ++i)
    lines.push_back(R"({"msg":"cache miss )" + std::to_string(i) + R"(","ttl":0,"b":1})");
  lines.emplace_back(R"({"msg":"cache miss a:b1","ttl":0,"b":1})");
  CHECK(Print(lines) == R"(41 {"msg":"cache miss <_>","ttl":0,"b":1})"
                        "\n");
}

std::string LineOfShop(std::mt19937& random) {
  const auto pick = [&](std::initializer_list<const char*> from) {
    return std::string(from.begin()[random() % from.size()]);
  };
  const auto number = [&](uint32_t below) { return std::to_string(random() % below); };
  std::string line = R"({"ts": "2026-11-26T10:00:)" + std::to_string(10 + random() % 50) + "Z\"";
  if (random() % 2 == 0) line += R"(, "user": "u-)" + number(50) + '"';
  line += R"(, "msg": ")" + pick({"order ", "payment "});
  line += random() % 20 == 0 ? "refused" : number(100'000);
  line += pick({" created", " failed for good"}) + R"(", "status": )" + pick({"200", "404", "500"});
  line += R"(, "ratio": )" + pick({"0.5", "0.00023359792255639444", "8.5e-05", "1e-100", "7"});
  line += R"(, "ok": )" + pick({"true", "true", "true", "false"});
  return line + R"(, "req": {"method": ")" + pick({"GET", "POST"}) + R"(", "path": "/api/)" +
         number(20) + R"("}, "tags": ["a", "b"]})";
}

TEST_CASE("what a pattern counts is what `|>` finds, of lines of few messages") {
  for (uint32_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    Lines lines;
    for (int i = 0; i < 400; ++i) lines.push_back(LineOfShop(random));
    const auto found = PatternsOf(lines);
    CHECK(found.size() <= 4);
    for (const LogPattern& pattern : found) {
      CAPTURE(pattern.text);
      const auto compiled = query::CompilePattern(pattern.text);
      uint64_t matched = 0;
      for (const std::string& line : lines) matched += compiled.Matches(line) ? 1 : 0;
      CHECK(matched == pattern.lines);
    }
  }
}

TEST_CASE("those beyond the ones that others are compared to are taken in too") {
  Lines lines(50, "the job 17 and 18 done");
  // As many messages as there is room for, each with marks of its own, all of more lines.
  for (int i = 0; i < 330; ++i) {
    std::string line = "other";
    for (int bit = 0; bit < 9; ++bit) line += (i >> bit) % 2 == 0 ? " a" : ",a";
    lines.insert(lines.end(), 2, line);
  }
  lines.emplace_back("the job x and y done");
  const auto found = PatternsOf(lines);
  REQUIRE(found.size() == 331);
  CHECK(found.front().text == "the job <_> and <_> done");
  CHECK(found.front().lines == 51);
}

}  // namespace
}  // namespace narfi::query_test
