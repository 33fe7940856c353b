#include <doctest/doctest.h>

#include <random>

#include "line/json_fields.h"
#include "line/json_lenient.h"

namespace narfi::line {
namespace {

std::string Read(JsonFields& reader, std::string_view text, std::vector<uint8_t> found = {}) {
  Arena arena;
  std::vector<Field> fields;
  const Outcome outcome = reader.Extract(text, found, fields, arena);
  std::string out;
  for (const Field& field : fields)
    out.append(out.empty() ? "" : "|").append(field.name).append("=").append(field.value);
  if (outcome.failed) out.append("!").append(outcome.details);
  return out;
}

constexpr std::string_view kNoObject =
    "!Value looks like object, but can't find closing '}' symbol";

const std::vector<std::pair<std::string, std::string>> kCases = {
    {R"({"a":"x","b":2})", "a=x|b=2"},
    {R"({"a":"","b":null,"c":true,"d":false,"f":-0,"g":1e5,"h":1.50,"i":12345678901234567890,"j":-1.5E-7})",
     "a=|c=true|d=false|f=-0|g=1e5|h=1.50|i=12345678901234567890|j=-1.5E-7"},
    {R"({"a":{"b":{"c":1},"d":"x"},"e":[1,{"f":2}],"g":{}})", "a_b_c=1|a_d=x"},
    {R"({"k y":1,"k.y":2,"1k":3,"":4,"a":{"1":5}})", "k_y=1|k_y=2|_1k=3|a_1=5"},
    {R"({"a":"q\" s\/ n\n u\u00e9 \ud83d\ude00","k\"q":1})", "a=q\" s/ n\n ué 😀|k_q=1"},
    {R"({"a":1,"a":2})", "a=1|a=2"},
    {R"({})", ""},
    {R"(  {"lead":"space"}  )", "lead=space"},
    {R"({"a":1} trailing)", "a=1"},
    {R"({"a":1}{"b":2})", "a=1"},
    {R"({"trail":"comma",})", "trail=comma"},
    {R"({"a":01})", "a=01"},
    {R"({"a":1.})", "a=1."},
    {R"({"a":)", "!Malformed JSON error"},
    {R"({"a":tru})", "!Unknown value type"},
    {R"({"a":nul})", "!Unknown value type"},
    {R"({"a":1)", "a=1!Value is array, but can't find closing ']' symbol"},
    {R"({"a":"unterminated)", "!Value is string, but can't find closing '\"' symbol"},
    {R"({"a":1,,"b":2})", "a=1" + std::string(kNoObject)},
    {R"({"a":[1,2)", "!Value is array, but can't find closing ']' symbol"},
    {R"({"a":1,"b":{"c":2,)", "a=1" + std::string(kNoObject)},
    {"", std::string(kNoObject)},
    {"[]", std::string(kNoObject)},
    {"true", std::string(kNoObject)},
    {"plain text", std::string(kNoObject)},
    {R"({"a":"\ud800","b":"\q","c":1})", "a=|b=|c=1"},
    {R"({"\ud800":1})", "!Encountered an invalid escape sequence in a string"},
    {"{\"a\":\"x\xffy\",\"b\":1}", "a=x y|b=1"},
    {"{\"a\":\"tab\there\"}", "a=tab\there"},
};

TEST_CASE("JSON lines give the fields and the flaws that Loki gives") {
  JsonFields reader({});
  for (const auto& c : kCases) {
    CAPTURE(c.first);
    CHECK(Read(reader, c.first) == c.second);
    // A reader that has seen other lines gives the same.
    CHECK(Read(reader, c.first) == c.second);
  }
}

