#include "ingest/validate.h"

#include <doctest/doctest.h>

#include "base/duration.h"
#include "tests/ingest/push_support.h"

namespace narfi::ingest {
namespace {

constexpr int64_t kNow = 1'795'136'400 * kSecond;  // 2026-11-20T01:00:00Z

struct Outcome {
  std::string batch;
  PushAnswer answer;
};

// Decodes, validates, and shows what is left without service_name and detected_level where they say
// nothing.
Outcome Run(std::string_view streams, config::Limits limits = {}, ValidateContext context = {}) {
  if (context.now_ns == 0) context.now_ns = kNow;
  auto batch = DecodeJson("{\"streams\":[" + std::string(streams) + "]}");
  REQUIRE(batch.has_value());
  RejectReport report("tenant-v");
  Validate(*batch, limits, context, report);
  return {Show(*batch), report.Answer()};
}

std::string At(int64_t offset_ns) { return std::to_string(kNow + offset_ns); }

std::string StreamOf(std::string_view labels, const std::string& values) {
  return "{\"stream\":{" + std::string(labels) + "},\"values\":[" + values + "]}";
}

std::string Value(int64_t offset_ns, std::string_view line, std::string_view metadata = "{}") {
  return "[\"" + At(offset_ns) + "\",\"" + std::string(line) + "\"," + std::string(metadata) + "]";
}

TEST_CASE("streams get a service_name from the first label of the list they have") {
  const std::pair<std::string_view, std::string_view> kNames[] = {
      {R"("app":"a","service":"s")", "s"},
      {R"("app":"a","service":"s","service_name":"given")", "given"},
      {R"("job":"j","container":"c")", "c"},
      {R"("name":"n","application":"x")", "x"},
      {R"("k8s_job_name":"k")", "k"},
      {R"("pod":"p")", "unknown_service"},
      {R"("app":"")", "unknown_service"},
      {"", "unknown_service"},
  };
  for (const auto& [labels, want] : kNames) {
    CAPTURE(std::string(labels));
    const Outcome outcome = Run(StreamOf(labels, Value(0, "x")));
    CHECK(outcome.answer.status == 204);
    CHECK(outcome.batch.find("service_name=\"" + std::string(want) + "\"") != std::string::npos);
  }
  config::Limits off;
  off.discover_service_name.clear();
  off.discover_log_levels = false;
  CHECK(Run(StreamOf(R"("app":"a")", Value(0, "x")), off).batch == "{app=\"a\"} " + At(0) + " x");
}

TEST_CASE("a stream without any label is refused where no service_name is discovered") {
  config::Limits off;
  off.discover_service_name.clear();
  for (const std::string_view labels : {"", R"("app":"")"}) {
    const Outcome outcome =
        Run(StreamOf(labels, Value(0, "x")) + "," + StreamOf(R"("app":"a")", Value(0, "y")), off);
    CHECK(outcome.answer.status == 400);
    CHECK(outcome.answer.text == "error at least one label pair is required per stream");
    CHECK(outcome.batch.find("app=\"a\"") != std::string::npos);
    CHECK(outcome.batch.find(" x") == std::string::npos);
  }
}

struct LevelCase {
  std::string_view labels;
  std::string_view line;
  std::string_view metadata;
  std::string_view want;  // the metadata stored
};

constexpr LevelCase kLevels[] = {
    {"", "level=error x", "{}", "detected_level=error"},
    {"", "nothing", "{}", "detected_level=unknown"},
    {R"("level":"ERROR")", "info", "{}", "detected_level=error"},
    {R"("level":"strange")", "info", "{}", "detected_level=unknown"},
    {"", "WARN: careful", R"({"level":"info"})", "detected_level=info level=info"},
    {"", "WARN", R"({"log.level":"err"})", "detected_level=error log_level=err"},
    {R"("severity":"debug")", "WARN", R"({"level":"info"})", "detected_level=debug level=info"},
    {"", "level=warn", R"({"detected_level":"debug"})", "detected_level=debug"},
    {"", "level=warn", R"({"severity_number":"17"})", "detected_level=error severity_number=17"},
    {"", "level=warn", R"({"severity_number":"0"})", "detected_level=warn severity_number=0"},
};

TEST_CASE("entries get their detected_level from label, metadata or line") {
  for (const LevelCase& c : kLevels) {
    CAPTURE(std::string(c.line));
    CAPTURE(std::string(c.metadata));
    const Outcome outcome = Run(StreamOf(c.labels, Value(0, c.line, c.metadata)));
    CHECK(outcome.batch.ends_with(" " + std::string(c.line) + " " + std::string(c.want)));
  }
}

TEST_CASE("metadata gets names that labels can have, by name, none empty and none twice") {
  const Outcome outcome = Run(StreamOf(
      "", Value(0, "x",
                R"({"a-b":"dash","c.d":"dot","e f":"space","1x":"digit","u":"ü","empty":"",)"
                R"("__x__":"y","_u":"1","ü":"2","a.b":"last","":"n"})")));
  CHECK(outcome.batch == "{service_name=\"unknown_service\"} " + At(0) +
                             " x __x__=y a_b=last c_d=dot detected_level=unknown e_f=space "
                             "key_=2 key_1x=digit key_u=1 u=ü");
}

struct RefusalCase {
  const char* name;
  std::string streams;
  std::string text;
};

const std::string kTooLong(262'145, 'z');

TEST_CASE("what breaks a limit is refused in Loki's words, the rest is kept") {
  std::string sixteen;
  std::string names;
  for (int i = 0; i < 16; ++i) {
    const std::string name = (i < 10 ? "l0" : "l") + std::to_string(i);
    sixteen += (i > 0 ? "," : "") + ("\"" + name) + "\":\"v\"";
    names += name + "=\"v\", ";
  }
  std::string many = "{";
  for (int i = 0; i < 129; ++i) many += (i > 0 ? ",\"k" : "\"k") + std::to_string(i) + "\":\"v\"";
  many += '}';
  const std::string n1025(1025, 'n');
  const std::string v2049(2049, 'v');
  const RefusalCase kCases[] = {
      {"line too long",
       StreamOf(R"("app":"a")", Value(0, "ok") + "," + Value(1, kTooLong) + "," + Value(2, "too")),
       "max entry size '262144' bytes exceeded for stream '{app=\"a\", service_name=\"a\"}' while "
       "adding an entry with length '262145' bytes"},
      {"too many label names", StreamOf(sixteen, Value(0, "x")),
       "entry for stream '{" + names +
           "service_name=\"unknown_service\"}' has 16 label names; limit 15"},
      {"label name too long", StreamOf("\"" + n1025 + "\":\"v\"", Value(0, "x")),
       "stream '{" + n1025 +
           "=\"v\", service_name=\"unknown_service\"}' has label name too long: '" + n1025 + "'"},
      {"label value too long", StreamOf("\"app\":\"px\",\"v\":\"" + v2049 + "\"", Value(0, "x")),
       "stream '{app=\"px\", service_name=\"px\", v=\"" + v2049 +
           "\"}' has label value too long: '" + v2049 + "'"},
      {"too many metadata entries", StreamOf(R"("app":"a")", Value(0, "x", many)),
       "stream '{app=\"a\", service_name=\"a\"}' has too many structured metadata labels: '129', "
       "limit: '128'. Please see `limits_config.max_structured_metadata_entries_count` or contact "
       "your Loki administrator to increase it"},
      {"metadata too large",
       StreamOf(R"("app":"a")", Value(0, "x", "{\"k\":\"" + std::string(70'000, 'v') + "\"}")),
       "stream '{app=\"a\", service_name=\"a\"}' has structured metadata too large: '70001' bytes, "
       "limit: '65536' bytes. Please see `limits_config.max_structured_metadata_size` or contact "
       "your Loki administrator to increase it"},
      {"too old", StreamOf(R"("app":"a")", Value(-169 * kHour, "x")),
       "entry for stream '{app=\"a\", service_name=\"a\"}' has timestamp too old: "
       "2026-11-13T00:00:00Z, oldest acceptable timestamp is: 2026-11-13T01:00:00Z"},
      {"too far in the future", StreamOf(R"("app":"a")", Value(11 * kMinute, "x")),
       "entry for stream '{app=\"a\", service_name=\"a\"}' has timestamp too new: "
       "2026-11-20T01:11:00Z"},
      {"without a time", StreamOf(R"("app":"a")", "[]"),
       "entry for stream '{app=\"a\", service_name=\"a\"}' has timestamp too old: "
       "0001-01-01T00:00:00Z, oldest acceptable timestamp is: 2026-11-13T01:00:00Z"},
  };
  for (const RefusalCase& c : kCases) {
    CAPTURE(std::string(c.name));
    const std::string good = StreamOf(R"("app":"good")", Value(5, "kept"));
    const Outcome outcome = Run(c.streams + "," + good);
    CHECK(outcome.answer.status == 400);
    CHECK(outcome.answer.text == c.text);
    CHECK(outcome.batch.ends_with("{app=\"good\", service_name=\"good\"} " + At(5) +
                                  " kept detected_level=unknown"));
    CHECK(outcome.batch.find(kTooLong) == std::string::npos);
  }
}

TEST_CASE("what is just within the limits passes") {
  std::string fifteen;
  for (int i = 0; i < 15; ++i) fifteen += (i > 0 ? ",\"l" : "\"l") + std::to_string(i) + "\":\"v\"";
  std::string many = "{";
  for (int i = 0; i < 128; ++i) many += (i > 0 ? ",\"k" : "\"k") + std::to_string(i) + "\":\"v\"";
  many += '}';
  for (const std::string& stream :
       {StreamOf(fifteen, Value(0, "x")), StreamOf("", Value(0, std::string(262'144, 'm'))),
        StreamOf("", Value(-167 * kHour, "x")), StreamOf("", Value(5 * kMinute, "x")),
        StreamOf("\"" + std::string(1024, 'n') + "\":\"" + std::string(2048, 'v') + "\"",
                 Value(0, "x")),
        StreamOf("", Value(0, "x", many))}) {
    CHECK(Run(stream).answer.status == 204);
  }
}

TEST_CASE("streams without entries are nothing to store and nothing to refuse") {
  const Outcome outcome = Run(StreamOf(R"("app":"a")", ""));
  CHECK(outcome.answer.status == 204);
  CHECK(outcome.batch.empty());
}

TEST_CASE("a label name that comes twice refuses its stream") {
  PushBatch batch;
  PushStream& stream = batch.streams.emplace_back();
  stream.clashing_labels = {{"app", "x"}, {"app", "y"}};
  stream.labels = Labels(stream.clashing_labels);
  stream.entries.push_back({.ordinal = 0, .time_ns = kNow, .line = "x", .metadata = {}});
  RejectReport report("tenant-v");
  Validate(batch, {}, {.now_ns = kNow}, report);
  CHECK(batch.streams.empty());
  CHECK(report.Answer().text ==
        "stream '{app=\"x\", app=\"y\", service_name=\"x\"}' has duplicate label name: 'app'");
}

TEST_CASE("limits of 0 and false are no limits") {
  config::Limits limits;
  limits.reject_old_samples = false;
  limits.max_line_size = 0;
  limits.max_label_names_per_series = 0;
  CHECK(Run(StreamOf("", Value(-1000 * kHour, kTooLong)), limits).answer.status == 204);
  CHECK(Run(StreamOf("", "[\"0\",\"epoch\"]"), limits).answer.text ==
        "entry for stream '{service_name=\"unknown_service\"}' has timestamp too old: "
        "1970-01-01T00:00:00Z, timestamps must be after 1970-01-01T00:00:00Z");
}

TEST_CASE("an entry without a time is left to the engine where the order rule holds") {
  config::Limits limits;
  limits.reject_old_samples = false;
  CHECK(Run(StreamOf("", "[]"), limits).answer.status == 400);
  const Outcome left = Run(StreamOf("", "[]"), limits, {.has_order_rule = true});
  CHECK(left.answer.status == 204);
  CHECK_FALSE(left.batch.empty());
}

TEST_CASE("structured metadata can be forbidden") {
  config::Limits limits;
  limits.allow_structured_metadata = false;
  CHECK(
      Run(StreamOf("", Value(0, "x", R"({"a":"b"})")), limits).answer.text ==
      "stream '{service_name=\"unknown_service\"}' includes structured metadata, but this feature "
      "is disallowed. Please see `limits_config.allow_structured_metadata` or contact your Loki "
      "administrator to enable it");
  CHECK(Run(StreamOf("", Value(0, "x")), limits).answer.status == 204);
}

TEST_CASE("long lines are cut where that is wanted") {
  config::Limits limits;
  limits.max_line_size = 8;
  limits.max_line_size_truncate = true;
  limits.discover_log_levels = false;
  CHECK(Run(StreamOf("", Value(0, "0123456789")), limits).batch.ends_with(" 01234567"));
  limits.max_line_size_truncate_identifier = "[cut]";
  CHECK(Run(StreamOf("", Value(0, "0123456789")), limits).batch.ends_with(" 012[cut]"));
  CHECK(Run(StreamOf("", Value(0, "01234567")), limits).batch.ends_with(" 01234567"));
}

TEST_CASE("equal times are spread where that is wanted") {
  config::Limits limits;
  limits.increment_duplicate_timestamp = true;
  limits.discover_log_levels = false;
  const Outcome outcome = Run(
      StreamOf("", Value(0, "a") + "," + Value(0, "b") + "," + Value(0, "c") + "," + Value(9, "d")),
      limits);
  CHECK(outcome.batch == "{service_name=\"unknown_service\"} " + At(0) + " a; " + At(1) + " b; " +
                             At(2) + " c; " + At(9) + " d");
}

TEST_CASE("replay normalises in the same way and refuses nothing") {
  const std::string streams =
      StreamOf(R"("app":"a")", Value(-9999 * kHour, "level=warn", R"({"a-b":"1"})")) + "," +
      StreamOf("", Value(9999 * kHour, kTooLong));
  const Outcome outcome = Run(streams, {}, {.now_ns = kNow, .replay = true});
  CHECK(outcome.answer.status == 204);
  CHECK(outcome.batch.starts_with("{app=\"a\", service_name=\"a\"} " + At(-9999 * kHour) +
                                  " level=warn a_b=1 detected_level=warn|"));
  CHECK(outcome.batch.find(kTooLong) != std::string::npos);
}

}  // namespace
}  // namespace narfi::ingest
