#include "tests/support/pattern_lines.h"

#include <string_view>

namespace narfi::testing {
namespace {

template <size_t N>
std::string_view Pick(std::mt19937& random, const std::string_view (&from)[N]) {
  return from[random() % N];
}

std::string Word(std::mt19937& random) {
  constexpr std::string_view kWords[] = {"user",
                                         "alice",
                                         "bob",
                                         "took",
                                         "logged",
                                         "in",
                                         "done",
                                         "a:b",
                                         ":",
                                         "::",
                                         "x::",
                                         "/v1/a",
                                         "http://x",
                                         "<_>",
                                         "<body>",
                                         "<abc>c",
                                         "x<b>b7",
                                         "<a",
                                         "b>",
                                         "{",
                                         "}",
                                         "[",
                                         "]",
                                         ",",
                                         "=",
                                         "k=v",
                                         "a=1",
                                         "\xC3\xA9",
                                         "'",
                                         "|",
                                         "%",
                                         "-",
                                         "12:30",
                                         "1.5s",
                                         "0a1b2c3d4e5f",
                                         "07",
                                         "2026-11-20T10:00:00.5Z",
                                         "2026-11-20 10:00:07,12"};
  if (random() % 3 == 0) return std::to_string(random() % 2000);
  if (random() % 12 == 0) return std::string(1, static_cast<char>('a' + random() % 26));
  return std::string(Pick(random, kWords));
}

std::string Message(std::mt19937& random) {
  constexpr std::string_view kBegins[] = {"user", "order", "GET", "2026-11-20 10:00:00",
                                          "",     "cache"};
  std::string out(Pick(random, kBegins));
  for (size_t i = random() % 5; i-- > 0;) out += (random() % 8 == 0 ? "" : " ") + Word(random);
  return out;
}

// What may stand between the quotes of a JSON string.
std::string StringValue(std::mt19937& random) {
  constexpr std::string_view kOdd[] = {"",
                                       R"(\")",
                                       R"(","b":")",
                                       R"(\",\"b\":\"x)",
                                       R"(x\"})",
                                       "}",
                                       "},",
                                       R"(a\\)",
                                       R"(\u00e9)",
                                       "<_>",
                                       "x, ",
                                       "<name>",
                                       "same",
                                       "same",
                                       R"(\"\\\")",
                                       R"(, \"c\": \"x)",
                                       "0a1b2c3d4e5f"};
  if (random() % 3 == 0) {
    std::string odd(Pick(random, kOdd));
    // What a quote would end is no string.
    return odd.starts_with("\",\"") ? "plain" : odd;
  }
  return random() % 2 == 0 ? std::string("same") : Word(random);
}

std::string Json(std::mt19937& random) {
  constexpr std::string_view kArrays[] = {"[]", R"(["},","a"])", R"([1, 2])", R"([",","b",":"])",
                                          R"(["\",\"b\":"])"};
  constexpr std::string_view kScalars[] = {"true",   "null",
                                           "1",      "2",
                                           "-3.5e7", "0.00023359792255639444",
                                           "1e-007", "12345678901234567890123"};
  const bool spaced = random() % 2 == 0;
  const std::string comma = spaced ? ", " : ",";
  const std::string colon = spaced ? ": " : ":";
  std::string out = "{\"level\"" + colon + "\"" + (random() % 2 == 0 ? "INFO" : "WARN") + "\"";
  if (random() % 4 != 0) out += comma + "\"message\"" + colon + "\"" + Message(random) + "\"";
  if (random() % 2 == 0) out += comma + "\"a\"" + colon + "\"" + StringValue(random) + "\"";
  if (random() % 4 == 0) out += comma + "\"l\"" + colon + std::string(Pick(random, kArrays));
  if (random() % 4 == 0) out += comma + "\",\"" + colon + "\"" + StringValue(random) + "\"";
  if (random() % 3 == 0)
    out += comma + "\"o\"" + colon + "{\"n\"" + colon + std::string(Pick(random, kScalars)) + "}";
  if (random() % 3 == 0) out += comma + "\"b\"" + colon + "\"" + StringValue(random) + "\"";
  return out + "}";
}

}  // namespace

std::string PatternLine(std::mt19937& random) {
  switch (random() % 12) {
    case 0:
      return "level=info msg=\"" + Message(random) + "\" took=" + Word(random);
    case 1:
      return std::string(random() % 3, ' ') + Word(random);
    case 2:
      return "bad \xff\xc0\xc1 " + Word(random);
    case 3: {
      std::string many;
      for (size_t i = random() % 400; i-- > 0;) many += "w" + std::string(random() % 9, 'x') + " ";
      return random() % 2 == 0 ? many + "end" : R"({"message":")" + many + R"(","b":1})";
    }
    case 4:
    case 5:
      return Message(random);
    default:
      return Json(random);
  }
}

}  // namespace narfi::testing
