#include <doctest/doctest.h>

#include "line/logfmt.h"

namespace narfi::line {
namespace {

std::string Read(LogfmtFields& reader, std::string_view text, std::vector<uint8_t> found = {}) {
  Arena arena;
  std::vector<Field> fields;
  const Outcome outcome = reader.Extract(text, found, fields, arena);
  std::string out;
  for (const Field& field : fields)
    out.append(out.empty() ? "" : "|").append(field.name).append("=").append(field.value);
  if (outcome.failed) out.append("!").append(outcome.details);
  return out;
}

struct Case {
  std::string_view line;
  std::string_view want;         // without flags
  std::string_view strict = {};  // when it differs
};

constexpr Case kCases[] = {
    {"a=1 b=2 c=3", "a=1|b=2|c=3"},
    {"   a=1    b=2   ", "a=1|b=2"},
    {"a=1\tb=2", "a=1|b=2"},
    {"a=1 b= c=3", "a=1|c=3"},
    {"a=1 b c=3", "a=1|c=3"},
    {"a=1 a=2", "a=1|a=2"},  // which of them counts is the caller's business
    {"a=\"x\\\"y\" b='single'", "a=x\"y|b='single'"},
    {"a=\"multi\\nline\" b=2", "a=multi\nline|b=2"},
    {"1a=2 _b=3 c-d=4 e.f=5 g/h=6", "_1a=2|_b=3|c_d=4|e_f=5|g_h=6"},
    {"ünïcode=été b=1", "_n_code=été|b=1"},
    {"a=☃", "a=☃"},
    {"a=\xff\xfez b=1", "a=  z|b=1"},
    {"", ""},
    {"key with spaces=1", "spaces=1"},
    {"=noval x=1", "x=1", "!logfmt syntax error at pos 1 : unexpected '='"},
    {"a==1 b=2", "b=2", "!logfmt syntax error at pos 3 : unexpected '='"},
    {"a=1,b=2", "", "!logfmt syntax error at pos 6 : unexpected '='"},
    {"a=1 \"quoted\"=2 b=3", "a=1|b=3", "a=1!logfmt syntax error at pos 5 : unexpected '\"'"},
    {"a=\"unclosed b=2", "", "!logfmt syntax error at pos 16 : unterminated quoted value"},
    {"level=error a=oops b=\"", "level=error|a=oops",
     "level=error|a=oops!logfmt syntax error at pos 23 : unterminated quoted value"},
    {"a=\"\\u00e9\" b=\"\\x41\"", "a=é",
     "a=é!logfmt syntax error at pos 20 : invalid quoted value"},
    {"a=1 b=2 note=broken\"quote c=3", "a=1|b=2|c=3",
     "a=1|b=2!logfmt syntax error at pos 20 : unexpected '\"'"},
    {"a=\"b\"c=2", "a=b|c=2"},
    {"a=\"\\ud83d\\ude00\" b=\"\\ud83d\"", "a=😀|b= "},
    {"a=\"x\\", "", "!logfmt syntax error at pos 6 : unterminated quoted value"},
};

TEST_CASE("logfmt lines are read as Loki reads them, strictly and not") {
  LogfmtFields plain({}, false, false);
  LogfmtFields strict({}, true, false);
  for (const Case& c : kCases) {
    CAPTURE(std::string(c.line));
    CHECK(Read(plain, c.line) == c.want);
    CHECK(Read(strict, c.line) == (c.strict.empty() ? c.want : c.strict));
  }
}

TEST_CASE("Empty values stay when they are to be kept") {
  LogfmtFields reader({}, false, true);
  CHECK(Read(reader, "a b= c=\"\" d=1") == "a=|b=|c=|d=1");
}

TEST_CASE("With a demand each name is given once, and reading stops when all were given") {
  LogfmtFields reader({false, {"b", "c_d"}}, true, false);
  CHECK(Read(reader, "a=1 b=2 b=3 c-d=4 =broken", {0, 0}) == "b=2|c_d=4");
  CHECK(Read(reader, "a=1 b=2 =broken c-d=4", {0, 0}) ==
        "b=2!logfmt syntax error at pos 9 : unexpected '='");
  CHECK(Read(reader, "b=2 c.d=4", {1, 0}) == "c_d=4");
}

TEST_CASE("More keys than are remembered are still named") {
  LogfmtFields reader({}, false, false);
  for (size_t i = 0; i < LogfmtFields::kMaxCachedNames + 10; ++i) {
    const std::string key = "k-" + std::to_string(i);
    REQUIRE(Read(reader, key + "=1 " + key + "x=2") ==
            "k_" + std::to_string(i) + "=1|k_" + std::to_string(i) + "x=2");
  }
}

}  // namespace
}  // namespace narfi::line
