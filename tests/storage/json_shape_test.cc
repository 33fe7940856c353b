#include "storage/json_shape.h"

#include <doctest/doctest.h>
#include <simdjson.h>

#include <random>
#include <string>

namespace narfi::storage {
namespace {

using Values = std::vector<std::string_view>;

std::string Joined(const LineTemplate& shape, const Values& values) {
  std::string out(shape.literals[0]);
  for (size_t i = 0; i < values.size(); ++i) {
    out += values[i];
    out += shape.literals[i + 1];
  }
  return out;
}

bool IsObject(const std::string& line) {
  simdjson::dom::parser parser;
  simdjson::dom::element element;
  return parser.parse(simdjson::padded_string(line)).get(element) == simdjson::SUCCESS &&
         element.is_object();
}

std::string Path(const LineSlot& slot) {
  std::string out;
  for (const std::string_view key : slot.path) out.append("/").append(key);
  return out;
}

TEST_CASE("values of all depths have a slot, named by the keys around them") {
  JsonShapes shapes;
  Values values;
  const std::string line =
      R"( {"a":"x\n","b":{"c":-1.5 ,"d":{},"e":{"\"":true}},"f":[1,{"g":2}],"":null})";
  const uint32_t number = shapes.Split(line, values);
  REQUIRE(number == 0);
  const LineTemplate& shape = shapes.shapes()[0];
  CHECK(shape.is_json);
  CHECK(Joined(shape, values) == line);
  CHECK(values == Values{"x\\n", "-1.5", "true", "[1,{\"g\":2}]", "null"});
  std::vector<std::string> paths;
  for (const LineSlot& slot : shape.slots) paths.push_back(Path(slot));
  CHECK(paths == std::vector<std::string>{"/a", "/b/c", "/b/e/\\\"", "/f", "/"});
  CHECK(shape.slots[0].kind == SlotKind::kString);
  CHECK(shape.slots[1].kind == SlotKind::kScalar);
  CHECK(shape.slots[3].kind == SlotKind::kArray);
}

TEST_CASE("lines of one shape share it, and shapes share columns by path and kind") {
  JsonShapes shapes;
  Values values;
  CHECK(shapes.Split(R"({"a":1,"b":"x"})", values) == 0);
  CHECK(shapes.Split(R"({"a":-2e5,"b":""})", values) == 0);
  CHECK(values == Values{"-2e5", ""});
  CHECK(shapes.Split(R"({"b":"x","a":null})", values) == 1);
  CHECK(shapes.Split(R"({"a":"1","b":"x"})", values) == 2);
  CHECK(shapes.Split(R"({"a":[],"b":"x"})", values) == 3);
  CHECK(shapes.Split(R"({"a":1,"b":"x"} )", values) == 4);
  CHECK(shapes.Split("{}", values) == 5);
  CHECK(values.empty());
  CHECK(shapes.Split(R"({"a":3,"b":"x"})", values) == 0);
  const auto column = [&](size_t shape, size_t slot) {
    return shapes.shapes()[shape].slots[slot].column;
  };
  CHECK(column(0, 0) == column(1, 1));
  CHECK(column(0, 1) == column(1, 0));
  CHECK(column(0, 0) != column(2, 0));  // another kind
  CHECK(column(0, 0) != column(3, 0));
  CHECK(column(0, 1) == column(4, 1));
}

TEST_CASE("a key that comes twice has a column for each time") {
  JsonShapes shapes;
  Values values;
  CHECK(shapes.Split(R"({"a":1,"a":2,"a":"3"})", values) == 0);
  CHECK(values == Values{"1", "2", "3"});
  const LineTemplate& shape = shapes.shapes()[0];
  CHECK(shape.slots[0].column != shape.slots[1].column);
  CHECK(shape.slots[0].column != shape.slots[2].column);
  CHECK(shapes.columns() == 3);
}

TEST_CASE("how many digits a number has is no part of the shape") {
  JsonShapes shapes;
  Values values;
  for (const std::string number : {"0.5", "0.00023359792255639444", "8.5e-05", "1e-100", "-0.0",
                                   "18446744073709551615", "1234567890123456789012345"}) {
    CAPTURE(number);
    const std::string line = "{\"ratio\":" + number + ",\"b\":\"x\"}";
    CHECK(shapes.Split(line, values) == 0);
    CHECK(values == Values{number, "x"});
  }
}

