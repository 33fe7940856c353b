#include "tests/query/support/random_queries.h"

#include <algorithm>

namespace narfi::query_test {
namespace {

const std::vector<std::string> kApps = {"api", "db", "web"};
const std::vector<std::string> kLevels = {"info", "warn", "error", "debug"};
const std::vector<std::string> kNames = {
    "level",         "status",          "dur", "size",   "app", "tid",           "env",
    "app_extracted", "level_extracted", "ip",  "nosuch", "a_b", "detected_level"};
const std::vector<std::string> kTids = {"t-1", "t-2", "xyz-789", "a.b"};

}  // namespace

// Members that make it hard to say what a field's value is.
std::string RandomWorld::TrickyJson() {
  std::string line = "{";
  for (uint32_t i = Below(6); i > 0; --i) {
    line += Pick({R"("level":")" + Pick(kLevels) + '"',
                  R"("level":null)",
                  R"("level":["warn"])",
                  R"("level":"")",
                  R"("le\u0076el":"warn")",
                  R"(" level ":"error")",
                  R"("level":{})",
                  R"("status":)" + std::to_string(200 + 100 * Below(4)),
                  R"("status":"300")",
                  R"("status":1e3)",
                  R"("status":-0)",
                  R"("status":true)",
                  R"("status":"null")",
                  R"("tid":")" + Pick(kTids) + '"',
                  R"("tid":"xyz\u002d789")",
                  "\"tid\":\"a\xef\xbf\xbd"
                  "b\"",
                  R"("tid":"a\/b")",
                  R"("tid":{"":"t-1"})",
                  R"("":{"tid":"t-2"})",
                  R"("nested":{"level":"info"})",
                  R"("app":"inner")",
                  R"("app_extracted":"x")",
                  R"("level_extracted":"warn")",
                  R"("env":"")",
                  R"("size":"3KB")",
                  R"("dur":"1.5s")",
                  R"("dur":1.5)",
                  R"("dur":"")",
                  R"("a":{"b":1})",
                  R"("a_b":2)",
                  R"("a.b":3)",
                  R"("\ud800":1)"});
    if (i > 1) line += Pick({",", ",", ", "});
  }
  return line + Pick({"}", "}", "}", "}", " }\n", "} x", ""});
}

std::string RandomWorld::Line() {
  const std::string level = Pick(kLevels);
  const std::string status = std::to_string(200 + 100 * Below(4));
  const std::string tid = Pick(kTids);
  switch (Below(20)) {
    case 14:
    case 15:
    case 16:
    case 17:
    case 18:
      return TrickyJson();
    case 0:
      return "level=" + level + " status=" + status + " dur=" + std::to_string(Below(2000)) +
             "ms tid=" + tid;
    case 1:
      return "level=\"" + level + "\" size=" + std::to_string(Below(90)) +
             "KB broken\"quote app=inner";
    case 2:
      return R"({"level":")" + level + R"(","status":)" + status + R"(,"tid":")" + tid +
             R"(","app":"inner"})";
    case 3:
      return R"({"status":)" + status + R"(,"nested":{"level":")" + level +
             R"("},"dur":"1.5s","size":"3KB"})";
    case 4:  // escapes hide what a needle looks for
      return R"({"level":"\u0065rror","tid":"xyz\u002d789","status":)" + status + "}";
    case 5:
      return R"({"level":")" + level + R"(","status":)" + status + (Below(2) == 0 ? "" : ",,}");
    case 6:
      return "plain text about " + tid + " and " + level;
    case 7:
      return R"({"status":"oops","dur":5,"level":null,"list":[1,{"tid":"t-1"}]})";
    case 8:
      return R"({"app":"packed","level":")" + level + R"(","n":5,"_entry":"level=)" + level +
             R"( status=)" + status + R"( tid=)" + tid + R"("})";
    case 9:  // twice escaped
      return R"({"env":"inner","_entry":"{\"level\":\"\\u0065rror\",\"tid\":\")" + tid + R"(\"}"})";
    case 10:
      return "\x1b[31mlevel=" + level + "\x1b[0m status=" + status + " tid=t\x1b[1;4m-1\x1b[m";
    case 11:
    case 12:
      return "10.0.0." + std::to_string(Below(6)) + " - " + tid + " \"" + level + "\" " + status;
    default:
      return "";
  }
}

