#include "query/logql/lexer.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/logql/support/parsing.h"

namespace narfi::logql {
namespace {

std::string NamesOf(std::string_view text) {
  Lexer lexer(text);
  std::string out;
  for (Token token = lexer.Next(); token.kind != TokenKind::kEnd; token = lexer.Next()) {
    if (!out.empty()) out += ' ';
    out += TokenName(token);
  }
  return out;
}

struct TokenCase {
  std::string_view text;
  std::string_view want;
};

constexpr TokenCase kTokenCases[] = {
    {"{ a = \"b\" }", "{ IDENTIFIER = STRING }"},
    {"|= |~ |> != !~ !> = =~ == > >= < <= | . ,", "|= |~ |> != !~ !> = =~ == > >= < <= | . ,"},
    {"1 1.5 .5 1e3 0x1f 0x1p4", "NUMBER NUMBER NUMBER NUMBER NUMBER NUMBER"},
    {"5m 1h30m 1.5s 250ms -5m 1d 2w",
     "DURATION DURATION DURATION DURATION DURATION DURATION DURATION"},
    {"10KB 1.5GiB 20b 5kb", "BYTES BYTES BYTES BYTES"},
    {"-5 - 5 -0", "- NUMBER - NUMBER DURATION"},
    {"5QB 5x", "NUMBER IDENTIFIER NUMBER IDENTIFIER"},
    {"[5m] [1h30m] [0]", "RANGE RANGE RANGE"},
    {"--strict --keep-empty --nope", "FUNCTION_FLAG FUNCTION_FLAG - - IDENTIFIER"},
    {"sum (", "SUM ("},
    {"sum by (", "SUM by ("},
    {"sum without(", "SUM without ("},
    {"sum by x (", "IDENTIFIER by IDENTIFIER ("},
    {"sum rate ip vector duration", "IDENTIFIER IDENTIFIER IDENTIFIER IDENTIFIER IDENTIFIER"},
    {"ip( duration( duration_seconds( bytes(",
     "ip ( DURATION_CONV ( DURATION_SECONDS_CONV ( BYTES_CONV ("},
    {"AND Or uNLESS By JSON", "and or unless by json"},
    {"a # the rest |= \n b", "IDENTIFIER IDENTIFIER"},
    {"a // the rest\n b /* c\n */ d", "IDENTIFIER IDENTIFIER IDENTIFIER"},
    {"a / b", "IDENTIFIER / IDENTIFIER"},
    {"\xC3\xA9t\xC3\xA9 _x9", "IDENTIFIER IDENTIFIER"},
    {"'x' ; @ $", "IDENTIFIER IDENTIFIER IDENTIFIER IDENTIFIER"},
    {"\"a\\\"b\" `c\"\nd`", "STRING STRING"},
};

TEST_CASE("Query text splits into Loki's tokens") {
  for (const TokenCase& c : kTokenCases) {
    CAPTURE(std::string(c.text));
    CHECK(NamesOf(c.text) == c.want);
  }
}

constexpr TokenCase kBadText[] = {
    {"{a=\"b", "line 1, col 4: literal not terminated"},
    {"{a=\"b\nc\"}", "line 1, col 4: literal not terminated"},
    {"{a=`b", "line 1, col 4: literal not terminated"},
    {"{a=\"\\q\"}", "line 1, col 4: invalid char escape"},
    {"{a=\"\\xzz\"}", "line 1, col 4: invalid char escape"},
    {"{a=\"\\777\"}", "line 1, col 4: invalid syntax"},
    {"{a=\"\\ud800\"}", "line 1, col 4: invalid syntax"},
    {"{a='bc'}", "line 1, col 4: invalid char literal"},
    {"{a=\"\xFF\"}", "line 1, col 4: invalid UTF-8 encoding"},
    {"08", "line 1, col 1: invalid digit '8' in octal literal"},
    {"1e", "line 1, col 1: exponent has no digits"},
    {"0x", "line 1, col 1: hexadecimal literal has no digits"},
    {"1__0", "line 1, col 1: '_' must separate successive digits"},
    {"1 /* x", "line 1, col 3: comment not terminated"},
    {"rate({a=\"b\"}[])", "line 0, col 13: empty duration string"},
    {"rate({a=\"b\"}[5])", "line 0, col 13: not a valid duration string: \"5\""},
    {"rate({a=\"b\"}[5x])", "line 0, col 13: unknown unit \"x\" in duration \"5x\""},
    {"rate({a=\"b\"}[5m:1m])", "line 0, col 13: unknown unit \"m:\" in duration \"5m:1m\""},
    {"rate({a=\"b\"}[99999999999999999h])", "line 0, col 13: duration out of range"},
    {"rate({a=\"b\"}[5m", "line 0, col 13: missing closing ']' in duration"},
};

TEST_CASE("Text that is no token says so at its place") {
  for (const TokenCase& c : kBadText) {
    CAPTURE(std::string(c.text));
    CHECK(ErrorOf(c.text) == "parse error at " + std::string(c.want));
  }
}

TEST_CASE("A token knows its line and column, and what errors report") {
  Lexer lexer("{a\n =~ \"\xC3\xA9\" |= x");
  std::string places;
  for (Token token = lexer.Next(); token.kind != TokenKind::kEnd; token = lexer.Next()) {
    places += fmt::format("{}:{}/{}:{} ", token.begin.line, token.begin.column, token.reported.line,
                          token.reported.column);
  }
  CHECK(places == "1:1/1:1 1:2/1:2 2:2/0:2 2:5/2:5 2:9/0:9 2:12/2:12 ");
}

TEST_CASE("Durations and sizes carry their values") {
  Lexer lexer("1h30m -2s 1.5KiB 5MB [1d]");
  CHECK(lexer.Next().duration_ns == 5'400'000'000'000);
  CHECK(lexer.Next().duration_ns == -2'000'000'000);
  CHECK(lexer.Next().bytes == 1536);
  CHECK(lexer.Next().bytes == 5'000'000);
  CHECK(lexer.Next().duration_ns == 86'400'000'000'000);
}

}  // namespace
}  // namespace narfi::logql
