#include "shipper/stage.h"

#include <doctest/doctest.h>

#include "base/duration.h"
#include "base/time.h"
#include "config/load.h"
#include "shipper/json_fields.h"

namespace narfi::shipper {
namespace {

constexpr int64_t kReadNs = 1'795'132'800LL * kSecond;  // 2026-11-20T00:00:00Z

// The pipeline of a scrape configuration given as YAML, and what it makes of lines.
struct PipelineRig {
  explicit PipelineRig(const std::string& stages, config::ShipperLimits limits = {}) {
    const auto loaded = config::ParseShipperSettings(
        "scrape_configs:\n  - job_name: j\n    static_configs: [{labels: {__path__: /x}}]\n" +
            stages,
        "p.yml");
    if (!loaded) {
      error = loaded.error().text;
      return;
    }
    auto made = MakePipeline(loaded->settings.scrape_configs[0], {&clock, "j", limits});
    if (made) {
      pipeline = std::move(*made);
    } else {
      error = made.error().text;
    }
  }

  bool Run(const std::string& line, std::vector<Label> labels = {}) {
    text = line;
    entry = Entry{};
    entry.time_ns = kReadNs;
    entry.line = text;
    entry.labels = std::move(labels);
    return RunPipeline(pipeline, entry);
  }
  std::string LabelText() const { return Labels(entry.labels).ToString(); }