TestEntry RandomWorld::Entry(int64_t time_ns) {
  TestEntry entry{time_ns, Line(), {}};
  if (Below(4) == 0) entry.metadata.push_back({"app", "meta"});
  if (Below(3) != 0) entry.metadata.push_back({"detected_level", Pick(kLevels)});
  if (Below(4) == 0) entry.metadata.push_back({"level", Pick(kLevels)});
  if (Below(4) == 0) entry.metadata.push_back({"tid", Pick(kTids)});
  return entry;
}

std::vector<TestStream> RandomWorld::Streams() {
  std::vector<TestStream> streams;
  for (const std::string& app : kApps) {
    for (const std::string env : {"", "prod"}) {
      TestStream stream;
      stream.labels = Labels({{"app", app}, {"env", env}});
      const uint32_t count = 1 + Below(60);
      for (uint32_t i = 0; i < count; ++i)
        stream.entries.push_back(Entry(static_cast<int64_t>(Below(100)) * 1'000'000'000));
      std::stable_sort(
          stream.entries.begin(), stream.entries.end(),
          [](const TestEntry& a, const TestEntry& b) { return a.time_ns < b.time_ns; });
      streams.push_back(std::move(stream));
    }
  }
  return streams;
}

std::string RandomWorld::Selector() {
  return Pick({R"({app="api"})", R"({app=~"api|db"})", R"({app=~".+"})",
               R"({app!="web",app=~".+"})", R"({app=~".+",env="prod"})", R"({app=~".+",env=""})"});
}

std::string RandomWorld::Filter(int depth) {
  if (depth < 2 && Below(4) == 0) {
    return "(" + Filter(depth + 1) + Pick({" and ", " or ", ", "}) + Filter(depth + 1) + ")";
  }
  const std::string name = Pick(kNames);
  switch (Below(8)) {
    case 0:
      return name + "=\"" + Pick(kLevels) + "\"";
    case 1:
      return name + "!=\"" + Pick(kTids) + "\"";
    case 2:
      return "tid=\"" + Pick(kTids) + "\"";
    case 3:
      return name + Pick({"=~", "!~"}) + "\"" + Pick({"[iew].+", "t-.", "[0-9]{3}", "warn|error"}) +
             "\"";
    case 4:
      return Pick({"status", "dur", "nosuch"}) + Pick({">", "<=", "==", "!="}) +
             Pick({"300", "5", "0.5"});
    case 5:
      return Pick({"ip", "ip", "tid"}) + Pick({"=", "!="}) +
             Pick({"ip(`10.0.0.0/30`)", "ip(`10.0.0.2-10.0.0.4`)", "ip(`::1`)"});
    case 6:
      return "dur" + Pick({">", "<"}) + Pick({"1s", "250ms"});
    default:
      return "size" + Pick({">=", "<"}) + Pick({"3KB", "40KB"});
  }
}

std::string RandomWorld::Stage() {
  switch (Below(18)) {
    case 16:
      return " | line_format `" + Template() + "`";
    case 17:
      return Pick({" | label_format lv=level", " | label_format app=tid",
                   " | label_format level=nosuch", " | label_format env=env",
                   " | label_format level=`" + Template() + "`",
                   " | label_format tid=`{{.level}}`,level=tid,x=`{{.tid}}{{.level}}`"});
    case 0:
      return " |= \"" + Pick(kTids) + "\"";
    case 1:
      return Pick({" |= ", " != "}) + "\"" + Pick(kLevels) + "\" or \"" + Pick(kTids) + "\"";
    case 2:
    case 3:
      return " | json";
    case 4:
      return " | logfmt";
    case 5:
      return " | logfmt --strict";
    case 6:
      return " | json lv=\"level\", app=\"app\", deep=\"nested.level\"";
    case 7:
      return Pick({" | drop app, level=~\".+\"", " | drop app, tid=\"t-1\"",
                   " | drop __error__, nosuch=\"x\"", " | keep app, level=~\".+\"",
                   " | keep status, tid=~\"t.+\"", " | drop level!=\"warn\""});
    case 8:
    case 9:
      return Pick({" | pattern `<ip> - <tid> \"<level>\" <status>`",
                   " | pattern `level=<level> status=<status> <rest>`",
                   " | pattern `<_> <app> <_> <tid>`", " | pattern `{\"level\":\"<level>\"<_>`"});
    case 10:
      return Pick({" | regexp `(?P<level>info|warn|error).*?(?P<status>[0-9]{3})?$`",
                   " | regexp `tid=(?P<tid>\\S+)`", " | regexp `(\\w+) (?P<app>\\w+)`"});
    case 11:
      return " | unpack";
    case 12:
      return " | decolorize";
    case 13:
      return Pick({" |> `<_>level=<_>`", " !> `<_>level=<_>`", " |> `level=<_> tid=t-1`",
                   " |> `<_>\"warn\"<_>` or `<_> 200`", " !> `<_> - <_>` or `{<_>}`", " |> ``",
                   " |= ip(`10.0.0.0/30`)", " != ip(`10.0.0.3`)",
                   " |= ip(`10.0.0.1-10.0.0.2`) or `warn`"});
    default:
      return " | " + Filter(0);
  }
}

std::string RandomWorld::Template() {
  return Pick({"{{.level}} {{.tid}} {{__line__}}", "level={{.level}} status={{.status}}",
               R"({"level":"{{.tid}}","status":{{.status}}})", "{{.dur | duration}}", "fixed t-1",
               "{{range $k, $v := .}}{{$k}}={{$v}} {{end}}", "{{if .app}}{{.app}}{{end}}",
               "{{div 1 (int .status)}}", "{{ .level | upper }}{{ .nosuch }}"});
}

std::string RandomWorld::Pipeline() {
  std::string text;
  if (Below(3) == 0) {
    if (Below(2) == 0)
      text += Pick({" |= ", " != ", " |~ ", " !~ "}) +
              Pick({"`warn`", "`t-1|error`", "`level.*[a-z]{5}`", "`200`", "`(?i)WARN`"});
    text += " | json";
    for (uint32_t i = Below(3); i > 0; --i) text += " | " + Filter(0);
    return text + Pick({"", "", " | drop __error__"});
  }
  for (uint32_t i = Below(5); i > 0; --i) text += Stage();
  return text;
}

std::string RandomWorld::LogQuery() { return Selector() + Pipeline(); }

std::string RandomWorld::Grouping() {
  return Pick({"by (app)", "by (level)", "by (app, env)", "by (detected_level)", "by ()",
               "without (level)", "without (app, tid)", "by (level_extracted)", "by (__error__)",
               "by (status)", "by (tid, level)", "by (app, status, level)", "by (a_b)"});
}

std::string RandomWorld::RangeQuery() {
  const std::string window =
      "[" + Pick({"5s", "10s", "37s", "200s"}) + "]" + Pick({"", "", " offset 7s"});
  std::string pipeline = Pipeline();
  if (Below(3) == 0) pipeline += " | __error__=\"\"";
  if (Below(4) != 0)
    return Pick({"count_over_time", "rate", "bytes_over_time", "bytes_rate"}) + "(" + Selector() +
           pipeline + window + ")";
  return Pick({"sum_over_time", "min_over_time", "max_over_time", "rate", "avg_over_time"}) + "(" +
         Selector() + pipeline + " | unwrap " +
         Pick({"status", "status", "a_b", "duration(dur)", "bytes(size)"}) +
         Pick({"", " | __error__=\"\"", " | status>200"}) + " " + window + ")";
}

std::string RandomWorld::MetricQuery() {
  std::string text = RangeQuery();
  if (Below(4) != 0)
    text =
        Pick({"sum", "sum", "min", "max", "avg", "count"}) + " " + Grouping() + " (" + text + ")";
  if (Below(4) == 0) text += Pick({" * 2", " + 1", " > 3.05", " > bool 2.05"});
  return text;
}

}  // namespace narfi::query_test
