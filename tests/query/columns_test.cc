// What may be proved from columns, case by case: each query over a row group with columns answers
// as it does over the lines, and says how many lines it had to rebuild.
#include <doctest/doctest.h>

#include <algorithm>

#include "query/exec/json_slots.h"
#include "tests/query/support/json_split.h"
#include "tests/query/support/query_fixture.h"

namespace narfi::query_test {
namespace {

struct FieldCase {
  std::vector<std::string> lines;
  std::string filter;                // behind `| json`
  std::string want;                  // numbers of the lines that pass
  uint64_t rebuilt = 0;              // of those and others, to count them
  std::vector<Label> metadata = {};  // of every entry
  std::vector<Label> labels = {{"app", "x"}};
};

const std::vector<FieldCase> kFields = {
    {{R"({"f":"a"})", R"({"f":"b"})", R"({"g":"a"})"}, R"(f="a")", "0"},
    {{R"({"f":"a"})", R"({"f":"b"})", R"({"g":"a"})"}, R"(f!="a")", "1 2"},
    {{R"({"f":"a"})", R"({"f":"b"})", R"({"g":"a"})"}, R"(f=~"a|c")", "0"},
    {{R"({"f":"a"})", R"({"f":"b"})", R"({"g":"a"})"}, R"(f=~".*")", "0 1 2"},
    {{R"({"f":"a"})", R"({"f":"b"})", R"({"g":"a"})"}, R"(f="")", "2"},
    // Escapes are read as text.
    {{R"({"f":"\u0061"})", R"({"f":"a"})", R"({"f":"\\"})"}, R"(f="a")", "0 1", 2},
    {{"{\"f\":\"a\xef\xbf\xbd\"}", R"({"f":"a "})"}, R"(f="a ")", "0 1", 1},
    // Equal names: the first one counts.
    {{R"({"f":"a","f":"b"})", R"({"f":"b","f":"a"})"}, R"(f="a")", "0", 2},
    {{R"({"f":null,"f":"a"})", R"({"f":["a"],"f":"a"})"}, R"(f="a")", "0 1", 2},
    // Names that come to the same.
    {{R"({"a.b":"1","a_b":"2"})", R"({"a":{"b":"1"}})", R"({"a b":"1"})"},
     R"(a_b="1")",
     "0 1 2",
     1},
    {{R"({"a":{"b":"1"},"a_b":"2"})"}, R"(a_b="1")", "0", 1},
    {{R"({" f ":"a"})", R"({"":{"f":"a"}})", R"({"f":{"":"a"}})", R"({"7f":"a"})"},
     R"(f="a")",
     "0 1"},
    {{R"({"7f":"a"})"}, R"(_7f="a")", "0"},
    {{R"({"f\u0061":"a"})", R"({"fa":"a"})"}, R"(fa="a")", "0 1", 1},
    {{R"({"\ud800":1,"f":"a"})", R"({"f":"a"})"}, R"(f="a", __error__="")", "1", 1},
    // A label of the stream or of the entry stands in front of the field.
    {{R"({"f":"a"})"}, R"(f="s")", "0", 0, {}, {{"app", "x"}, {"f", "s"}}},
    {{R"({"f":"a"})"}, R"(f="a")", "", 0, {}, {{"app", "x"}, {"f", "s"}}},
    {{R"({"f":"a"})"}, R"(f_extracted="a")", "0", 1, {}, {{"app", "x"}, {"f", "s"}}},
    {{R"({"f":"a"})"}, R"(f="m")", "0", 0, {{"f", "m"}}},
    {{R"({"f":"a"})"}, R"(f="a")", "", 0, {{"f", "m"}}},
    {{R"({"f":"a"})"}, R"(f_extracted="a")", "0", 1, {{"f", "m"}}},
    {{R"({"g":"a"})"}, R"(f_extracted="m")", "0", 1, {{"f", "m"}}, {{"app", "x"}, {"f", "s"}}},
    // Numbers keep their text; null and arrays are no fields.
    {{R"({"f":1e3})", R"({"f":1000})", R"({"f":"1000"})"}, R"(f="1e3")", "0"},
    {{R"({"f":1e3})", R"({"f":1000})", R"({"f":"1000"})"}, "f==1000", "0 1 2"},
    {{R"({"f":123456789012345678901})", R"({"f":0.00023359792255639444})", R"({"f":1})"},
     "f>0.5",
     "0 2"},
    {{R"({"f":1e400})", R"({"f":0.00023359792255639444})"}, R"(f="1e400")", "0"},
    {{R"({"f":-0})", R"({"f":0})", R"({"g":0})"}, "f<1", "0 1"},
    {{R"({"f":01})", R"({"f":1})"}, R"(f="01")", "0", 1},
    {{R"({"f":true})", R"({"f":"true"})"}, R"(f="true")", "0 1"},
    {{R"({"f":null})", R"({"f":[1]})", R"({"f":{}})", R"({"f":""})"}, R"(f="")", "0 1 2 3", 1},
    {{R"({"f":null})", R"({"f":"null"})"}, R"(f="null")", "1", 2},
    {{R"({"f":null})", R"({"g":1})"}, R"(f="null")", ""},
    {{R"({"f":"1.5s"})", R"({"f":"250ms"})", R"({"g":1})"}, "f>1s", "0"},
    {{R"({"f":"3KB"})", R"({"f":"2MB"})"}, "f<1MB", "0"},
    {{R"({"f":"10.0.0.1"})", R"({"f":"10.1.0.1"})"}, R"(f=ip("10.0.0.0/16"))", "0"},
    // What does not convert stays, with an error, and then numbers no longer judge.
    {{R"({"f":"x","g":1})", R"({"f":2,"g":1})"}, "f>1 | g>5", "0", 1},
    {{R"({"f":"x","g":1})", R"({"f":2,"g":1})"}, R"(f>1 | g="1" | __error__="")", "1", 1},
    {{R"({"f":"x","g":1})", R"({"f":2,"g":9})"}, "f>1 and g>5", "0 1", 1},
    {{R"({"f":"x","g":1})", R"({"f":2,"g":1})"}, "(f>5 or g>5)", "0", 1},
    {{R"({"f":1,"g":9})", R"({"f":9,"g":1})", R"({"f":1,"g":1})"}, "(f>5 or g>5)", "0 1"},
    // Lines that do not parse.
    {{R"({"f":"a")", R"({"f":"a"})", "f"}, R"(f="a", __error__="")", "1", 2},
    {{R"({"f":"a"} )", R"( {"f" : "a"})"}, R"(f="a")", "0 1"},
    {{"{\"f\":\"a\xff\"}", R"({"f":"b"})"}, R"(f="a ")", "0", 1},
};

std::string Numbers(const query::QueryResult& result) {
  std::vector<int64_t> times;
  for (const auto& stream : std::get<query::StreamsResult>(result.data).streams) {
    for (const query::LogEntry& entry : stream.entries) times.push_back(entry.time_ns);
  }
  std::sort(times.begin(), times.end());
  std::string text;
  for (const int64_t time : times)
    text += (text.empty() ? "" : " ") + std::to_string(time / kTestSecond);
  return text;
}

TestStream StreamOf(const FieldCase& c) {
  TestStream stream;
  stream.labels = Labels(c.labels);
  for (size_t i = 0; i < c.lines.size(); ++i)
    stream.entries.push_back({static_cast<int64_t>(i) * kTestSecond, c.lines[i], c.metadata});
  return stream;
}

TEST_CASE("Fields of columns pass the filters that fields of lines pass") {
  for (const FieldCase& c : kFields) {
    CAPTURE(c.filter);
    CAPTURE(c.lines.front());
    const std::string query = R"({app="x"} | json | )" + c.filter;
    QueryFixture plain;
    plain.source.Add(StreamOf(c));
    const auto want = plain.Run(query);
    REQUIRE(want.has_value());
    CHECK(Numbers(*want) == c.want);
    QueryFixture columns;
    columns.source.AddColumnar({StreamOf(c)}, 100);
    const auto got = columns.Run(query);
    REQUIRE(got.has_value());
    CHECK(Numbers(*got) == c.want);
    // A count asks for the lines in doubt alone.
    columns.source.counts().lines_rebuilt = 0;
    columns.request.is_instant = true;
    const std::string counted = "sum(count_over_time(" + query + " | drop __error__ [1h]))";
    const auto lines = static_cast<long>(std::count(c.want.begin(), c.want.end(), ' ')) + 1;
    CHECK(columns.Text(counted) == (c.want.empty() ? "" : "{} " + std::to_string(lines) + "\n"));
    CHECK(columns.source.counts().lines_rebuilt == c.rebuilt);
  }
}

TEST_CASE("What is written otherwise is seen at any place of a value of any length") {
  for (size_t size = 1; size < 20; ++size) {
    for (size_t place = 0; place < size; ++place) {
      const std::string front(place, 'a');
      const std::string back(size - 1 - place, 'a');
      TestStream stream;
      stream.labels = Labels(std::vector<Label>{{"app", "x"}});
      const std::string values[] = {front + "\\u0062" + back, front + "b" + back,
                                    front + "\xef\xbf\xbd" + back};
      for (size_t i = 0; i < std::size(values); ++i)
        stream.entries.push_back(
            {static_cast<int64_t>(i) * kTestSecond, R"({"f":")" + values[i] + "\"}", {}});
      QueryFixture columns;
      columns.source.AddColumnar({stream}, 100);
      const std::string query = R"({app="x"} | json | f=")";
      CHECK(Numbers(*columns.Run(query + front + "b" + back + "\"")) == "0 1");
      CHECK(Numbers(*columns.Run(query + front + " " + back + "\"")) == "2");
    }
  }
}