TEST_CASE("what is no object, or no JSON, has no shape, also after one that looks like it") {
  JsonShapes shapes;
  Values values;
  CHECK(shapes.Split(R"({"a":1,"b":"x"})", values) == 0);
  for (const char* line :
       {"", "text", "1", "\"a\"", "[1]", R"({"a":01,"b":"x"})", R"({"a":1,"b":"x)",
        R"({"a":1,"b":"\x"})", "{\"a\":1,\"b\":\"\xff\"}", R"({"a":1,"b":"x"}x)",
        R"({"a":1,"b":"x"}})", R"({"a":,"b":"x"})", R"({"a":tru,"b":"x"})", R"({"a":1 2,"b":"x"})",
        R"({"a":1,"b":"x",})", R"({"a":1,"b":"\ud83d"})"}) {
    CAPTURE(line);
    CHECK(shapes.Split(line, values) == JsonShapes::kNone);
  }
}

std::string Deep(int depth) {
  std::string out;
  for (int i = 0; i < depth; ++i) out += "{\"k\":";
  return out + "1" + std::string(static_cast<size_t>(depth), '}');
}

TEST_CASE("too deep or too wide a line has no shape") {
  JsonShapes shapes;
  Values values;
  CHECK(shapes.Split(Deep(32), values) != JsonShapes::kNone);
  CHECK(shapes.Split(Deep(33), values) == JsonShapes::kNone);
  const auto wide = [](uint32_t slots) {
    std::string out = "{\"k\":1";
    for (uint32_t i = 1; i < slots; ++i) out += ",\"k\":1";
    return out + "}";
  };
  CHECK(shapes.Split(wide(kMaxShapeSlots), values) != JsonShapes::kNone);
  CHECK(shapes.Split(wide(kMaxShapeSlots + 1), values) == JsonShapes::kNone);
}

TEST_CASE("when shapes have run out, known ones go on") {
  JsonShapes shapes;
  Values values;
  const auto line = [](uint32_t i) {
    return "{\"k" + std::to_string(i) + "\":" + std::to_string(i) + "}";
  };
  uint32_t given = 0;
  for (uint32_t i = 0; i < 3 * kMaxShapes; ++i) {
    const std::string text = line(i);
    if (shapes.Split(text, values) != JsonShapes::kNone) ++given;
  }
  CHECK(given == kMaxShapes);
  CHECK(shapes.columns() == kMaxShapeColumns);
  CHECK(shapes.Split(line(9000), values) == JsonShapes::kNone);
  const std::string known = line(7);
  CHECK(shapes.Split(known, values) == 7);
  CHECK(values == Values{"7"});
}

TEST_CASE("a line has a shape when it is an object, and comes back from it") {
  std::mt19937_64 random(13);
  const std::vector<std::string> pieces = {
      "{",  "}",    "\"a\":", "\"b\":", ",", "1",     "-2.5", "\"x\"", "\"\\n\"",  "[1,2]",
      "{}", "null", " ",      "[",      "]", "\"\":", "\"",   "true",  "{\"a\":1", "{\"b\":\"y\""};
  JsonShapes all;
  int objects = 0;
  for (int round = 0; round < 60'000; ++round) {
    std::string line = round % 2 == 0 ? "{\"a\":" : "{\"b\":1,\"a\":";
    for (uint64_t i = 0, n = random() % 7; i < n; ++i) line += pieces[random() % pieces.size()];
    line += "}";
    CAPTURE(line);
    Values values;
    const uint32_t shape = all.Split(line, values);
    JsonShapes fresh;
    Values fresh_values;
    const bool is_object = IsObject(line);
    REQUIRE((fresh.Split(line, fresh_values) != JsonShapes::kNone) == is_object);
    if (shape == JsonShapes::kNone) {
      REQUIRE((!is_object || all.shapes().size() == kMaxShapes ||
               all.columns() > kMaxShapeColumns - 9));
      continue;
    }
    ++objects;
    REQUIRE(is_object);
    REQUIRE(values == fresh_values);
    REQUIRE(Joined(all.shapes()[shape], values) == line);
  }
  CHECK(objects > 3000);
}

TEST_CASE("shapes past the bytes that they may have are not kept, and known ones still are found") {
  JsonShapes shapes(100'000);
  Values values;
  CHECK(shapes.Split("{\"a\":1}", values) == 0);
  for (int i = 0; i < 100; ++i)
    shapes.Split("{\"" + std::string(5000, 'k') + std::to_string(i) + "\":1}", values);
  CHECK(shapes.bytes() <= 100'000);
  CHECK(shapes.shapes().size() > 2);
  CHECK(shapes.shapes().size() < 20);
  CHECK(shapes.Split("{\"a\":2}", values) == 0);
  CHECK(values == Values{"2"});
}

}  // namespace
}  // namespace narfi::storage
