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

TEST_CASE("the keys that lead to a field of a JSON line") {
  using Path = std::vector<std::string>;
  const char* line =
      R"({"a-b":1,"request":{"user":{"id":7},"headers":{"X-Id":"x"}},"l":[1],"n":null})";
  CHECK(FindJsonKeyPath(line, "a_b") == Path{"a-b"});
  CHECK(FindJsonKeyPath(line, "request_user_id") == Path{"request", "user", "id"});
  CHECK(FindJsonKeyPath(line, "request_headers_X_Id") == Path{"request", "headers", "X-Id"});
  CHECK(FindJsonKeyPath(line, "l").empty());
  CHECK(FindJsonKeyPath(line, "request").empty());
  CHECK(FindJsonKeyPath("not json", "not").empty());
}

}  // namespace
}  // namespace narfi::line