TEST_CASE("A metric query fails for lines that do not parse, whether columns hold them or not") {
  QueryFixture f;
  FieldCase c{{R"({"f":"a"})", "no json", R"({"f":"b"})"}, "", ""};
  f.source.AddColumnar({StreamOf(c)}, 100);
  f.request.is_instant = true;
  CHECK(f.Text(R"(sum by (f) (count_over_time({app="x"} | json [1h])))")
            .starts_with("pipeline error: 'JSONParserErr'"));
  CHECK(f.Text(R"(sum by (app) (count_over_time({app="x"} | json | app="x" [1h])))")
            .starts_with("pipeline error: 'JSONParserErr'"));
  CHECK(f.Text(R"(sum by (f) (count_over_time({app="x"} | json | __error__="" [1h])))") ==
        "{f=\"a\"} 1\n{f=\"b\"} 1\n");
  CHECK(f.Text(R"(sum by (f) (count_over_time({app="x"} | json | f!="" [1h])))") ==
        "{f=\"a\"} 1\n{f=\"b\"} 1\n");
}

TEST_CASE("A metric query fails for fields that do not convert, whatever else a filter says") {
  QueryFixture f;
  FieldCase c{{R"({"f":"x","g":9})", R"({"f":2,"g":9})"}, "", ""};
  f.source.AddColumnar({StreamOf(c)}, 100);
  f.request.is_instant = true;
  for (const std::string filter : {"(f>5 or g>5)", "(g>5 and f>1)", "f>1 | g>5"}) {
    CAPTURE(filter);
    CHECK(f.Text("sum(count_over_time({app=\"x\"} | json | " + filter + " [1h]))")
              .starts_with("pipeline error: 'LabelFilterErr'"));
  }
  CHECK(f.Text(R"(sum(sum_over_time({app="x"} | json | unwrap f [1h])))")
            .starts_with("pipeline error: 'SampleExtractionErr'"));
}

