#include <doctest/doctest.h>

#include "ingest/json_strings.h"
#include "tests/ingest/push_support.h"

namespace narfi::ingest {
namespace {

struct Case {
  const char* name;
  std::string body;
  std::string want;
};

const Case kRead[] = {
    {"blanks, unknown keys, values first",
     R"( {"more":{"a":[1,{}]},"streams" : [ {"values":[["1","x"]], "other":1.5e3, "stream":{"app":"a"} } ] } )",
     R"({app="a"} 1 x)"},
    {"escapes", R"({"streams":[{"values":[["1","é \" \\ \n \ud83d\ude00 \u00e9"]]}]})",
     "{} 1 é \" \\ \n 😀 é"},
    {"keys with escapes", R"({"str\u0065ams":[{"v\u0061lues":[["1","x"]]}]})", "{} 1 x"},
    {"keys of the push in any case", R"({"Streams":[{"values":[["1","x"]]}]})", "{} 1 x"},
    {"text behind the document", R"({"streams":[{"values":[["1","x"]]}]} trailing {[)", "{} 1 x"},
    {"another document behind it", R"({"streams":[{"values":[["1","x"]]}]}{"streams":[]})",
     "{} 1 x"},
    {"no stream key", R"({"streams":[{"values":[["1","x"]]}]})", "{} 1 x"},
    {"no values key", R"({"streams":[{"stream":{"a":"b"}}]})", R"({a="b"})"},
    {"no entries", R"({"streams":[{"stream":{"a":"b"},"values":[]}]})", R"({a="b"})"},
    {"an entry without a line", R"({"streams":[{"values":[["1"]]}]})", "{} 1 "},
    {"an empty entry has no time", R"({"streams":[{"values":[[]]}]})", "{} -6795364578871345152 "},
    {"a fourth element", R"({"streams":[{"values":[["1","x",{},[{"a":1}]]]}]})", "{} 1 x"},
    {"label values that are no strings",
     R"({"streams":[{"stream":{"a":5,"b":true,"c":1.50 ,"d":null,"e":[1, 2]},"values":[]}]})",
     R"({a="5", b="true", c="1.50", d="null", e="[1, 2]"})"},
    {"empty label values", R"({"streams":[{"stream":{"a":"","b":"c"},"values":[]}]})",
     R"({b="c"})"},
    {"a label given twice", R"({"streams":[{"stream":{"a":"1","a":"2"},"values":[]}]})",
     R"({a="2"})"},
    {"stream given twice", R"({"streams":[{"stream":{"a":"1"},"stream":{"b":"2"},"values":[]}]})",
     R"({b="2"})"},
    {"values given twice", R"({"streams":[{"values":[["1","x"]],"values":[["2","y"]]}]})",
     "{} 2 y"},
    {"streams given twice",
     R"({"streams":[{"values":[["1","x"]]}],"streams":[{"values":[["2","y"]]}]})", "{} 2 y"},
    {"negative time", R"({"streams":[{"values":[["-5","x"]]}]})", "{} -5 x"},
    {"half a surrogate pair",
     R"({"streams":[{"values":[["1","a\ud800b\udc00"],["2","\ud83d\u0041"]]}]})",
     "{} 1 a\xEF\xBF\xBD"
     "b\xEF\xBF\xBD; 2 \xEF\xBF\xBD"
     "A"},
    {"bytes that are no UTF-8", "{\"streams\":[{\"values\":[[\"1\",\"bad \xff\xfe utf8\"]]}]}",
     "{} 1 bad \xEF\xBF\xBD\xEF\xBF\xBD utf8"},
    {"the older form",
     R"({"streams":[{"labels":"{app=\"x\"}","entries":[{"ts":"1970-01-01T00:00:01.5Z","line":"old"},{"line":"no time"}]}]})",
     R"({app="x"} 1500000000 old; -6795364578871345152 no time)"},
};

TEST_CASE("Decode reads JSON pushes as Loki does") {
  for (const Case& c : kRead) {
    CAPTURE(std::string(c.name));
    CHECK(ShowResult(DecodeJson(c.body)) == c.want);
  }
}

const std::string kRefused[] = {
    "{",
    "{\"streams\":",
    "{\"streams\":[",
    "{\"streams\":[{",
    "{\"streams\":[{}",
    "{\"streams\":[{}]",
    "{\"streams\":[{\"stream\":{\"a\":\"b\"",
    "{\"streams\":[{\"values\":[[\"1\",\"x\"",
    "{\"streams\":[{\"values\":[[\"1\",\"x",
    "[]",
    "\"x\"",
    "5",
    "not json",
    "{\"streams\":{}}",
    "{\"streams\":\"x\"}",
    "{\"streams\":[1]}",
    "{\"streams\":[null]}",
    "{\"streams\":[{\"stream\":[\"a\"]}]}",
    "{\"streams\":[{\"stream\":\"{}\"}]}",
    "{\"streams\":[{\"stream\":null}]}",
    "{\"streams\":[{\"values\":{\"a\":1}}]}",
    "{\"streams\":[{\"values\":[\"x\"]}]}",
    "{\"streams\":[{\"values\":[[1,\"x\"]]}]}",
    "{\"streams\":[{\"values\":[[\"abc\",\"x\"]]}]}",
    "{\"streams\":[{\"values\":[[\"\",\"x\"]]}]}",
    "{\"streams\":[{\"values\":[[\"1.5\",\"x\"]]}]}",
    "{\"streams\":[{\"values\":[[\" 1\",\"x\"]]}]}",
    "{\"streams\":[{\"values\":[[\"+1\",\"x\"]]}]}",
    "{\"streams\":[{\"values\":[[\"99999999999999999999999\",\"x\"]]}]}",
    "{\"streams\":[{\"values\":[[\"1\",5]]}]}",
    "{\"streams\":[{\"values\":[[\"1\",null]]}]}",
    "{\"streams\":[{\"values\":[[\"1\",{\"a\":1}]]}]}",
    "{\"streams\":[{\"values\":[[\"1\",\"bad \\x escape\"]]}]}",
    "{\"streams\":[{\"values\":[[\"1\",\"x\",\"notobj\"]]}]}",
    "{\"streams\":[{\"values\":[[\"1\",\"x\",{\"a\":5}]]}]}",
    "{\"streams\":[{\"values\":[[\"1\",\"x\",{\"a\":{\"b\":\"c\"}}]]}]}",
    "{\"streams\":[{\"entries\":[{\"ts\":\"yesterday\"}]}]}",
    "{\"streams\":[{\"entries\":[5]}]}",
    "{\"streams\" [}",
    std::string("{\"streams\":[\0]}", 15),
};

