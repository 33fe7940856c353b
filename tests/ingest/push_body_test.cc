#include "ingest/push_body.h"

#include <doctest/doctest.h>

#include "ingest/body_codec.h"
#include "ingest/content_type.h"
#include "tests/ingest/push_support.h"

namespace narfi::ingest {
namespace {

constexpr std::string_view kJson =
    R"({"streams":[{"stream":{"app":"x"},"values":[["5","first",{"a":"1"}],["6","second"]]}]})";
constexpr std::string_view kShown = R"({app="x"} 5 first a=1; 6 second)";

// The same push as protobuf, but for the first entry's metadata.
std::string ProtoBody() {
  using std::string_literals::operator""s;
  return "\x0a\x2b\x0a\x09{app=\"x\"}\x12\x0e\x0a\x04\x08\x00\x10\x05\x12\x06"s + "first " +
         "\x12\x0e\x0a\x04\x08\x00\x10\x06\x12\x06second"s;
}

struct Case {
  const char* name;
  std::string_view type;
  std::string_view encoding;
  std::string body;
  std::string want;
};

const Case kCases[] = {
    {"plain JSON", "application/json", "", std::string(kJson), std::string(kShown)},
    {"JSON with a charset", "Application/JSON; charset=\"latin-1\"", "", std::string(kJson),
     std::string(kShown)},
    {"gzip", "application/json", "gzip", Deflated(kJson, 31), std::string(kShown)},
    {"gzip in two members", "application/json", "gzip",
     Deflated(kJson.substr(0, 20), 31) + Deflated(kJson.substr(20), 31), std::string(kShown)},
    {"raw deflate", "application/json", "deflate", Deflated(kJson, -15), std::string(kShown)},
    {"zlib is no raw deflate", "application/json", "deflate", Deflated(kJson, 15), "400 EOF"},
    {"snappy is not removed from JSON", "application/json", "snappy", std::string(kJson),
     std::string(kShown)},
    {"protobuf", "application/x-protobuf", "", Snappy(ProtoBody()),
     R"({app="x"} 5 first ; 6 second)"},
    {"protobuf under any other type", "text/plain", "snappy", Snappy(ProtoBody()),
     R"({app="x"} 5 first ; 6 second)"},
    {"snappy protobuf in gzip", "application/x-protobuf", "gzip", Deflated(Snappy(ProtoBody()), 31),
     R"({app="x"} 5 first ; 6 second)"},
    {"protobuf without snappy", "application/x-protobuf", "", ProtoBody(),
     "400 snappy: corrupt input"},
    {"cut snappy", "application/x-protobuf", "", Snappy(ProtoBody()).substr(0, 20),
     "400 snappy: corrupt input"},
    {"no body as protobuf", "application/x-protobuf", "", "", "400 snappy: corrupt input"},
    {"no body as JSON", "application/json", "", "", "400 EOF"},
    {"blanks as JSON", "application/json", "", " \n ", "400 EOF"},
    {"snappy of nothing", "application/x-protobuf", "", Snappy(""),
     "422 error at least one valid stream is required for ingestion"},
    {"no media type", "", "", std::string(kJson), "400 mime: no media type"},
    {"bad media type", "bogus;;;", "", "x", "400 mime: invalid media parameter"},
    {"brotli", "application/json", "br", std::string(kJson),
     "400 Content-Encoding \"br\" not supported"},
    {"identity", "application/json", "identity", std::string(kJson),
     "400 Content-Encoding \"identity\" not supported"},
    {"zstd, which OTLP alone takes", "application/json", "zstd", Zstd(kJson),
     "400 Content-Encoding \"zstd\" not supported"},
    {"lz4, which OTLP alone takes", "application/json", "lz4", Lz4(kJson),
     "400 Content-Encoding \"lz4\" not supported"},
    {"gzip that is none", "application/json", "gzip", std::string(kJson),
     "400 gzip: invalid header"},
    {"gzip of nothing", "application/json", "gzip", "", "400 EOF"},
    {"gzip cut in its header", "application/json", "gzip", "\x1f\x8b broken", "400 unexpected EOF"},
    {"gzip cut in its data", "application/json", "gzip", Deflated(kJson, 31).substr(0, 40),
     "400 unexpected EOF"},
};

TEST_CASE("Decode takes the bodies that Loki takes, and refuses in its words") {
  for (const Case& c : kCases) {
    CAPTURE(std::string(c.name));
    CHECK(ShowResult(Decode({c.type, c.encoding, c.body}, {})) == c.want);
  }
}

TEST_CASE("a gzip body with a wrong checksum is refused") {
  std::string body = Deflated(kJson, 31);
  body[body.size() - 6] ^= 1;
  CHECK(ShowResult(Decode({"application/json", "gzip", body}, {})) == "400 gzip: invalid checksum");
}

TEST_CASE("entries are numbered over the whole body") {
  const auto batch = DecodeJson(
      R"({"streams":[{"values":[["1","a"],["2","b"]]},{"values":[]},{"values":[["3","c"]]}]})");
  REQUIRE(batch.has_value());
  REQUIRE(batch->streams.size() == 3);
  CHECK(batch->streams[0].entries[0].ordinal == 0);
  CHECK(batch->streams[0].entries[1].ordinal == 1);
  CHECK(batch->streams[2].entries[0].ordinal == 2);
}

TEST_CASE("bodies over a limit get 413, packed or unpacked") {
  const std::string zeros(1 << 20, '0');
  const DecodeLimits limits{.max_body_bytes = 100'000, .max_unpacked_bytes = 500'000};
  CHECK(ShowResult(Decode({"application/json", "", zeros}, limits)) ==
        "413 Request body too large: 1048576 bytes, limit: 100000 bytes");
  const std::string text = "413 Request body too large: 500001 bytes, limit: 500000 bytes";
  CHECK(ShowResult(Decode({"application/json", "gzip", Deflated(zeros, 31)}, limits)) == text);
  CHECK(ShowResult(Decode({"application/json", "deflate", Deflated(zeros, -15)}, limits)) == text);
  CHECK(ShowResult(Decode({"application/x-protobuf", "", Snappy(zeros)}, limits)) ==
        "413 Request body too large: 1048576 bytes, limit: 500000 bytes");
}

TEST_CASE("a snappy body that claims gigabytes is refused before anything is allocated") {
  CHECK(UnpackSnappy("\xff\xff\xff\xff\x0f rest", 1ULL << 40).error().text ==
        "snappy: corrupt input");
}

TEST_CASE("unpacked bodies of exactly the limit pass") {
  const std::string zeros(300'000, '0');
  CHECK(Gunzip(Deflated(zeros, 31), zeros.size())->size() == zeros.size());
  CHECK(Inflate(Deflated(zeros, -15), zeros.size())->size() == zeros.size());
  CHECK(UnpackSnappy(Snappy(zeros), zeros.size())->size() == zeros.size());
  CHECK_FALSE(Gunzip(Deflated(zeros, 31), zeros.size() - 1).has_value());
}

TEST_CASE("ParseMediaType reads media types as Go does") {
  const std::pair<std::string_view, std::string_view> kTypes[] = {
      {"application/json", "application/json"},
      {" Text/Plain ; charset=utf-8 ", "text/plain"},
      {"a/b;c=\"x;y\\\"z\";d=e", "a/b"},
      {"a/b;", "a/b"},
      {"a/b ; ", "a/b"},
      {"form-data", "form-data"},
      {"", "mime: no media type"},
      {" ; a=b", "mime: no media type"},
      {"a b", "mime: expected slash after first token"},
      {"a/", "mime: expected token after slash"},
      {"a/b c", "mime: unexpected content after media subtype"},
      {"a/b;c", "mime: invalid media parameter"},
      {"a/b;c=", "mime: invalid media parameter"},
      {"a/b;c=\"x", "mime: invalid media parameter"},
      {"a/b;c=1;C=2", "mime: duplicate parameter name"},
  };
  for (const auto& [header, want] : kTypes) {
    CAPTURE(std::string(header));
    const Result<std::string> got = ParseMediaType(header);
    CHECK((got ? *got : got.error().text) == want);
  }
}

}  // namespace
}  // namespace narfi::ingest