TEST_CASE(
    "With a demand each name is given once, and what comes behind the last is not looked at") {
  JsonFields reader({false, {"a_b", "c"}});
  CHECK(Read(reader, R"({"x":1,"a":{"b":2,"b":3},"c":4,"broken)", {0, 0}) == "a_b=2|c=4");
  CHECK(Read(reader, R"({"c":4,"c":5,"a":{"x":1}})", {0, 0}) == "c=4");
  CHECK(Read(reader, R"({"c":4,"a":{"b":1}})", {0, 1}) == "a_b=1");
  CHECK(Read(reader, R"({"c":4,"x":tru})", {0, 0}) == "c=4!Unknown value type");
  CHECK(Read(reader, R"({"c":4,"x":{"y":tru}})", {0, 0}) == "c=4");  // no wanted name begins with x
}

TEST_CASE("Objects deeper than the limit are left out") {
  std::string line;
  for (int i = 0; i < 100'000; ++i) line += "{\"a\":";
  JsonFields reader({});
  CHECK(Read(reader, line).starts_with("!"));
  std::string deep = "1";
  for (int i = 0; i < kMaxNesting + 5; ++i) deep = "{\"a\":" + deep + "}";
  CHECK(Read(reader, "{\"x\":1,\"y\":" + deep + ",\"z\":2}") == "x=1|z=2");
}

// ------------------------------------------------------------------ paths

std::string ReadPaths(const std::vector<JsonPath>& paths, std::string_view line) {
  Arena arena;
  std::vector<JsonPaths::Value> values(paths.size());
  JsonPaths reader(paths);
  const Outcome outcome = reader.Extract(line, values, arena);
  std::string out;
  for (const JsonPaths::Value& value : values)
    out.append(out.empty() ? "" : "|").append(value.found ? value.text : "-");
  if (outcome.failed) out.append("!").append(outcome.details);
  return out;
}

JsonPath Path(std::initializer_list<const char*> fields) {
  JsonPath path;
  for (const char* field : fields) {
    const bool is_index = field[0] >= '0' && field[0] <= '9';
    path.push_back({is_index, is_index ? "" : field, is_index ? std::stoull(field) : 0});
  }
  return path;
}

TEST_CASE("Paths find their values, in broken lines as well") {
  const std::vector<JsonPath> paths = {Path({"a"}), Path({"b", "c"}), Path({"d", "1", "e"})};
  CHECK(ReadPaths(paths, R"({"a":1,"b":{"c":"x"},"d":[{"e":0},{"e":true}]})") == "1|x|true");
  CHECK(ReadPaths(paths, R"({"a":{"z":[1, 2]},"b":{},"b":{"c":null}})") == "{\"z\":[1, 2]}||-");
  CHECK(ReadPaths(paths, R"({"a":1}{"b":{"c":2}})") == "1|2|-");
  CHECK(ReadPaths(paths, R"({"a":01,,"b":{"c":"é\n"})") == "01|é\n|-");
  CHECK(ReadPaths(paths, R"({"a":"first","a":"second"})") == "first|-|-");
  CHECK(ReadPaths(paths, R"({"x":tru,"a":5})") == "5|-|-");
  CHECK(ReadPaths(paths, "[1,2]") == "-|-|-");
  CHECK(ReadPaths(paths, "") == "-|-|-");
  CHECK(ReadPaths(paths, R"("a string")") == "-|-|-");
}

TEST_CASE("What is no JSON, or breaks at a wanted value, is an error") {
  const std::vector<JsonPath> paths = {Path({"a"})};
  CHECK(ReadPaths(paths, "not json") == "-!");
  CHECK(ReadPaths(paths, R"(  {"a":1})") == "-!");
  CHECK(ReadPaths(paths, R"({"a":)") == "-!Malformed JSON error");
  CHECK(ReadPaths(paths, R"({"a":tru})") == "-!Unknown value type");
  CHECK(ReadPaths(paths, R"({"a":"unterminated)") ==
        "-!Value is string, but can't find closing '\"' symbol");
}

TEST_CASE("A path and one that goes on from it both find their value") {
  const std::vector<JsonPath> paths = {Path({"a"}), Path({"a", "b"})};
  CHECK(ReadPaths(paths, R"({"a":{"b":1}})") == "{\"b\":1}|1");
}

// ------------------------------------------------------------------ the two readers agree

std::string RandomValue(std::mt19937& random, int depth) {
  switch (random() % (depth > 3 ? 5 : 7)) {
    case 0:
      return std::to_string(static_cast<int>(random() % 1000) - 500);
    case 1:
      return "\"text " + std::to_string(random() % 10) + "\"";
    case 2:
      return "\"esc\\n\\u00e9\\\"\"";
    case 3:
      return "true";
    case 4:
      return "null";
    case 5:
      return "[1, {\"a\": \"]\"}]";
    default:
      break;
  }
  std::string out = "{";
  for (uint32_t i = random() % 4; i > 0; --i) {
    if (out.size() > 1) out += ", ";
    out.append("\"")
        .append(1, static_cast<char>('a' + random() % 4))
        .append("\" : ")
        .append(RandomValue(random, depth + 1));
  }
  return out + "}";
}

std::string ReadByHand(std::string_view text, const std::string& prefix) {
  std::string out;
  LenientObject object(text);
  while (object.Next()) {
    const std::string name = prefix + std::string(object.key());
    std::string part;
    if (object.value().kind == LenientKind::kObject) {
      part = ReadByHand(object.value().text, name + "_");
    } else if (object.value().kind == LenientKind::kString) {
      std::string plain;
      REQUIRE(UnescapeLenient(object.value().text, plain));
      part = name + "=" + plain;
    } else if (object.value().kind == LenientKind::kNumber ||
               object.value().kind == LenientKind::kBoolean) {
      part = name + "=" + std::string(object.value().text);
    }
    if (!part.empty()) out += (out.empty() ? "" : "|") + part;
  }
  CHECK(object.error().empty());
  return out;
}

TEST_CASE("The library and the lenient reader agree on well-formed lines") {
  std::mt19937 random(7);
  JsonFields reader({});
  for (int i = 0; i < 3000; ++i) {
    std::string line;
    do line = RandomValue(random, 0);
    while (line.front() != '{');
    CAPTURE(line);
    REQUIRE(Read(reader, line) == ReadByHand(line, ""));
  }
}

}  // namespace
}  // namespace narfi::line
