#include "net/url.h"

#include <doctest/doctest.h>

namespace narfi::net {
namespace {

struct UnescapeCase {
  std::string_view text;
  std::string_view want;
  std::string_view want_error = {};
};

constexpr UnescapeCase kQueryCases[] = {
    {"", ""},
    {"abc", "abc"},
    {"a+b", "a b"},
    {"%7Bjob%3D%22x%22%7D", "{job=\"x\"}"},
    {"%e4%B8%AD", "\xE4\xB8\xAD"},
    {"%2B", "+"},
    {"%zz", "", "invalid URL escape \"%zz\""},
    {"a%2", "", "invalid URL escape \"%2\""},
    {"%", "", "invalid URL escape \"%\""},
    {"ab%4gcd", "", "invalid URL escape \"%4g\""},
};

TEST_CASE("QueryUnescape decodes percent signs and plus, with Go's words for errors") {
  for (const UnescapeCase& c : kQueryCases) {
    CAPTURE(std::string(c.text));
    const auto got = QueryUnescape(c.text);
    REQUIRE(got.has_value() == c.want_error.empty());
    if (got) CHECK(*got == c.want);
    if (!got) CHECK(got.error().text == c.want_error);
  }
}

TEST_CASE("PathUnescape leaves plus alone") {
  CHECK(*PathUnescape("/a+b%20c") == "/a+b c");
  CHECK_FALSE(PathUnescape("/%x").has_value());
}

TEST_CASE("Escaping and unescaping every byte gives it back") {
  std::string every;
  for (int c = 0; c < 256; ++c) every += static_cast<char>(c);
  CHECK(*QueryUnescape(QueryEscape(every)) == every);
  CHECK(*PathUnescape(PathEscape(every)) == every);
  CHECK(QueryEscape("a b/c~d-e_f.g") == "a+b%2Fc~d-e_f.g");
  CHECK(PathEscape("a b") == "a%20b");
}

struct ParseCase {
  std::string_view text;
  Params want;
  std::string_view want_error = {};
};

TEST_CASE("ParseQuery keeps the good pairs and tells the first bad one") {
  const ParseCase cases[] = {
      {"", {}},
      {"a=1&b=2", {{"a", "1"}, {"b", "2"}}},
      {"a=1&a=2", {{"a", "1"}, {"a", "2"}}},
      {"a", {{"a", ""}}},
      {"a=&=b", {{"a", ""}, {"", "b"}}},
      {"&&a=1&", {{"a", "1"}}},
      {"a=b=c", {{"a", "b=c"}}},
      {"query=%7Ba%3D%22b+c%22%7D", {{"query", "{a=\"b c\"}"}}},
      {"a=1&b=%zz&c=3", {{"a", "1"}, {"c", "3"}}, "invalid URL escape \"%zz\""},
      {"a=1;b=2&c=3", {{"c", "3"}}, "invalid semicolon separator in query"},
      {"%xx=1&b=%yy", {}, "invalid URL escape \"%xx\""},
  };
  for (const ParseCase& c : cases) {
    CAPTURE(std::string(c.text));
    Params got;
    const Status status = ParseQuery(c.text, got);
    CHECK(status.has_value() == c.want_error.empty());
    if (!status) CHECK(status.error().text == c.want_error);
    CHECK(got == c.want);
  }
}

TEST_CASE("ParseQuery stops at its limit of parameters") {
  std::string text;
  for (size_t i = 0; i < kMaxParams; ++i) text += "a&";
  Params full;
  CHECK(ParseQuery(text, full).has_value());
  CHECK(full.size() == kMaxParams);
  Params more;
  const Status status = ParseQuery(text + "b", more);
  REQUIRE_FALSE(status.has_value());
  CHECK(status.error().code == Code::kLimit);
  CHECK(more.size() == kMaxParams);
}

TEST_CASE("BuildQuery writes what ParseQuery reads") {
  const Params params = {{"query", "{a=\"b\"} |= `x & y`"}, {"limit", "30"}, {"", ""}};
  CHECK(BuildQuery({{"a b", "c/d"}, {"e", ""}}) == "a+b=c%2Fd&e=");
  Params back;
  REQUIRE(ParseQuery(BuildQuery(params), back).has_value());
  CHECK(back == params);
  REQUIRE(FindParam(params, "limit") != nullptr);
  CHECK(*FindParam(params, "limit") == "30");
  CHECK(FindParam(params, "none") == nullptr);
}

}  // namespace
}  // namespace narfi::net
