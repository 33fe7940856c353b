#include "line/level.h"

#include <doctest/doctest.h>

#include <string>

namespace narfi::line {
namespace {

const LevelFields& DefaultFields() {
  static const LevelFields fields({"level", "LEVEL", "Level", "log.level", "severity", "SEVERITY",
                                   "Severity", "SeverityText", "lvl", "LVL", "Lvl", "severity_text",
                                   "Severity_Text", "SEVERITY_TEXT"});
  return fields;
}

struct Case {
  std::string line;
  std::string_view want;
};

const Case kCases[] = {
    // JSON fields.
    {R"({"level":"error","m":1})", "error"},
    {R"({"Level":"eRrOr"})", "error"},
    {R"({"LEVEL":"Info"})", "info"},
    {R"({"lvl":"dbg"})", "debug"},
    {R"({"severity":"warn"})", "warn"},
    {R"({"log.level":"error"})", "error"},
    {R"( {"level" : "information"} )", "info"},
    {"{\n\t\"level\"\t:\n\"trc\"}", "trace"},
    {R"({"msg":"error in text","level":"info"})", "info"},
    {R"({"msg":"say \"level\": \"error\"","level":"info"})", "info"},
    {R"({"msg":"ends in a backslash \\","level":"info","x":"error"})", "info"},
    {R"({"error":"none","log":{"level":"info"}})", "info"},
    {R"({"error":"x","a":{"b":{"level":"info"}}})", "error"},
    {R"({"error":"x","list":[{"level":"info"}]})", "error"},
    {R"({"list":["level","fatal"],"x":1})", "fatal"},
    {R"({"level":30})", "unknown"},
    {R"({"level":30,"severity":"warn"})", "warn"},
    {R"({"level":"notice"})", "unknown"},
    {R"({"level":"notice","msg":"an error"})", "error"},
    {R"({"levels":"xerror"})", "unknown"},
    {R"({"levelname":"WARNING"})", "warn"},
    {R"({"severity_text":"ERROR2"})", "unknown"},
    {R"({"level":"error)", "error"},
    {R"({"level":)", "unknown"},
    {R"({"level)", "unknown"},
    {R"({"a":"\)", "unknown"},
    {R"({)", "unknown"},
    // logfmt fields.
    {"level=info msg=\"an error\"", "info"},
    {"msg=\"level=error\" level=info", "info"},
    {"msg=\"quote \\\" level=error\" level=info", "info"},
    {"level=\"debug\" x", "debug"},
    {"  x=1\tlvl=warn", "warn"},
    {"SEVERITY_TEXT=info", "info"},
    {"LEVEL=Fatal x", "fatal"},
    {"level=30 error", "error"},
    {"level=7", "unknown"},
    {"level=emerg x", "unknown"},
    {"level=", "unknown"},
    {"level=\"", "unknown"},
    {"xlevel=xinfo", "unknown"},
    // Words.
    {"CRITICAL g", "critical"},
    {"FATAL h", "fatal"},
    {"[ERROR] x", "error"},
    {"ERR e", "error"},
    {"Warning d", "warn"},
    {"TRACE a", "trace"},
    {"error warn info", "error"},
    {"info then error", "info"},
    {"panic: runtime error", "error"},
    {"noerrors", "unknown"},
    {"x error_code=5", "unknown"},
    {"warns", "unknown"},
    {"information only", "unknown"},
    {"E1120 klog style", "unknown"},
    {"<W> x", "unknown"},
    {"1error", "unknown"},
    {"error1", "unknown"},
    {"errors", "unknown"},
    {"\x1b[31mERROR\x1b[0m red", "unknown"},
    {"", "unknown"},
    {"   ", "unknown"},
    {"0123456789abcd error", "error"},
    {"0123456789 abcderror", "unknown"},
    {"0123456789abc error", "error"},
};

TEST_CASE("DetectLevel finds the level of a line as Loki does") {
  for (const Case& c : kCases) {
    CAPTURE(c.line);
    CHECK(DetectLevel(c.line, DefaultFields()) == c.want);
  }
}

TEST_CASE("a level word is found wherever blocks of the line begin") {
  for (size_t before = 0; before < 70; ++before) {
    for (size_t after = 0; after < 40; ++after) {
      CAPTURE(before);
      CAPTURE(after);
      const std::string line = std::string(before, '.') + "warning" + std::string(after, '.');
      CHECK(DetectLevel(line, DefaultFields()) == "warn");
      const std::string inside = std::string(before, 'x') + "xwarning" + std::string(after, '.');
      CHECK(DetectLevel(inside, DefaultFields()) == "unknown");
    }
  }
}

TEST_CASE("LevelFields decide which fields count, and how deep in JSON") {
  const std::string line = R"({"gravity":"warn","level":"info","a":{"b":{"gravity":"error"}}})";
  CHECK(DetectLevel(line, LevelFields({"gravity"})) == "warn");
  CHECK(DetectLevel(line, LevelFields({})) == "warn");  // the first word then
  const std::string deep = R"({"x":"info","a":{"b":{"level":"error"}}})";
  CHECK(DetectLevel(deep, LevelFields({"level"}, 2)) == "info");
  CHECK(DetectLevel(deep, LevelFields({"level"}, 3)) == "error");
  CHECK(DetectLevel(deep, LevelFields({"level"}, 0)) == "error");
  CHECK(LevelFields({"log.level", "lvl"}).label_names() ==
        std::vector<std::string>{"log_level", "lvl"});
}

TEST_CASE("NormalizeLevel knows names and abbreviations and nothing else") {
  for (const auto& [value, want] : {std::pair<std::string_view, std::string_view>{"WARN", "warn"},
                                    {"wrn", "warn"},
                                    {"Warning", "warn"},
                                    {"ERR", "error"},
                                    {"Information", "info"},
                                    {"crit", ""},
                                    {"", ""},
                                    {"informatioN!", ""},
                                    {"inform", ""},
                                    {"\x05rr", ""},
                                    {"err\x00", "error"}}) {
    CAPTURE(std::string(value));
    CHECK(NormalizeLevel(value) == want);
  }
}

}  // namespace
}  // namespace narfi::line
