#include <doctest/doctest.h>

#include <random>

#include "base/bytes.h"
#include "ingest/push_decode.h"
#include "tests/ingest/push_support.h"

namespace narfi::ingest {
namespace {

std::string Field(uint32_t number, std::string_view bytes) {
  std::string out;
  PutVarint(out, number << 3 | 2);
  PutString(out, bytes);
  return out;
}

std::string Time(int64_t seconds, int64_t nanos) {
  std::string out;
  PutVarint(out, 1 << 3);
  PutVarint(out, static_cast<uint64_t>(seconds));
  PutVarint(out, 2 << 3);
  PutVarint(out, static_cast<uint64_t>(nanos));
  return out;
}

std::string Pair(std::string_view name, std::string_view value) {
  return Field(3, Field(1, name) + Field(2, value));
}

std::string Entry(int64_t seconds, int64_t nanos, std::string_view line,
                  const std::string& more = {}) {
  return Field(2, Field(1, Time(seconds, nanos)) + Field(2, line) + more);
}

std::string Stream(std::string_view labels, const std::string& entries) {
  return Field(1, Field(1, labels) + entries);
}

std::string DecodeAndShow(const std::string& bytes) {
  return ShowResult(Decode({"application/x-protobuf", "", Snappy(bytes)}, {}));
}

TEST_CASE("a message of gRPC is the same without snappy, packed by gzip or not") {
  const std::string bytes = Stream(R"({app="x"})", Entry(1, 5, "x", Pair("k", "v")));
  const std::string want = ShowResult(Decode({"application/x-protobuf", "", Snappy(bytes)}, {}));
  CHECK(want.starts_with("{"));
  CHECK(ShowResult(Decode({kPlainProtoType, "", bytes}, {})) == want);
  CHECK(ShowResult(Decode({kPlainProtoType, "gzip", Deflated(bytes, 31)}, {})) == want);
  DecodeLimits limits;
  limits.max_unpacked_bytes = bytes.size() - 1;
  CHECK(ShowResult(Decode({kPlainProtoType, "gzip", Deflated(bytes, 31)}, limits))
            .starts_with("413 "));
}

TEST_CASE("Decode reads protobuf pushes") {
  const std::string push =
      Stream(R"({z="1",app="a", b="2"})",
             Entry(1, 5, "x", Pair("k", "v") + Pair("", "")) + Entry(-1, 0, "bad \xff utf8")) +
      Stream("{}", Entry(2, 999'999'999, ""));
  CHECK(
      DecodeAndShow(push) ==
      "{app=\"a\", b=\"2\", z=\"1\"} 1000000005 x k=v =; -1000000000 bad \xff utf8|{} 2999999999 ");
}

TEST_CASE("unknown fields, the hash and parsed labels of a push are ignored") {
  std::string unknown;
  PutVarint(unknown, 3 << 3);  // hash
  PutVarint(unknown, 12345);
  const std::string entry = Entry(1, 0, "x", Field(4, Field(1, "a")) + Field(9, "?"));
  CHECK(DecodeAndShow(Field(7, "?") + Stream("{}", unknown + entry)) == "{} 1000000000 x");
}

TEST_CASE("an entry without a timestamp has no time, one out of range the nearest there is") {
  CHECK(DecodeAndShow(Stream("{}", Field(2, Field(2, "x")))) ==
        "{} " + std::to_string(kNoTime) + " x");
  CHECK(DecodeAndShow(Stream("{}", Field(2, Field(1, "")))) == "{} 0 ");
  CHECK(DecodeAndShow(Stream("{}", Entry(INT64_MAX / 2, 0, "x"))) ==
        "{} " + std::to_string(INT64_MAX) + " x");
  CHECK(DecodeAndShow(Stream("{}", Entry(INT64_MIN, 0, "x"))) ==
        "{} " + std::to_string(INT64_MIN) + " x");
  CHECK(DecodeAndShow(Stream("{}", Entry(1, 1'000'000'000, "x"))) ==
        "400 timestamp: nanos not in range [0, 1e9)");
  CHECK(DecodeAndShow(Stream("{}", Entry(1, -1, "x"))) ==
        "400 timestamp: nanos not in range [0, 1e9)");
}

TEST_CASE("malformed protobuf is refused with a sentence") {
  CHECK(DecodeAndShow("\xff\xff\xff\xff") == "400 unexpected EOF");
  CHECK(DecodeAndShow(Field(1, "\x0a\x05x")) == "400 unexpected EOF");
  CHECK(DecodeAndShow(Field(1, Field(2, Field(1, "\x08")))) == "400 unexpected EOF");
  CHECK(DecodeAndShow(std::string("\x08\x01", 2)) ==
        "400 proto: wrong wire type for a known field");
  CHECK(DecodeAndShow(std::string("\x00\x01", 2)) == "400 proto: illegal tag");
  CHECK(DecodeAndShow("\x0c") == "400 proto: wiretype end group for non-group");
}

struct LabelCase {
  std::string_view text;
  std::string_view want;
};

constexpr LabelCase kLabels[] = {
    {"", "{}"},
    {"{}", "{}"},
    {" { } ", "{}"},
    {R"({a="b"})", R"({a="b"})"},
    {R"( { a = "b" , c="d" , } )", R"({a="b", c="d"})"},
    {R"({b="1",a="2"})", R"({a="2", b="1"})"},
    {R"({a="",b="x"})", R"({b="x"})"},
    {R"({a="q\"uo\\te"})", R"({a="q\"uo\\te"})"},
    {"{a=\"ünï\"}", "{a=\"ünï\"}"},
};

TEST_CASE("ParseStreamLabels reads the plain form") {
  for (const LabelCase& c : kLabels) {
    CAPTURE(std::string(c.text));
    PushStream stream;
    ObjectBudget budget(c.text.size());
    REQUIRE(ParseStreamLabels(c.text, budget, stream).has_value());
    CHECK(stream.labels.ToString() == c.want);
    CHECK(stream.clashing_labels.empty());
  }
}

TEST_CASE("the label parser of LogQL reads the rest of the forms") {
  const LabelCase kRest[] = {
      {"{a=\"line\\nbreak\"}", "{a=\"line\\nbreak\"}"},
      {"nonsense", "{__name__=\"nonsense\"}"},
  };
  for (const LabelCase& c : kRest) {
    CAPTURE(std::string(c.text));
    PushStream stream;
    ObjectBudget budget(c.text.size());
    REQUIRE(ParseStreamLabels(c.text, budget, stream).has_value());
    CHECK(stream.labels.ToString() == c.want);
  }
  const LabelCase kErrors[] = {
      {R"({app="x")", "1:9: parse error: unexpected end of input inside braces"},
      {R"({app=~"x"})", "1:5: parse error: unexpected <op:=~> in label set, expected \"=\""},
      {R"({bad-name="y"})", "1:5: parse error: unexpected character inside braces: '-'"},
  };
  for (const LabelCase& c : kErrors) {
    CAPTURE(std::string(c.text));
    PushStream stream;
    ObjectBudget budget(c.text.size());
    const Status status = ParseStreamLabels(c.text, budget, stream);
    REQUIRE_FALSE(status.has_value());
    CHECK(status.error().text == "couldn't parse labels: " + std::string(c.want));
  }
}

TEST_CASE("a name that comes twice is kept for the answer") {
  PushStream stream;
  ObjectBudget budget(0);
  REQUIRE(ParseStreamLabels(R"({app="x", b="z", app="y"})", budget, stream).has_value());
  REQUIRE(stream.clashing_labels.size() == 3);
  CHECK(stream.clashing_labels[0] == Label{"app", "x"});
  CHECK(stream.clashing_labels[1] == Label{"app", "y"});
}

TEST_CASE("short lines are not too many") {
  std::string entries;
  for (int i = 0; i < 100'000; ++i) entries += Entry(1, 0, "x");
  CHECK(DecodeAndShow(Stream("{}", entries)).starts_with("{} 1000000000 x"));
}

TEST_CASE("objects that cost far more than their bytes are refused in protobuf as well") {
  const std::string too_many = "413 push has too many entries, labels and metadata for its size";
  std::string entries;
  for (int i = 0; i < 200'000; ++i) entries += Field(2, "");
  CHECK(DecodeAndShow(Field(1, entries)) == too_many);
  // What was accepted once comes back from the write-ahead log, whatever an entry takes by now.
  const std::string packed = Snappy(Field(1, entries));
  DecodeLimits replay;
  replay.is_replay = true;
  const auto again = Decode({"application/x-protobuf", "", packed}, replay);
  REQUIRE(again.has_value());
  CHECK(again->streams[0].entries.size() == 200'000);
  std::string pairs;
  for (int i = 0; i < 200'000; ++i) pairs += Field(3, "");
  CHECK(DecodeAndShow(Field(1, Field(2, pairs))) == too_many);
  std::string streams;
  for (int i = 0; i < 200'000; ++i) streams += Field(1, "");
  CHECK(DecodeAndShow(streams) == too_many);
  CHECK(DecodeAndShow(Field(1, Field(1, "{" + std::string(200'000, '=') + "}"))) == too_many);
}

TEST_CASE("damaged protobuf never does more than fail") {
  std::mt19937 random(3);
  const std::string push =
      Stream(R"({a="b"})", Entry(1, 5, "some line", Pair("name", "value")) + Entry(2, 6, "x"));
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = push;
    for (int n = 0; n < 3; ++n) bytes[random() % bytes.size()] = static_cast<char>(random());
    bytes.resize(random() % 4 == 0 ? random() % bytes.size() : bytes.size());
    PushBatch batch;
    const Status status = DecodeProtoPush(bytes, batch);
    if (!status) CHECK_FALSE(status.error().text.empty());
  }
}

}  // namespace
}  // namespace narfi::ingest