TEST_CASE("Series are those of the text where columns do not tell a label") {
  QueryFixture f;
  FieldCase escaped{{R"({"f":"\u0061"})", R"({"f":"a"})", R"({"f":""})", "{}"}, "", ""};
  f.source.AddColumnar({StreamOf(escaped)}, 100);
  f.request.is_instant = true;
  CHECK(f.Text(R"(sum by (f) (count_over_time({app="x"} | json [1h])))") ==
        "{} 1\n{f=\"\"} 1\n{f=\"a\"} 2\n");
  QueryFixture many;
  FieldCase gaps{{}, "", ""};
  for (int i = 0; i < 100; ++i) gaps.lines.push_back(i % 4 == 1 ? "{}" : R"({"f":"a"})");
  many.source.AddColumnar({StreamOf(gaps)}, 1000);
  many.request.is_instant = true;
  CHECK(many.Text(R"(sum by (f) (count_over_time({app="x"} | json [1h])))") ==
        "{} 25\n{f=\"a\"} 75\n");
  // One stream has the label, the other one the field.
  QueryFixture g;
  FieldCase field{{R"({"f":"a"})", R"({"f":"b"})"}, "", ""};
  FieldCase label = field;
  label.labels.push_back({"f", "s"});
  g.source.AddColumnar({StreamOf(field), StreamOf(label)}, 100);
  g.request.is_instant = true;
  CHECK(g.Text(R"(sum by (f) (count_over_time({app="x"} | json [1h])))") ==
        "{f=\"a\"} 1\n{f=\"b\"} 1\n{f=\"s\"} 2\n");
  CHECK(g.Text(R"(sum by (f, app) (count_over_time({app="x"} | json | f!="a" [1h])))") ==
        "{app=\"x\",f=\"b\"} 1\n{app=\"x\",f=\"s\"} 2\n");
  CHECK(g.source.counts().lines_rebuilt == 0);
}

