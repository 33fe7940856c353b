// Stages as queries see them: which labels they set, which line goes on, what errors do. What the
// readers make of single lines has tables in tests/line.
#include <doctest/doctest.h>

#include "tests/query/support/query_fixture.h"

namespace narfi::query_test {
namespace {

struct StageCase {
  std::string line;
  std::string stages;
  std::string want;  // what comes out, without {app="x"} around what is always there
};

const std::vector<StageCase> kStageCases = {
    // pattern
    {"a b", "| pattern `<one> <two>`", R"({app="x",one="a",two="b"} 0s a b)"},
    {"a b", "| pattern `<app> <_>`", R"({app="x",app_extracted="a"} 0s a b)"},
    {"k=1 b", "| logfmt | pattern `<k> <_>`", R"({app="x",k="1"} 0s k=1 b)"},  // first come
    {" b", "| pattern `<one> <two>`", R"({app="x",one="",two="b"} 0s  b)"},
    {"a b", "| pattern `x <one>`", R"({app="x"} 0s a b)"},
    // pattern filters
    {"a b", "|> `a <_>`", R"({app="x"} 0s a b)"},
    {"a b", "!> `a <_>`", ""},
    {"a b", "!> `b <_>` or `<_> a`", R"({app="x"} 0s a b)"},
    {"a b", "|> `b <_>` or `<_> b`", R"({app="x"} 0s a b)"},
    // regexp
    {"a b", "| regexp `(?P<one>.) (?P<two>z)?`", R"({app="x",one="a",two=""} 0s a b)"},
    {"a b", "| regexp `(?P<1a>a)(?P<app>.)`", R"({_1a="a",app="x",app_extracted=" "} 0s a b)"},
    {"a b", "| regexp `(.) (?P<two>.)`", R"({app="x",two="b"} 0s a b)"},
    {"a b", "| regexp `(?P<one>z)`", R"({app="x"} 0s a b)"},
    // unpack
    {R"({"k":"1","app":"y","_entry":"l=2"})", "| unpack | logfmt",
     R"({app="x",app_extracted="y",k="1",l="2"} 0s l=2)"},
    {R"({"k":"1"})", "| unpack", R"({app="x"} 0s {"k":"1"})"},
    {R"({"_entry":"in"})", "|= `_entry` | unpack |= `in` != `_entry`", R"({app="x"} 0s in)"},
    {"no", "| unpack | __error__=`JSONParserErr` | drop __error__, __error_details__",
     R"({app="x"} 0s no)"},
    {"", "| unpack", R"({app="x"} 0s )"},
    // decolorize: line filters look at the line before it
    {"\x1b[1ma\x1b[mb", "| decolorize", R"({app="x"} 0s ab)"},
    {"\x1b[1ma\x1b[mb", "| decolorize |= `ab`", ""},
    {"\x1b[1mk\x1b[m=1", "| decolorize | logfmt", R"({app="x",k="1"} 0s k=1)"},
    {"{\"_entry\":\"\\u001b[1ma\\u001b[mb\"}", "| unpack | decolorize", R"({app="x"} 0s ab)"},
    // ip()
    {"a=10.0.0.1", "|= ip(`10.0.0.0/8`)", R"({app="x"} 0s a=10.0.0.1)"},
    {"a=10.0.0.1", "!= ip(`10.0.0.0/8`)", ""},
    {"a=10.0.0.1", "!= ip(`11.0.0.0/8`) or ip(`10.0.0.1`)", ""},
    {"a=10.0.0.1", "|= `b` or ip(`10.0.0.1`)", R"({app="x"} 0s a=10.0.0.1)"},
    {"a=10.0.0.1", "| logfmt | a=ip(`10.0.0.1`)", R"({a="10.0.0.1",app="x"} 0s a=10.0.0.1)"},
    {"a=10.0.0.1", "| logfmt | a!=ip(`10.0.0.1`)", ""},
    {"a=none", "| logfmt | a=ip(`10.0.0.1`)", ""},
    {"a=none", "| logfmt | a!=ip(`10.0.0.1`)", R"({a="none",app="x"} 0s a=none)"},
    {"a=none", "| logfmt | b!=ip(`10.0.0.1`)", ""},  // a missing label never passes
    {"a=1", "| logfmt | a=ip(`bad`) or b=`1` | drop __error_details__",
     R"({__error__="LabelFilterErr",a="1",app="x"} 0s a=1)"},
    {"a=1", "| logfmt | a=ip(`bad`) or b=`1` | drop __error__",
     R"({__error_details__="ip: invalid pattern: \"bad\"",a="1",app="x"} 0s a=1)"},
    {"=", "| logfmt --strict | a=ip(`1.1.1.1`) | drop __error_details__",
     R"({__error__="LogfmtParserErr",app="x"} 0s =)"},
};

TEST_CASE("Stages set labels and lines as Loki's do") {
  for (const StageCase& c : kStageCases) {
    CAPTURE(c.line);
    CAPTURE(c.stages);
    QueryFixture f;
    f.Add({{"app", "x"}}, {c.line});
    CHECK(f.Text("{app=\"x\"} " + c.stages) == (c.want.empty() ? "" : c.want + "\n"));
  }
}

TEST_CASE("A metric query counts the bytes of the line that comes out") {
  QueryFixture f;
  f.Add({{"app", "x"}}, {R"({"k":"1","_entry":"four"})", "\x1b[1mno", "no"});
  f.request.is_instant = true;
  CHECK(f.Text(R"(sum(bytes_over_time({app="x"} | unpack [1h])))") == "{} 12\n");
  CHECK(f.Text(R"(sum(bytes_over_time({app="x"} |= "no" | decolorize [1h])))") == "{} 4\n");
  CHECK(f.Text(R"(sum by (k) (count_over_time({app="x"} | unpack | k="1" [1h])))") ==
        "{k=\"1\"} 1\n");
}

}  // namespace
}  // namespace narfi::query_test
