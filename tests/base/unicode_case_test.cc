#include "base/unicode_case.h"

#include <doctest/doctest.h>

namespace narfi {
namespace {

struct Case {
  std::string_view text;
  std::string_view lower;
  std::string_view upper;
};

constexpr Case kCases[] = {
    {"aBc 1_", "abc 1_", "ABC 1_"},
    {"ÀÉß", "àéß", "ÀÉß"},
    {"ΑΣς", "ασς", "ΑΣΣ"},
    {"Ǆǅǆ", "ǆǆǆ", "ǄǄǄ"},
    {"İıŉ", "iıŉ", "İIŉ"},
    {"Āāž", "āāž", "ĀĀŽ"},
    {"𐐀𐐨", "𐐨𐐨", "𐐀𐐀"},
    {"日本☃", "日本☃", "日本☃"},
    {"a\xffZ", "a\uFFFDz", "A\uFFFDZ"},
};

TEST_CASE("Case is changed rune by rune") {
  for (const Case& c : kCases) {
    CAPTURE(std::string(c.text));
    CHECK(ToLowerText(c.text) == c.lower);
    CHECK(ToUpperText(c.text) == c.upper);
  }
}

}  // namespace
}  // namespace narfi