std::vector<TestStream> TwoServices(size_t lines) {
  std::vector<TestStream> streams(2);
  for (size_t s = 0; s < 2; ++s) {
    streams[s].labels = Labels(std::vector<Label>{{"service", s == 0 ? "api" : "db"}});
    for (size_t i = 0; i < lines; ++i) {
      const std::string level = i % 10 == 3 ? "ERROR" : "INFO";
      streams[s].entries.push_back({static_cast<int64_t>(i) * kTestSecond,
                                    R"({"level":")" + level + R"(","ms":)" + std::to_string(i) +
                                        R"(,"message":"m )" + std::to_string(i) + "\"}",
                                    {{"detected_level", level}}});
    }
  }
  return streams;
}

TEST_CASE("Counts and values by columns rebuild no line and read no metadata") {
  QueryFixture f;
  f.source.AddColumnar(TwoServices(1000), 300);
  f.request.start_ns = 100 * kTestSecond;
  f.request.end_ns = 400 * kTestSecond;
  f.request.step_ns = 100 * kTestSecond;
  const std::string window = "[100s]";
  for (
      const auto& [query, want] : std::vector<std::pair<std::string, std::string>>{
          {R"(sum by (service) (count_over_time({service="api"} [100s])))",
           "{service=\"api\"} 100s=100 200s=100 300s=100 400s=100\n"},
          {R"(sum by (level) (count_over_time({service=~".+"} | json [100s])))",
           "{level=\"ERROR\"} 100s=20 200s=20 300s=20 400s=20\n"
           "{level=\"INFO\"} 100s=180 200s=180 300s=180 400s=180\n"},
          {R"(sum by (service, level) (count_over_time({service=~".+"} | json | level="ERROR" [100s])))",
           "{level=\"ERROR\",service=\"api\"} 100s=10 200s=10 300s=10 400s=10\n"
           "{level=\"ERROR\",service=\"db\"} 100s=10 200s=10 300s=10 400s=10\n"},
          {R"(sum by (level, detected_level) (count_over_time({service="db"} |= "ERR" | drop __error__ [100s])))",
           "{detected_level=\"ERROR\"} 100s=10 200s=10 300s=10 400s=10\n"},
          {R"(count_over_time({service="db"} != "INFO" [100s]))",
           "{detected_level=\"ERROR\",service=\"db\"} 100s=10 200s=10 300s=10 400s=10\n"},
          {R"(max_over_time({service="api"} | json | unwrap ms [100s]) by (service))",
           "{service=\"api\"} 100s=100 200s=200 300s=300 400s=400\n"},
      }) {
    CAPTURE(query);
    CHECK(f.Text(query) == want);
  }
  CHECK(f.source.counts().lines_rebuilt == 0);
  CHECK(f.source.counts().line_reads == 0);
  CHECK(f.source.counts().metadata_reads == 0);
}

