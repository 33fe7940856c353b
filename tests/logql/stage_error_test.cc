// Stages that are grammatical and cannot be built.
#include <doctest/doctest.h>

#include "query/logql/parser.h"
#include "tests/logql/support/parsing.h"

namespace narfi::logql {
namespace {

struct StageCase {
  std::string_view stages;
  std::string_view quoted;  // the stage as the error quotes it; empty when it quotes none
  std::string_view what;
};

constexpr StageCase kStageCases[] = {
    {"|~ `(`", "|~ \"(\"", "error parsing regexp: missing closing ): `(`"},
    {"|~ `[z-a]`", "|~ \"[z-a]\"", "error parsing regexp: invalid character class range: `z-a`"},
    {"|~ `(?P<x`", "|~ \"(?P<x\"", "error parsing regexp: invalid named capture: `(?P<x`"},
    {"!~ `*a`", "!~ \"*a\"", "error parsing regexp: missing argument to repetition operator: `*`"},
    {"|~ `((a{1000}){1000})`", "|~ \"((a{1000}){1000})\"",
     "error parsing regexp: invalid repeat count: `{1000}`"},
    {"|= \"a\" |~ \"(\" or \"b\"", "|= \"a\" |~ \"(\" or \"b\"",
     "error parsing regexp: missing closing ): `(`"},
    {"| json x=\"a[b\" |~ \"(\"", "|~ \"(\"", "error parsing regexp: missing closing ): `(`"},
    {"| json x=\"a[b\" | unpack |~ \"(\"", "| json x=\"a[b\"",
     "cannot parse expression [a[b]: syntax error: unexpected FIELD, expecting STRING or INDEX"},
    {"|= ip(\"nope\")", "|= ip(\"nope\")", "ip: invalid pattern: \"nope\""},
    {"|= ip(\"10.0.0.0/99\")", "|= ip(\"10.0.0.0/99\")", "ip: invalid pattern: \"10.0.0.0/99\""},
    {"|= ip(\"1.1.1.1-\")", "|= ip(\"1.1.1.1-\")", "ip: invalid pattern: \"1.1.1.1-\""},
    {"|~ ip(\"1.1.1.1\")", "|~ ip(\"1.1.1.1\")", "ip: invalid operation"},
    {"| x=ip(\"bad\")", "| x=ip(\"bad\")", "ip: invalid pattern: \"bad\""},
    {"|> \"<a><b>\"", "|> \"<a><b>\"", "found consecutive capture '<a><b>': invalid expression"},
    {"|> \"<name> x\"", "|> \"<name> x\"", "named captures are not allowed: found '<name>'"},
    {"| json x=\"a..b\"", "| json x=\"a..b\"",
     "cannot parse expression [a..b]: syntax error: unexpected DOT, expecting FIELD"},
    {"| json x=\"\"", "| json x=\"\"",
     "cannot parse expression []: syntax error: unexpected $end, expecting LSB or FIELD"},
    {"| json x=\"a[0\"", "| json x=\"a[0\"",
     "cannot parse expression [a[0]: syntax error: unexpected $end, expecting RSB"},
    {"| json x=\"a b\"", "| json x=\"a b\"",
     "cannot parse expression [a b]: syntax error: unexpected FIELD"},
    {"| logfmt x=\"a b\"", "| logfmt x=\"a b\"",
     "cannot parse expression [a b]: syntax error: unexpected KEY"},
    {"| label_format x=a,x=b", "| label_format x=a,x=b",
     "multiple label name 'x' not allowed in a single format operation"},
    {"| label_format __error__=\"x\"", "| label_format __error__=\"x\"",
     "__error__ cannot be formatted"},
    {"| regexp `(`", "", "invalid regexp parser: error parsing regexp: missing closing ): `(`"},
    {"| regexp `no names (x)`", "",
     "invalid regexp parser: at least one named capture must be supplied"},
    {"| regexp `(?P<a>.)(?P<a>.)`", "",
     "invalid regexp parser: duplicate extracted label name 'a'"},
    {"| pattern ``", "",
     "invalid pattern parser: parse error at line 1, col 1: syntax error: unexpected $end, "
     "expecting IDENTIFIER or LITERAL"},
    {"| pattern `<_> x`", "", "invalid pattern parser: at least one capture is required"},
    {"| pattern `<a> <a>`", "",
     "invalid pattern parser: duplicate capture name (a): invalid expression"},
    {"| x=~`(`", "", "error parsing regexp: missing closing ): `(`"},
    {"| drop x=~`(`", "", "error parsing regexp: missing closing ): `(`"},
};

TEST_CASE("A stage that cannot be built is quoted in its error") {
  for (const StageCase& c : kStageCases) {
    CAPTURE(std::string(c.stages));
    std::string want = "parse error : ";
    if (!c.quoted.empty()) want += "stage '" + std::string(c.quoted) + "' : ";
    want += c.what;
    CHECK(ErrorOf("{a=\"b\"} " + std::string(c.stages)) == want);
    CHECK(ErrorOf("rate({a=\"b\"} " + std::string(c.stages) + " [5m])") == want);
  }
}

TEST_CASE("Addresses, ranges and prefixes are ip patterns") {
  for (const std::string_view pattern :
       {"1.2.3.4", "::1", "10.0.0.0/8", "2001:db8::/32", "1.1.1.1-1.1.1.9"}) {
    CAPTURE(std::string(pattern));
    CHECK(Parse("{a=\"b\"} |= ip(\"" + std::string(pattern) + "\")").has_value());
  }
}

TEST_CASE("An ip pattern inside and/or is left to whoever meets a line") {
  CHECK(Parse("{a=\"b\"} | x=1 and y=ip(\"bad\")").has_value());
}

TEST_CASE("Formatting a query does not build its stages") {
  CHECK(ParseToPrint("{a=\"b\"} |~ `(`").has_value());
}

}  // namespace
}  // namespace narfi::logql
