#include "line/value_type.h"

#include <doctest/doctest.h>

#include "line/json_key_path.h"

namespace narfi::line {
namespace {

TEST_CASE("values are of the first type that takes them") {
  struct Row {
    const char* text;
    const char* type;
  };
  for (const Row& row : {Row{"7", "int"},
                         {"+5", "int"},
                         {"-7", "int"},
                         {"00000000000000000000000000003333", "int"},
                         {"9223372036854775808", "float"},
                         {".5", "float"},
                         {"1e3", "float"},
                         {"NaN", "float"},
                         {"0x10", "string"},
                         {"true", "boolean"},
                         {"False", "boolean"},
                         {"tRUE", "string"},
                         {"1h2m3s", "duration"},
                         {"-3s", "duration"},
                         {"1.5h", "duration"},
                         {"1d", "string"},
                         {"1kb", "bytes"},
                         {"1KiB", "bytes"},
                         {"1K", "bytes"},
                         {"1.5gb", "bytes"},
                         {"-1KB", "string"},
                         {"", "string"},
                         {"null", "string"},
                         {"zzz", "string"}}) {
    CAPTURE(row.text);
    CHECK(NameOf(TypeOfValue(row.text)) == row.type);
  }
}

TEST_CASE("numbers and UUIDs are ids") {
  CHECK(IsId("17"));
  CHECK(IsId("6ba7b810-9dad-11d1-80b4-00c04fd430c8"));
  CHECK(!IsId("6ba7b810-9dad-11d1-80b4-00c04fd430cx"));
  CHECK(!IsId("prod"));
  CHECK(!IsId(""));
}

std::string PathsOf(std::string_view line) {
  std::string out;
  WalkJsonKeyPaths(line, [&](std::string_view name, const std::vector<std::string>& keys) {
    out += std::string(name) + ":";
    for (const std::string& key : keys) out += " " + key;
    out += ";";
    return true;
  });
  return out;
}

TEST_CASE("the keys that lead to the fields of a JSON line") {
  CHECK(PathsOf(R"({"a-b":1,"r":{"u":{"id":7},"h":{"X-Id":"x"}},"l":[1],"n":null,"q\"":true})") ==
        "a_b: a-b;r_u_id: r u id;r_h_X_Id: r h X-Id;q_: q\";");
  CHECK(PathsOf(R"({"a":1,"b":{"c":2,}})") == "a: a;b_c: b c;");
  CHECK(PathsOf("not json").empty());
}

}  // namespace
}  // namespace narfi::line