TEST_CASE("The newest lines are found without rebuilding many others") {
  for (const auto direction : {query::Direction::kBackward, query::Direction::kForward}) {
    QueryFixture f;
    f.source.AddColumnar(TwoServices(5000), 2000);
    f.request.end_ns = 10'000 * kTestSecond;
    f.request.limit = 100;
    f.request.direction = direction;
    const auto got = f.Run(R"({service="api"})");
    REQUIRE(got.has_value());
    CHECK(got->stats.entries_returned == 100);
    CHECK(f.source.counts().lines_rebuilt == 100);
    f.source.counts().lines_rebuilt = 0;
    const auto filtered = f.Run(R"({service=~".+"} != "INFO" | json | level="ERROR")");
    REQUIRE(filtered.has_value());
    CHECK(filtered->stats.entries_returned == 100);
    CHECK(f.source.counts().lines_rebuilt == 100);
    CHECK(Numbers(*filtered).ends_with(direction == query::Direction::kBackward ? "4993 4993"
                                                                                : "493 493"));
  }
}

struct TextCase {
  std::string filter;
  uint64_t matched = 0;
  uint64_t rebuilt = 0;
};

TEST_CASE("Line filters are answered from hits, and as text where those leave a doubt") {
  const std::vector<TextCase> cases = {
      {R"(|= "ERROR")", 200, 0},          {R"(|= "ERROR" or "m 77\"")", 202, 0},
      {R"(!= "ERROR")", 1800, 0},         {R"(|~ "ERROR|nowhere")", 200, 0},
      {R"(!~ "ERROR")", 1800, 0},         {R"(|~ "ERR.R")", 200, 0},
      {R"(!~ "ERR.R")", 1800, 0},         {R"(|> "<_>ERROR<_>")", 200, 200},
      {R"(!> "<_>ERROR<_>")", 1800, 200}, {R"(|= "nowhere" |= "ERROR")", 0, 0},
      {R"(|= "" |= "ERROR")", 200, 0},    {R"(|~ "[E]RRO[R]" |~ "(?i)err.r")", 200, 0},
      {R"(|~ "[E][R][R]")", 200, 2000},
  };
  QueryFixture f;
  f.source.AddColumnar(TwoServices(1000), 3000);
  f.request.is_instant = true;
  for (const TextCase& c : cases) {
    CAPTURE(c.filter);
    f.source.counts().lines_rebuilt = 0;
    const std::string text =
        f.Text(R"(sum(count_over_time({service=~".+"} )" + c.filter + " [1h]))");
    CHECK(text == (c.matched == 0 ? "" : "{} " + std::to_string(c.matched) + "\n"));
    CHECK(f.source.counts().lines_rebuilt == c.rebuilt);
  }
}

TEST_CASE("Row groups without a rare needle are not in the snapshot") {
  QueryFixture f;
  f.source.AddColumnar(TwoServices(1000), 200);
  const auto got = f.Run(R"({service=~".+"} |= "\"m 777\"")");
  REQUIRE(got.has_value());
  CHECK(got->stats.entries_returned == 2);
  CHECK(got->stats.total().runs == 2);
  CHECK(f.source.counts().lines_rebuilt == 2);
}

