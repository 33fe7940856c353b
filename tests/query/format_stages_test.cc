// line_format and label_format: what they do to rows, and what the plan makes of them.
#include <doctest/doctest.h>

#include "query/logql/parser.h"
#include "query/plan/needles.h"
#include "query/plan/needs.h"
#include "tests/query/support/query_fixture.h"

namespace narfi::query_test {
namespace {

struct StageCase {
  std::string stages;
  std::string want;  // of the one entry `lv=a n=5` of {app="x"}
};

const std::vector<StageCase> kStages = {
    {R"(| line_format "{{.app}} {{.nosuch}}!")", "{app=\"x\"} 0s x !\n"},
    {R"(| line_format "b" |= "a")", ""},
    {R"(|= "a" | line_format "b" |= "b")", "{app=\"x\"} 0s b\n"},
    {R"(| line_format "{{__line__}}+" | line_format "{{__line__}}+")",
     "{app=\"x\"} 0s lv=a n=5++\n"},
    {R"(| line_format "q=1" | logfmt)", "{app=\"x\",q=\"1\"} 0s q=1\n"},
    {R"(| line_format "")", "{app=\"x\"} 0s \n"},
    {R"(| label_format y=app)", "{y=\"x\"} 0s lv=a n=5\n"},
    {R"(| label_format app=app)", "{} 0s lv=a n=5\n"},
    {R"(| label_format y=nosuch)", "{app=\"x\"} 0s lv=a n=5\n"},
    {R"(| label_format app="z")", "{app=\"z\"} 0s lv=a n=5\n"},
    {R"(| label_format a="1",b="{{.a}}{{.app}}")", "{a=\"1\",app=\"x\",b=\"x\"} 0s lv=a n=5\n"},
    {R"(| logfmt | label_format lv="{{.lv | upper}}",m=n)",
     "{app=\"x\",lv=\"A\",m=\"5\"} 0s lv=a n=5\n"},
    {R"(| label_format l="{{__line__}}" | drop app)", "{l=\"lv=a n=5\"} 0s lv=a n=5\n"},
    {R"(| line_format "{{div 1 0}}" | __error__="TemplateFormatErr" | drop __error_details__)",
     "{__error__=\"TemplateFormatErr\",app=\"x\"} 0s lv=a n=5\n"},
    {R"(| label_format app="{{div 1 0}}" | drop __error__)",
     "{__error_details__=\"template: label:1:2: executing \\\"label\\\" at <div 1 0>: error "
     "calling "
     "div: runtime error: integer divide by zero\",app=\"x\"} 0s lv=a n=5\n"},
    {R"(| json | line_format "{{.__error__}}{{range $k, $v := .}}{{$k}} {{end}}" | drop __error__, )"
     R"(__error_details__)",
     "{app=\"x\"} 0s app \n"},
};

TEST_CASE("Formatting stages change lines and labels") {
  for (const StageCase& c : kStages) {
    CAPTURE(c.stages);
    QueryFixture f;
    f.Add({{"app", "x"}}, {"lv=a n=5"});
    CHECK(f.Text(R"({app="x"} )" + c.stages) == c.want);
  }
}

TEST_CASE("What stands behind a template says nothing about the stored line") {
  for (const std::string query :
       {R"({a="b"} | line_format "x" |= "x")", R"({a="b"} | json | label_format t="v" | t="v")",
        R"({a="b"} | json | label_format t=u | t="v")"}) {
    CAPTURE(query);
    const auto selector = logql::ParseLogSelector(query);
    REQUIRE(selector.has_value());
    CHECK(query::NeedlesOf(selector->stages).empty());
  }
}

TEST_CASE("Parsers are asked for the labels that templates read") {
  const auto selector = logql::ParseLogSelector(
      R"({a="b"} | line_format "{{.x}}{{with .y}}{{.}}{{end}}" | label_format p=q, r="{{.s}}")");
  REQUIRE(selector.has_value());
  const query::StageNeeds line = query::NeedsOf(selector->stages[0]);
  CHECK(line.names == std::vector<std::string>{"x", "y"});
  CHECK_FALSE(line.all_labels);
  CHECK(line.line);
  const query::StageNeeds labels = query::NeedsOf(selector->stages[1]);
  CHECK(labels.names == std::vector<std::string>{"q", "s"});
  CHECK_FALSE(labels.line);
}

TEST_CASE("Counting by a label that a template made looks at its fields") {
  QueryFixture f;
  f.Add({{"app", "x"}}, {"lv=a", "lv=b", "lv=a"});
  f.request.end_ns = 10 * kTestSecond;
  CHECK(f.Text(
            R"(sum by (up) (count_over_time({app="x"} | logfmt | label_format up="{{.lv | upper}}")"
            R"( [10s])))") == "{up=\"A\"} 0s=1 10s=1\n{up=\"B\"} 10s=1\n");
  CHECK(f.Text(R"(sum (bytes_over_time({app="x"} | logfmt | line_format "{{.}}" [10s])))") ==
        "{} 0s=15 10s=30\n");
}

}  // namespace
}  // namespace narfi::query_test