TEST_CASE("Decode refuses with one sentence what is no push") {
  for (const std::string& body : kRefused) {
    CAPTURE(body);
    const auto batch = DecodeJson(body);
    REQUIRE_FALSE(batch.has_value());
    CHECK(batch.error().status == 400);
    CHECK_FALSE(batch.error().text.empty());
    CHECK(batch.error().text.find('\n') == std::string::npos);
  }
}

TEST_CASE("a push without streams is well formed but gets 422") {
  for (const std::string_view body : {"null", "{}", R"({"streams":[]})", R"({"streams":null})"}) {
    CAPTURE(std::string(body));
    CHECK(ShowResult(DecodeJson(body)) ==
          "422 error at least one valid stream is required for ingestion");
  }
}

TEST_CASE("label names that are none are refused in the words of the label parser") {
  const std::pair<std::string_view, std::string_view> kNames[] = {
      {"bad-name", "1:5: parse error: unexpected character inside braces: '-'"},
      {"1abc", "1:2: parse error: unexpected character inside braces: '1'"},
      {"", "1:2: parse error: unexpected \"=\" in label set, expected identifier or \"}\""},
      {"a b", "1:4: parse error: unexpected identifier \"b\" in label set, expected \"=\""},
      {"ü", "1:2: parse error: unexpected character inside braces: 'ü'"},
  };
  for (const auto& [name, want] : kNames) {
    CAPTURE(std::string(name));
    const std::string body = R"({"streams":[{"stream":{"app":"x"},"values":[]},{"stream":{")" +
                             std::string(name) + R"(":"x"},"values":[["1","y"]]}]})";
    CHECK(ShowResult(DecodeJson(body)) == "400 couldn't parse labels: " + std::string(want));
  }
}

TEST_CASE("huge bodies of nothing but punctuation are refused at once") {
  for (const char c : {'{', '[', ',', ':'}) {
    const auto batch = DecodeJson(std::string(20 << 20, c));
    REQUIRE_FALSE(batch.has_value());
    CHECK(batch.error().status == 400);
  }
  const std::string deep = R"({"streams":[{"other":)" + std::string(200'000, '[') +
                           std::string(200'000, ']') + R"(,"values":[["1","x"]]}]})";
  CHECK(ShowResult(DecodeJson(deep)) == "{} 1 x");
  CHECK_FALSE(DecodeJson(R"({"streams":)" + std::string(200'000, '[')).has_value());
}

TEST_CASE("objects that cost far more than their bytes are refused") {
  std::string body = R"({"streams":[{"values":[)";
  for (int i = 0; i < 400'000; ++i) body += "[\"12\"],";
  body += "[]]}]}";
  CHECK(ShowResult(DecodeJson(body)) ==
        "413 push has too many entries, labels and metadata for its size");
}

TEST_CASE("long documents and many strings come through whole") {
  std::string body = R"({"streams":[{"stream":{"app":"x"},"values":[)";
  std::string want = R"({app="x"})";
  for (int i = 0; i < 30'000; ++i) {
    const std::string number = std::to_string(i);
    if (i > 0) body += ',', want += ';';
    body += "[\"" + number + R"(","line \"quoted\" )" + number + R"(",{"k":"v)" + number + R"("}])";
    want += ' ' + number + " line \"quoted\" " + number + " k=v" + number;
  }
  body += "]}]}";
  CHECK(ShowResult(DecodeJson(body)) == want);
}

TEST_CASE("UnescapeLikeGo stops at the closing quote and refuses what is no escape") {
  const std::pair<std::string_view, std::string_view> kStrings[] = {
      {R"(abc" rest)", "abc"},           {R"(\b\f\n\r\t\/\"\\")", "\b\f\n\r\t/\"\\"},
      {R"(\u0041\u00e9\u20ac")", "Aé€"}, {R"(\ud83d\ude00")", "😀"},
      {R"(\ud83d")", "\xEF\xBF\xBD"},    {R"(\ude00\ud83d")", "\xEF\xBF\xBD\xEF\xBF\xBD"},
  };
  for (const auto& [text, want] : kStrings) {
    CAPTURE(std::string(text));
    std::string out(text.size(), '\0');
    const char* end = UnescapeLikeGo(text, out.data());
    REQUIRE(end != nullptr);
    CHECK(out.substr(0, static_cast<size_t>(end - out.data())) == want);
  }
  for (const std::string_view text :
       {"no end", "\\", "\\x\"", "\\u12\"", "\\u12g4\"", "\\u-123\""}) {
    CAPTURE(std::string(text));
    std::string out(text.size() + 4, '\0');
    CHECK(UnescapeLikeGo(text, out.data()) == nullptr);
  }
}

}  // namespace
}  // namespace narfi::ingest
