#include <doctest/doctest.h>

#include "query/logql/parser.h"
#include "query/plan/needles.h"
#include "tests/query/support/query_fixture.h"

namespace narfi::query_test {
namespace {

struct NeedleCase {
  std::string query;
  std::string want;  // field:text|text, ...
};

const std::vector<NeedleCase> kNeedles = {
    {R"({a="b"} |= "x")", ":x"},
    {R"({a="b"} |= "x" or "y")", ":x|y"},
    {R"({a="b"} |= "x" != "y" |= "")", ":x"},
    {R"({a="b"} | json | t="v-1")", "t:v-1"},
    {R"({a="b"} | logfmt | t="v" and (u="w" or v="z"), w="q")", "t:v w:q"},
    {R"({a="b"} | t="v")", ""},                      // no parser: metadata or a stream label
    {R"({a="b"} | json | t="a/b")", ""},             // may be written a\/b
    {R"({a="b"} | json | t="v word w")", "t:word"},  // a space may stand for a bad byte
    {R"({a="b"} | json | t=" ")", ""},
    {R"({a="b"} | json | t="")", ""},   // a missing field passes
    {R"({a="b"} | json | t="é")", ""},  // may be written \u00e9
    {R"({a="b"} | json | t!="v")", ""},
    {R"({a="b"} | json | __error__="x")", ""},
    {R"({a="b"} |> "<_>x<_> y")", ":x : y"},
    {R"({a="b"} |> "<_>x<_> yy" or "z<_>")", ": yy|z"},
    {R"({a="b"} |> "x" or "<_>")", ""},
    {R"({a="b"} !> "<_>x")", ""},
    {R"({a="b"} |= ip("10.0.0.1") |= "x" or ip("10.0.0.2"))", ""},
    {R"({a="b"} | pattern "<t> <_>" | t="v")", "t:v"},
    {R"q({a="b"} | regexp "(?P<t>.)" | t="v")q", "t:v"},
    {R"({a="b"} | json | decolorize | t="v" |= "x")", ":x"},  // filters go in front of decolorize
    {R"({a="b"} |= "w" | unpack | t="v" |= "x" | json | u="y")", ":w t:v u:y"},
    {R"({a="b"} | json | line_format "z" | t="v" |= "x")", ""},
};

TEST_CASE("Needles are what a line must hold to pass") {
  for (const NeedleCase& c : kNeedles) {
    CAPTURE(c.query);
    const auto selector = logql::ParseLogSelector(c.query);
    REQUIRE(selector.has_value());
    std::string got;
    for (const query::Needle& needle : query::NeedlesOf(selector->stages)) {
      got += (got.empty() ? "" : " ") + needle.field + ":";
      for (size_t i = 0; i < needle.any_of.size(); ++i)
        got += (i == 0 ? "" : "|") + needle.any_of[i];
    }
    CHECK(got == c.want);
  }
}

TEST_CASE("Metadata needles are what entries must come with to pass") {
  const std::vector<NeedleCase> cases = {
      {R"({a="b"} | t="v")", "t=v"},
      {R"({a="b"} |= "x" | t="v" | u="w" and n > 3)", "t=v u=w"},
      {R"({a="b"} | t="v" or u="w")", ""},
      {R"({a="b"} | t!="v" | u=~"w")", ""},
      {R"({a="b"} | t="")", ""},
      {R"({a="b"} | t_extracted="v" | __error__="v")", ""},
      {R"({a="b"} | t="v" | json | u="w")", "t=v"},  // the parser may make a u
      {R"({a="b"} | label_format t="v" | t="v")", ""},
      {R"({a="b"} | drop t | t="v")", ""},
  };
  for (const NeedleCase& c : cases) {
    CAPTURE(c.query);
    const auto selector = logql::ParseLogSelector(c.query);
    REQUIRE(selector.has_value());
    std::string got;
    for (const query::MetadataNeedle& needle : query::MetadataNeedlesOf(selector->stages))
      got += (got.empty() ? "" : " ") + needle.name + "=" + needle.value;
    CHECK(got == c.want);
  }
}

Layout SmallRuns() {
  Layout layout;
  layout.rows_per_run = 1;
  return layout;
}

TEST_CASE("Runs without the needle are not read") {
  QueryFixture f;
  f.Add({{"app", "x"}}, {R"({"t":"one"})", R"({"t":"two"})", R"({"t":"\u0074wo"})", "three"},
        SmallRuns());
  const auto lines = f.Run(R"({app="x"} |= "two")");
  REQUIRE(lines.has_value());
  CHECK(lines->stats.total().runs_read == 1);
  CHECK(lines->stats.runs_skipped_text == 3);
  // An escape may spell the value: that run is read as well, and matches.
  const auto field = f.Run(R"({app="x"} | json | t="two")");
  REQUIRE(field.has_value());
  CHECK(field->stats.total().runs_read == 2);
  CHECK(field->stats.entries_returned == 2);
}

TEST_CASE("Bytes that a label cannot hold are found by the spaces they become") {
  QueryFixture f;
  f.Add({{"app", "x"}},
        {"t=\"a\xff"
         "bc\""},
        SmallRuns());
  const auto result = f.Run(R"({app="x"} | logfmt | t="a bc")");
  REQUIRE(result.has_value());
  CHECK(result->stats.entries_returned == 1);
}

TEST_CASE("Bytes read are those of stored lines") {
  QueryFixture f;
  f.Add({{"app", "x"}}, {R"({"_entry":"in"})"});
  const auto result = f.Run(R"({app="x"} | unpack)");
  REQUIRE(result.has_value());
  CHECK(result->stats.total().bytes == 15);
}

TEST_CASE("A run whose entries have the field as metadata is read whatever its lines hold") {
  QueryFixture f;
  TestStream stream;
  stream.labels = Labels(std::vector<Label>{{"app", "x"}});
  stream.entries = {{0, "{}", {{"t", "two"}}}};
  f.source.Add(stream);
  const auto result = f.Run(R"({app="x"} | json | t="two")");
  REQUIRE(result.has_value());
  CHECK(result->stats.entries_returned == 1);
}

TEST_CASE("What is left of a run is counted by its rows, and what is hidden is in no answer") {
  QueryFixture f;
  f.Add({{"app", "x"}}, {"secret", "a", "bb", "ccc", "dddd", "secret", "ff"});
  f.Add({{"app", "y"}}, {"secret"});
  f.source.set_hidden({{INT64_MIN, 0}, {5 * kTestSecond, 5 * kTestSecond}});
  f.request.is_instant = true;
  CHECK(f.Text(R"(sum by (app) (bytes_over_time({app=~".+"}[1h])))") == "{app=\"x\"} 12\n");
  CHECK(f.Text(R"(sum by (app) (count_over_time({app=~".+"}[1h])))") == "{app=\"x\"} 5\n");
  CHECK(f.Text(R"(count_over_time({app=~".+"} |= "secret"[1h]))").empty());
  f.request.is_instant = false;
  CHECK(f.Text(R"({app=~".+"} |= "f")") == "{app=\"x\"} 6s ff\n");
}

TEST_CASE("Counts of runs within one window answer without reading") {
  QueryFixture f;
  Layout layout;
  layout.rows_per_run = 10;
  f.Add({{"app", "x"}}, std::vector<std::string>(100, "12345"), layout);
  f.request.is_instant = true;
  f.request.end_ns = 1000 * kTestSecond;
  const auto result = f.Run(R"(sum by (app) (bytes_over_time({app="x"}[1h])))");
  REQUIRE(result.has_value());
  CHECK(result->stats.runs_from_counts == 10);
  CHECK(result->stats.total().runs_read == 0);
  CHECK(f.source.counts().reads == 0);
  CHECK(f.Text(R"(sum by (app) (bytes_over_time({app="x"}[1h])))") == "{app=\"x\"} 500\n");
  // A window that cuts a run reads that run, and only its times.
  f.request.end_ns = 54 * kTestSecond;
  const auto cut = f.Run(R"(sum(count_over_time({app="x"}[1h])))");
  REQUIRE(cut.has_value());
  CHECK(cut->stats.runs_from_counts == 5);
  CHECK(cut->stats.total().runs_read == 1);
  CHECK(f.source.counts().line_reads == 0);
  CHECK(f.source.counts().metadata_reads == 0);
}

TEST_CASE("Lines are read only where something is left to see") {
  QueryFixture f;
  f.Add({{"app", "x"}}, {"a", "b"});
  CHECK(f.Run(R"({app="x"} | app="y" | json)").has_value());
  CHECK(f.source.counts().reads == 1);
  CHECK(f.source.counts().line_reads == 0);
}

TEST_CASE("Explain shows what each step does") {
  QueryFixture f;
  f.Add({{"app", "x"}}, {"a", "b"});
  f.request.query = R"(sum by (level) (count_over_time({app="x"} | json |= "a" | tid="b" [1m])))";
  const auto text = f.engine.Explain(f.request, f.context);
  REQUIRE(text.has_value());
  CHECK(text->find("1 streams, 1 runs, 2 rows") != std::string::npos);
  CHECK(text->find("skip runs without \"a\"  (skips 0 runs)") != std::string::npos);
  CHECK(text->find("skip runs where tid cannot be \"b\"  (skips 0 runs)") != std::string::npos);
  CHECK(text->find("(fields tid, level)") != std::string::npos);
  CHECK(f.source.counts().reads == 0);
  f.request.query = R"({app="x"} |= "nowhere")";
  const auto skipped = f.engine.Explain(f.request, f.context);
  REQUIRE(skipped.has_value());
  CHECK(skipped->find("to read: 0 runs, 0 rows, at most 0 bytes") != std::string::npos);
  CHECK(skipped->find("skip runs without \"nowhere\"  (skips 1 runs)") != std::string::npos);
}

}  // namespace
}  // namespace narfi::query_test
