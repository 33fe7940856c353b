#include "storage/json_scan.h"

#include <doctest/doctest.h>
#include <simdjson.h>

#include <random>
#include <string>

namespace narfi::storage {
namespace {

constexpr int kDeep = 32;

bool IsValue(std::string_view text) {
  const size_t begin = SkipJsonSpace(text, 0);
  const size_t end = EndOfJsonValue(text, begin, kDeep);
  return end != kNoEnd && SkipJsonSpace(text, end) == text.size();
}

simdjson::error_code ParseError(const std::string& text) {
  simdjson::dom::parser parser;
  return parser.parse(simdjson::padded_string(text)).error();
}

bool Parses(const std::string& text) { return ParseError(text) == simdjson::SUCCESS; }

std::string Nested(int depth) {
  return std::string(static_cast<size_t>(depth), '[') +
         std::string(static_cast<size_t>(depth), ']');
}

TEST_CASE("what is JSON, strictly") {
  const std::vector<std::string> good = {
      "0",
      "-0",
      "1",
      "-1.5",
      "1e5",
      "1E+05",
      "1.25e-7",
      "0.0",
      "9999999999999999999",
      "true",
      "false",
      "null",
      " null\r\n\t",
      "\"\"",
      "\"a\"",
      R"("\"\\\/\b\f\n\r\t")",
      R"("\u00e9\uABCD")",
      R"("\ud83d\ude00")",
      "\"\x7F\"",
      "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"",
      "\"\xed\x9f\xbf\"",
      "\"\xf4\x8f\xbf\xbf\"",
      "[]",
      "[ ]",
      "[1,\"two\" ,[3]]",
      "{}",
      "{ }",
      R"({"a":1})",
      R"({"a" : {"b":[]} , "":null})",
      R"({"a":1,"a":2})",
      "\"sixteen bytes of text and more\"",
      "\"" + std::string(64, 'x') + "\\n" + std::string(64, 'y') + "\""};
  for (const std::string& text : good) {
    CAPTURE(text);
    CHECK(IsValue(text));
    CHECK(Parses(text));
  }
}

TEST_CASE("what is not") {
  const std::vector<std::string> bad = {"",
                                        " ",
                                        "-",
                                        "+1",
                                        "01",
                                        "-01",
                                        "1.",
                                        ".5",
                                        "1e",
                                        "1e+",
                                        "0x10",
                                        "1 2",
                                        "NaN",
                                        "Infinity",
                                        "True",
                                        "nul",
                                        "nulls",
                                        "truefalse",
                                        "'a'",
                                        "\"",
                                        "\"a",
                                        "\"\\\"",
                                        R"("\x")",
                                        R"("\u12")",
                                        R"("\u123g")",
                                        R"("\ud83d")",
                                        R"("\ud83dx")",
                                        R"("\ud83d\n")",
                                        R"("\ud83d\u0041")",
                                        R"("\ude00")",
                                        R"("\ud83d\ud83d\ude00")",
                                        "\"a\nb\"",
                                        std::string("\"a\0b\"", 5),
                                        "\"\x1F\"",
                                        "\"\x80\"",
                                        "\"\xc0\x80\"",
                                        "\"\xc1\xbf\"",
                                        "\"\xc3\"",
                                        "\"\xe0\x80\x80\"",
                                        "\"\xed\xa0\x80\"",
                                        "\"\xf0\x80\x80\x80\"",
                                        "\"\xf4\x90\x80\x80\"",
                                        "\"\xf5\x80\x80\x80\"",
                                        "\"\xff\"",
                                        "\"\xe2\x82\"",
                                        "[",
                                        "[1",
                                        "[1,",
                                        "[1,]",
                                        "[,1]",
                                        "[1 2]",
                                        "]",
                                        "{",
                                        "{\"a\"",
                                        "{\"a\":",
                                        "{\"a\":1",
                                        "{\"a\":1,}",
                                        "{,}",
                                        "{a:1}",
                                        "{1:1}",
                                        "{\"a\" 1}",
                                        "{\"a\":1 \"b\":2}",
                                        "[}",
                                        "{]",
                                        "\xEF\xBB\xBF[]x",
                                        "//\n1"};
  for (const std::string& text : bad) {
    CAPTURE(text);
    CHECK_FALSE(IsValue(text));
    CHECK_FALSE(Parses(text));
  }
}

TEST_CASE("a number may be larger and longer than what readers of values take") {
  for (const char* text :
       {"18446744073709551615", "123456789012345678901234567890", "-12345678901234567890",
        "0.00023359792255639444", "0.40570212582512033", "0.12345678901234567890123", "1e100",
        "1e-007", "2.2250738585072014e-308", "1e400"}) {
    CAPTURE(text);
    CHECK(IsValue(text));
  }
}

TEST_CASE("what is too deep is left to others") {
  CHECK(IsValue(Nested(kDeep)));
  CHECK_FALSE(IsValue(Nested(kDeep + 1)));
}

// JSON, mostly.
std::string RandomValue(std::mt19937_64& random, int depth) {
  const auto pick = [&](std::initializer_list<const char*> from) {
    return std::string(from.begin()[random() % from.size()]);
  };
  switch (random() % (depth > 0 ? 6 : 4)) {
    case 0:
      return pick({"0", "-1", "17.50", "1e9", "-0.0", "true", "false", "null"});
    case 1:
      return "\"" + pick({"", "a", "\\n", "\\u00e9", "\\ud83d\\ude00", "\xc3\xa9"}) +
             pick(
                 {"", "some text of more than sixteen bytes", "\\\\", "\\\"", "\xf0\x9f\x98\x80"}) +
             "\"";
    case 2:
      return pick({"[]", "{}", "[ ]"});
    case 3:
      return std::to_string(static_cast<int32_t>(random()));
    case 4:
      return "[" + RandomValue(random, depth - 1) + pick({",", " , "}) +
             RandomValue(random, depth - 1) + "]";
    default:
      return "{\"k\":" + RandomValue(random, depth - 1) + pick({",", ",\n "}) +
             "\"\\u006b\" :" + RandomValue(random, depth - 1) + "}";
  }
}

TEST_CASE("a careful parser agrees, byte by byte changed") {
  std::mt19937_64 random(12);
  const std::string_view bytes = "\"\\{}[]:,0129.eE+-untrfalsd \n\x01\x80\xc3\xed\xf4";
  int good = 0;
  int bad = 0;
  for (int round = 0; round < 60'000; ++round) {
    std::string text = RandomValue(random, 3);
    for (uint64_t changes = random() % 3; changes > 0; --changes) {
      const size_t at = random() % text.size();
      const char byte = bytes[random() % bytes.size()];
      if (random() % 3 == 0) {
        text.insert(at, 1, byte);
      } else if (random() % 2 == 0) {
        text[at] = byte;
      } else if (text.size() > 1) {
        text.erase(at, 1);
      }
    }
    CAPTURE(text);
    const bool is_value = IsValue(text);
    // Numbers may grow beyond what has a value.
    if (is_value && ParseError(text) == simdjson::NUMBER_ERROR) {
      REQUIRE(text.find_first_of("eE") != std::string::npos);
      continue;
    }
    REQUIRE(is_value == Parses(text));
    (is_value ? good : bad) += 1;
  }
  CHECK(good > 10'000);
  CHECK(bad > 5'000);
}

}  // namespace
}  // namespace narfi::storage
