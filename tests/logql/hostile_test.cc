// Queries made to break the parser: each gets one sentence, at once.
#include <doctest/doctest.h>

#include <string>

#include "query/logql/parser.h"
#include "tests/logql/support/parsing.h"

namespace narfi::logql {
namespace {

std::string Repeat(std::string_view text, int count) {
  std::string out;
  while (count-- > 0) out += text;
  return out;
}

constexpr std::string_view kTooDeep =
    "parse error : the query is nested too deeply: more than 500 levels";

TEST_CASE("Deep nesting is refused") {
  for (const std::string_view open :
       {"(", "sum(", "rate((", "{a=\"b\"}|(", "label_replace(", "1^", "vector(1)+("}) {
    CAPTURE(std::string(open));
    const int times = static_cast<int>(100'000 / open.size());
    const std::string error = ErrorOf(open.starts_with('{') ? std::string(open) + Repeat("(", times)
                                                            : Repeat(open, times));
    CHECK(error.size() < 200);
    CHECK(error.starts_with("parse error"));
  }
  CHECK(ErrorOf(Repeat("(", 50'000)) == kTooDeep);
  CHECK(ErrorOf("rate(" + Repeat("(", 50'000)) == kTooDeep);
  CHECK(ErrorOf("{a=\"b\"} | " + Repeat("(", 50'000)) == kTooDeep);
  CHECK(ErrorOf(Repeat("-", 50'000)) ==
        "parse error at line 1, col 2: syntax error: unexpected -, expecting NUMBER");
}

TEST_CASE("Long chains are refused as deep trees, or folded") {
  CHECK(ErrorOf("vector(1)" + Repeat("+vector(1)", 10'000)) == kTooDeep);
  CHECK(ErrorOf("{a=\"b\"} | x=1" + Repeat(" or x=1", 10'000)) == kTooDeep);
  CHECK(ErrorOf("{a=\"b\"} | x=1" + Repeat(",x=1", 10'000)) == kTooDeep);
  CHECK(Canonical("1" + Repeat("+1", 10'000)) == "10001");
}

TEST_CASE("What is deep within the limit is read") {
  CHECK(Parse(Repeat("(", 400) + "1" + Repeat(")", 400)).has_value());
  CHECK(Parse("vector(1)" + Repeat("+vector(1)", 400)).has_value());
  CHECK(Parse("{a=\"b\"}" + Repeat(" | x=1", 10'000)).has_value());
}

TEST_CASE("Texts over the length limit are refused unread") {
  CHECK(ErrorOf(Repeat(" ", 131'073)) == "parse error : input size too long (131073 > 131072)");
  CHECK(ErrorOf(Repeat(" ", 131'072)) ==
        "parse error at line 1, col 131073: syntax error: unexpected $end");
}

TEST_CASE("Bytes that are no text do no harm") {
  std::string noise;
  for (int i = 0; i < 4096; ++i) noise += static_cast<char>((i * 131) ^ (i >> 3));
  CHECK(ErrorOf(noise).starts_with("parse error"));
  CHECK(ErrorOf("{a=\"" + noise + "\"}").starts_with("parse error"));
}

}  // namespace
}  // namespace narfi::logql