TEST_CASE("Row groups that may spell a rare value otherwise stay in the snapshot") {
  QueryFixture f;
  TestStream lines;
  lines.labels = Labels(std::vector<Label>{{"app", "x"}});
  lines.entries = {{1 * kTestSecond, R"({"t":"xyz\u002d789"})", {}},
                   {2 * kTestSecond, R"({"t":"other-1"})", {}},
                   {3 * kTestSecond, "{}", {{"t", "xyz-789"}}},
                   {4 * kTestSecond, R"({"t":"xyz-789"})", {}}};
  TestStream labelled;
  labelled.labels = Labels(std::vector<Label>{{"app", "x"}, {"t", "xyz-789"}});
  labelled.entries = {{5 * kTestSecond, "{}", {}}};
  f.source.AddColumnar({lines, labelled}, 1);
  const auto got = f.Run(R"({app="x"} | json | t="xyz-789")");
  REQUIRE(got.has_value());
  CHECK(Numbers(*got) == "1 3 4 5");
  CHECK(got->stats.total().runs == 4);
}

TEST_CASE("Explain says which stages run over columns") {
  QueryFixture f;
  f.source.AddColumnar(TwoServices(100), 1000);
  f.request.query =
      R"({service="api"} |= "ERROR" | json | ms > 5 | line_format "{{.ms}}" | level="x")";
  const auto text = f.engine.Explain(f.request, f.context);
  REQUIRE(text.has_value());
  CHECK(text->find("1 of 1 row groups have columns") != std::string::npos);
  CHECK(text->find("* |= \"ERROR\"") != std::string::npos);
  CHECK(text->find("* | json") != std::string::npos);
  CHECK(text->find("* | ms>5") != std::string::npos);
  CHECK(text->find("* | line_format") == std::string::npos);
  CHECK(text->find("* | level") == std::string::npos);
  CHECK(f.source.counts().reads == 0);
}

TEST_CASE("A template proves a name only where one slot has it") {
  const auto slot_of = [](const std::string& line, const std::string& name) -> int {
    const auto split = SplitJson(line);
    REQUIRE(split.has_value());
    storage::LineTemplate form;
    form.is_json = true;
    form.literals.assign(split->literals.begin(), split->literals.end());
    for (const auto& slot : split->slots)
      form.slots.push_back({0, slot.kind, {slot.path.begin(), slot.path.end()}});
    const auto use = query::ParsesSurely(form) ? query::FormUse::kParses : query::FormUse::kAsk;
    const auto slots = query::FindFieldSlots({form}, {use}, name);
    const uint32_t slot = slots.of_template.front();
    if (slot == storage::Columnar::kSlotAsk) return -2;
    return slot == storage::Columnar::kSlotAbsent ? -1 : static_cast<int>(slot);
  };
  CHECK(slot_of(R"({"a":1,"b":{"c":2,"d":{"e":3}}})", "b_d_e") == 2);
  CHECK(slot_of(R"({"a":1,"b":{"c":2}})", "b") == -1);
  CHECK(slot_of(R"({"a":1,"a":2})", "a") == -2);
  CHECK(slot_of(R"({"a-b":1,"a":{"b":2}})", "a_b") == -2);
  CHECK(slot_of(R"({"a-b":1,"a":{"b":2}})", "a") == -1);
  CHECK(slot_of(R"({"a":[1]})", "a") == -1);
  CHECK(slot_of(R"({"\u0061":1,"b":2})", "b") == -2);
  CHECK(slot_of("{\"\xc3\xa9t\":1}", "_t") == 0);
  CHECK(slot_of(R"({"b":{"":1}})", "b") == -1);
  CHECK(slot_of(R"({"":{"b":1}})", "b") == 0);
}

}  // namespace
}  // namespace narfi::query_test
