#include "line/unpack.h"

#include <doctest/doctest.h>

namespace narfi::line {
namespace {

struct Case {
  std::string_view line;
  std::string_view want;  // name=value|..., then >entry, or ! and what is wrong
};

constexpr Case kCases[] = {
    {R"({"a":"1","b":"2","_entry":"x"})", "a=1|b=2>x"},
    {R"({"_entry":"x","a":"1"})", "a=1>x"},
    {R"({"a":"1"})", ""},  // not packed: no labels either
    {R"({})", ""},
    {R"({"n":5,"t":true,"z":null,"l":["x"],"o":{"x":"y"},"_entry":"x"})", ">x"},
    {R"({"_entry":{"x":1}})", ""},
    {R"({"_entry":5,"a":"1"})", ""},
    {R"({"_entry":""})", ">"},
    {R"({"a":"q\"q","_entry":"{\"in\":\"j\\u0073on\"}"})", R"(a=q"q>{"in":"j\u0073on"})"},
    {R"({"\u005fentry":"x"})", ">x"},
    {R"({"bad-key.n":"1","9":"2"," ":"3","_entry":"x"})", "bad_key_n=1|_9=2>x"},
    {R"({"a":"1","a":"2","_entry":"x","_entry":"y"})", "a=1|a=2>y"},
    {R"( {"_entry":"x"} rest)", ">x"},
    {"", ""},
    {"   ", "!expecting json object(6), but it is not"},
    {"not packed", "!expecting json object(6), but it is not"},
    {"[1]", "!expecting json object(6), but it is not"},
    {R"({"a":"1","_entry":"x")", "!Value is array, but can't find closing ']' symbol"},
    {R"({"a":"1","_entry":"x)", "!Value is string, but can't find closing '\"' symbol"},
};

std::string Read(UnpackFields& reader, std::string_view line) {
  Arena arena;
  std::vector<Field> fields;
  const auto result = reader.Extract(line, fields, arena);
  std::string out;
  for (const Field& field : fields)
    out.append(out.empty() ? "" : "|").append(field.name).append("=").append(field.value);
  if (result.is_packed) out.append(">").append(result.entry);
  if (result.outcome.failed) out.append("!").append(result.outcome.details);
  return out;
}

TEST_CASE("Packed lines are unpacked, and only those") {
  UnpackFields reader({});
  for (const Case& c : kCases) {
    CAPTURE(std::string(c.line));
    CHECK(Read(reader, c.line) == c.want);
  }
}

TEST_CASE("Only wanted fields are given, the entry in any case") {
  UnpackFields reader({false, {"b"}});
  CHECK(Read(reader, R"({"a":"1","b":"2","_entry":"x"})") == "b=2>x");
}

}  // namespace
}  // namespace narfi::line