  ManualClock clock{kReadNs};
  Pipeline pipeline;
  std::string error;
  std::string text;
  Entry entry;
};

TEST_CASE("without stages a JSON line gives service, tenant and its own time") {
  PipelineRig rig("");
  REQUIRE(rig.Run(
      R"({"timestamp": "2026-11-19T23:59:58.123456Z", "service": "coach-service", "tenant_id": "abc-123", "x": 1})"));
  CHECK(rig.LabelText() == R"({service="coach-service", tenant="abc-123"})");
  CHECK(rig.entry.time_ns == kReadNs - 2 * kSecond + 123'456 * kMicrosecond);
  REQUIRE(rig.Run(R"(  {"timestamp": "2026-11-19T23:59:58Z", "tenant_id": 42})"));
  CHECK(rig.LabelText() == R"({tenant="42"})");
  CHECK(rig.entry.time_ns == kReadNs - 2 * kSecond);
}

TEST_CASE("what is no JSON object is left as it is") {
  PipelineRig rig("");
  for (const char* line :
       {"service=x", "", "[1]", "{\"service\": \"x\"", "\"service\"", "{\"service\": null}",
        "{\"service\": {\"a\": 1}}", "{\"service\": \"\"}", "{\"timestamp\": \"yesterday\"}"}) {
    CAPTURE(line);
    REQUIRE(rig.Run(line));
    CHECK(rig.LabelText() == "{}");
    CHECK(rig.entry.time_ns == kReadNs);
    CHECK(rig.entry.line == line);
  }
}

TEST_CASE("a time outside the reject window becomes the time of reading") {
  PipelineRig rig("");
  const auto time_of = [&](int64_t ns) {
    rig.Run("{\"timestamp\": \"" + FormatRfc3339(ns) + "\"}");
    return rig.entry.time_ns;
  };
  CHECK(time_of(kReadNs - 167 * kHour) == kReadNs - 167 * kHour);
  CHECK(time_of(kReadNs - 169 * kHour) == kReadNs);
  CHECK(time_of(kReadNs + 9 * kMinute) == kReadNs + 9 * kMinute);
  CHECK(time_of(kReadNs + 11 * kMinute) == kReadNs);
}

TEST_CASE("a creation_grace_period of 0 lets no time of the future pass, as the server does") {
  config::ShipperLimits limits;
  limits.creation_grace_period_ns = 0;
  PipelineRig rig("", limits);
  const auto time_of = [&](int64_t ns) {
    rig.Run("{\"timestamp\": \"" + FormatRfc3339(ns) + "\"}");
    return rig.entry.time_ns;
  };
  CHECK(time_of(kReadNs) == kReadNs);
  CHECK(time_of(kReadNs - kSecond) == kReadNs - kSecond);
  CHECK(time_of(kReadNs + kSecond) == kReadNs);
}

TEST_CASE("auto_labels chooses labels and fields, and {} switches everything off") {
  PipelineRig other("    auto_labels: {svc: service}\n");
  other.Run(R"({"service": "a", "tenant_id": "b", "timestamp": "2026-11-19T00:00:00Z"})");
  CHECK(other.LabelText() == R"({svc="a"})");
  CHECK(other.entry.time_ns == kReadNs - kDay);
  PipelineRig off("    auto_labels: {}\n");
  off.Run(R"({"service": "a", "timestamp": "2026-11-19T00:00:00Z"})");
  CHECK(off.LabelText() == "{}");
  CHECK(off.entry.time_ns == kReadNs);
}

TEST_CASE("labels of the configuration are stronger than automatic ones") {
  PipelineRig rig("");
  rig.Run(R"({"service": "a"})", {{"service", "mine"}});
  CHECK(rig.LabelText() == R"({service="mine"})");
}

TEST_CASE("a field with too many values stays in the line, and known values stay labels") {
  config::ShipperLimits limits;
  limits.auto_label_max_values = 2;
  PipelineRig rig("", limits);
  const auto label_of = [&](const std::string& value) {
    rig.Run("{\"service\": \"" + value + "\"}");
    return rig.LabelText();
  };
  CHECK(label_of("a") == "{service=\"a\"}");
  CHECK(label_of("b") == "{service=\"b\"}");
  CHECK(label_of("c") == "{}");
  CHECK(label_of("a") == "{service=\"a\"}");
  CHECK(label_of(std::string(3000, 'x')) == "{}");
}

TEST_CASE("over a number of combinations new ones get no automatic labels, and known ones do") {
  config::ShipperLimits limits;
  limits.auto_label_max_streams = 3;
  PipelineRig rig("", limits);
  const auto labels_of = [&](const std::string& service, const std::string& tenant) {
    rig.Run("{\"service\": \"" + service + "\", \"tenant_id\": \"" + tenant + "\"}");
    return rig.LabelText();
  };
  CHECK(labels_of("a", "1") == R"({service="a", tenant="1"})");
  CHECK(labels_of("a", "2") == R"({service="a", tenant="2"})");
  CHECK(labels_of("b", "") == R"({service="b"})");
  CHECK(labels_of("b", "1") == "{}");
  CHECK(labels_of("c", "") == "{}");
  CHECK(labels_of("a", "2") == R"({service="a", tenant="2"})");
  CHECK(labels_of("b", "") == R"({service="b"})");
  CHECK(labels_of("", "") == "{}");
}

TEST_CASE("json, labels, timestamp, output and static_labels do what Promtail's do") {
  PipelineRig rig(R"(    pipeline_stages:
      - json:
          expressions: {level: , msg: message, ts: time, deep: 'a."b c"[1].d', flag: flag, num: num, obj: a, none: nope}
      - labels: {level: , kind: deep, flag: , num: , gone: none}
      - timestamp: {source: ts, format: RFC3339Nano}
      - static_labels: {env: prod}
      - output: {source: msg}
)");
  REQUIRE_MESSAGE(rig.error.empty(), rig.error);
  REQUIRE(rig.Run(
      R"({"level":"error","message":"hi \u20ac","time":"2026-11-19T00:00:00.5+01:00","a":{"b c":[0,{"d":"x"}]},"flag":true,"num":1.50})"));
  CHECK(rig.LabelText() == R"({env="prod", flag="true", kind="x", level="error", num="1.5"})");
  CHECK(rig.entry.time_ns == kReadNs - 25 * kHour + 500 * kMillisecond);
  CHECK(rig.entry.line == "hi \xE2\x82\xAC");
  CHECK(rig.entry.extracted.find("obj")->second == R"({"b c":[0,{"d":"x"}]})");
}

TEST_CASE("a line that is no JSON passes the json stage, unless it is to be dropped") {
  PipelineRig keep("    pipeline_stages: [{json: {expressions: {a: }}}]\n");
  CHECK(keep.Run("plain"));
  PipelineRig drop("    pipeline_stages: [{json: {expressions: {a: }, drop_malformed: true}}]\n");
  CHECK_FALSE(drop.Run("plain"));
  CHECK(drop.Run("{\"a\": 1}"));
}

TEST_CASE("a json stage may read an extracted value") {
  PipelineRig rig(
      "    pipeline_stages:\n      - json: {expressions: {inner: log}}\n      - json: "
      "{expressions: {x: y}, source: inner}\n      - labels: {x: }\n");
  CHECK(rig.Run(R"({"log": "{\"y\": \"z\"}"})"));
  CHECK(rig.LabelText() == R"({x="z"})");
  CHECK(rig.Run(R"({"other": 1})"));
  CHECK(rig.LabelText() == "{}");
}

TEST_CASE("a time that cannot be read is the last one and 1 ns, or the time of reading") {
  const std::string json = "      - json: {expressions: {ts: }}\n";
  PipelineRig fudge("    pipeline_stages:\n" + json +
                    "      - timestamp: {source: ts, format: Unix}\n");
  fudge.Run(R"({"ts": "none yet"})");
  CHECK(fudge.entry.time_ns == kReadNs);
  fudge.Run(R"({"ts": 1000})");
  CHECK(fudge.entry.time_ns == 1000 * kSecond);
  fudge.Run(R"({"ts": "bad"})");
  CHECK(fudge.entry.time_ns == 1000 * kSecond + 1);
  fudge.Run(R"({})");
  CHECK(fudge.entry.time_ns == 1000 * kSecond + 2);
  fudge.Run(R"({"ts": "bad"})", {{"other", "stream"}});
  CHECK(fudge.entry.time_ns == kReadNs);
  PipelineRig skip("    pipeline_stages:\n" + json +
                   "      - timestamp: {source: ts, format: Unix, action_on_failure: skip}\n");
  skip.Run(R"({"ts": 1000})");
  skip.Run(R"({"ts": "bad"})");
  CHECK(skip.entry.time_ns == kReadNs);
}

TEST_CASE("what the stages cannot do is an error before anything is read") {
  const auto error_of = [](const std::string& stage) {
    return PipelineRig("    pipeline_stages: [" + stage + "]\n").error;
  };
  CHECK(error_of("{json: {expressions: {a: 'b[*].c'}}}") ==
        "scrape config \"j\": json stage: \"a\": expression \"b[*].c\": only names, \"quoted "
        "names\", dots and [indexes] are known, at \"[*].c\"");
  CHECK(error_of("{json: {expressions: {a: 'b.'}}}").ends_with("at its end"));
  CHECK(error_of("{timestamp: {source: a, format: RFC3339, location: Mars/Olympus}}") ==
        "scrape config \"j\": timestamp stage: unknown time zone \"Mars/Olympus\"");
  CHECK(error_of("{timestamp: {source: a, format: RFC3339, location: ../../etc/passwd}}")
            .find("unknown time zone") != std::string::npos);
}

struct JsonCase {
  std::string_view text;
  std::string_view path;
  std::string_view want;  // "-": nothing
};

const JsonCase kJson[] = {
    {R"({"a": 1, "a": 2})", "a", "2"},  // Go: the last one
    {R"({"a": [1, 2, 3]})", "a[-1]", "3"},
    {R"({"a": [1, 2, 3]})", "a[3]", "-"},
    {R"([{"a": "x"}])", "[0].a", "x"},
    {R"({"a": 1e21})", "a", "1000000000000000000000"},
    {R"({"a": 18446744073709551615})", "a", "18446744073709551615"},
    {R"({"a": "\ud800x"})", "a", "\xEF\xBF\xBDx"},
    {R"({"a": "\ud83d\ude00"})", "a", "\xF0\x9F\x98\x80"},
    {R"({"a": "\\ud800"})", "a", "\\ud800"},
    {"{\"a\": \"\xFF\"}", "a", "\xEF\xBF\xBD"},
    {R"({"a": null})", "a", "-"},
    {R"({"a": {"b": 1}})", "a.b.c", "-"},
    {R"({"\"": 1})", R"("\"")", "1"},
};

TEST_CASE("values are found by their paths") {
  JsonFields fields;
  for (const JsonCase& c : kJson) {
    CAPTURE(std::string(c.text));
    REQUIRE(fields.Parse(c.text));
    const auto path = ParseJsonPath(c.path);
    REQUIRE_MESSAGE(path.has_value(), path.error().text);
    CHECK(fields.Get(*path).value_or("-") == c.want);
  }
  CHECK_FALSE(fields.Parse(std::string(kMaxJsonBytes + 1, ' ')));
  CHECK_FALSE(fields.Parse(std::string(5000, '[')));
}

}  // namespace
}  // namespace narfi::shipper
