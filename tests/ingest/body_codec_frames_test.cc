#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>

#include "base/clock.h"
#include "ingest/body_codec.h"
#include "ingest/push_body.h"
#include "ingest/push_memory.h"
#include "tests/ingest/push_support.h"

namespace narfi::ingest {
namespace {

struct Packing {
  const char* name;
  std::string (*pack)(std::string_view);
  Result<std::string> (*unpack)(std::string_view, uint64_t);
};
constexpr Packing kPackings[] = {{"zstd", Zstd, UnpackZstd}, {"lz4", Lz4, UnpackLz4}};
constexpr uint64_t kMb = 1 << 20;

// Text that packs by three or so.
std::string Lines(size_t bytes) {
  std::string out;
  for (uint64_t i = 0; out.size() < bytes; ++i)
    out += fmt::format("GET /cart/{:x} took {} ms\n", i * 0x9E3779B97F4A7C15, i * i % 977);
  out.resize(bytes);
  return out;
}

std::string TextOf(const Result<std::string>& result) {
  return result ? *result : "error: " + result.error().text;
}

TEST_CASE("frames of zstd and LZ4 unpack to what was packed, of whatever size") {
  for (const Packing& c : kPackings) {
    CAPTURE(c.name);
    for (const size_t bytes : {0UL, 1UL, 100UL, 65'536UL, 100'001UL, 5'000'000UL}) {
      CAPTURE(bytes);
      const std::string text = Lines(bytes);
      const std::string even(bytes, 'x');
      CHECK(TextOf(c.unpack(c.pack(text), 8 * kMb)) == text);
      CHECK(TextOf(c.unpack(c.pack(even), 8 * kMb)) == even);
    }
  }
}

TEST_CASE("a body of exactly the limit passes, one of a byte more does not") {
  for (const Packing& c : kPackings) {
    CAPTURE(c.name);
    for (const std::string& text : {Lines(300'000), std::string(300'000, 'x'), Lines(7)}) {
      const auto exact = c.unpack(c.pack(text), text.size());
      CHECK(TextOf(exact) == text);
      const auto over = c.unpack(c.pack(text), text.size() - 1);
      REQUIRE_FALSE(over.has_value());
      CHECK(over.error().code == Code::kLimit);
      CHECK(over.error().text == fmt::format("Request body too large: {} bytes, limit: {} bytes",
                                             text.size(), text.size() - 1));
    }
  }
}

TEST_CASE("several frames in a row are one body, with frames to skip among them") {
  using std::string_literals::operator""s;
  const std::string skip = "\x50\x2a\x4d\x18\x03\0\0\0abc"s;
  for (const Packing& c : kPackings) {
    CAPTURE(c.name);
    const std::string first = Lines(200'000);
    CHECK(TextOf(c.unpack(c.pack(first) + skip + c.pack("") + c.pack("end"), kMb)) ==
          first + "end");
    const auto over = c.unpack(c.pack(first) + c.pack(first), 399'999);
    REQUIRE_FALSE(over.has_value());
    CHECK(over.error().code == Code::kLimit);
  }
}

TEST_CASE("what is cut at any byte is no body") {
  for (const Packing& c : kPackings) {
    CAPTURE(c.name);
    const std::string packed = c.pack(Lines(400));
    for (size_t size = 1; size < packed.size(); ++size) {
      CAPTURE(size);
      CHECK(TextOf(c.unpack(std::string_view(packed).substr(0, size), kMb)) ==
            "error: unexpected EOF");
    }
    CHECK(TextOf(c.unpack("", kMb)) == "error: EOF");
  }
}

TEST_CASE("bytes behind the last frame, wrong checksums and other formats are refused") {
  CHECK(TextOf(UnpackZstd(Zstd("text") + "rest", kMb)) == "error: zstd: Unknown frame descriptor");
  CHECK(TextOf(UnpackLz4(Lz4("text") + "rest of it", kMb)) ==
        "error: lz4: ERROR_frameType_unknown");
  CHECK(TextOf(UnpackZstd(Lz4("text"), kMb)) == "error: zstd: Unknown frame descriptor");
  CHECK(TextOf(UnpackLz4(Zstd("text of some length"), kMb)) ==
        "error: lz4: ERROR_frameType_unknown");
  std::string packed = Lz4("text");
  packed.back() ^= 1;
  CHECK(TextOf(UnpackLz4(packed, kMb)) == "error: lz4: ERROR_contentChecksum_invalid");
}

// A frame that says what it unpacks to (0xFD: eight bytes of it, one segment) and has one block.
TEST_CASE("what a frame claims about its size is not believed") {
  using std::string_literals::operator""s;
  const std::string huge =
      "\x28\xb5\x2f\xfd\xe0\xff\xff\xff\xff\xff\0\0\0\x01\0\0"s;  // of 1 TiB, an empty last block
  CHECK(ClaimedUnpacked("zstd", huge) < 8192);
  CHECK(TextOf(UnpackZstd(huge, kMb)).starts_with("error: "));
  CHECK(ClaimedUnpacked("zstd", Zstd(Lines(50'000))) == 50'000);
}

constexpr std::string_view kOtlpJson = "\1otlp:application/json";
constexpr std::string_view kRecord =
    R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"5","body":{"stringValue":"%"}}]}]}]})";

std::string Body(std::string_view line) {
  std::string out(kRecord);
  return out.replace(out.find('%'), 1, line);
}

TEST_CASE("OTLP bodies come packed by zstd and lz4 too") {
  for (const Packing& c : kPackings) {
    CAPTURE(c.name);
    CHECK(ShowResult(Decode({kOtlpJson, c.name, c.pack(Body("hello")), 9}, {})) ==
          ShowResult(Decode({kOtlpJson, "", Body("hello"), 9}, {})));
    CHECK(ShowResult(Decode({kOtlpJson, c.name, Body("hello"), 9}, {})).substr(0, 4) == "400 ");
    const DecodeLimits limits{.max_body_bytes = kMb, .max_unpacked_bytes = 100'000};
    CHECK(ShowResult(Decode({kOtlpJson, c.name, c.pack(std::string(200'000, ' ')), 9}, limits)) ==
          "413 Request body too large: 100001 bytes, limit: 100000 bytes");
  }
  CHECK(ShowResult(Decode({kOtlpJson, "zstd", Body("hello"), 9}, {})) ==
        "400 zstd: Unknown frame descriptor");
}

TEST_CASE("memory for OTLP bodies is taken before it is used, more where more is in them") {
  for (const Packing& c : kPackings) {
    CAPTURE(c.name);
    PushMemory memory(256 * kMb, SystemClock());
    for (const size_t bytes : {100UL, 3'000'000UL}) {
      const std::string packed = c.pack(Body(std::string(bytes, 'x')));
      {
        const auto decoded = DecodeWithin(memory, 0, {kOtlpJson, c.name, packed, 9}, {});
        REQUIRE(decoded.has_value());
        CHECK(decoded->batch.streams[0].entries[0].line.size() == bytes);
        CHECK(memory.bytes() > bytes);
      }
      CHECK(memory.bytes() == 0);
    }
    const auto other = memory.Take(256 * kMb, 0);
    const std::string packed = c.pack(Body(Lines(300'000)));
    const auto refused = DecodeWithin(memory, 0, {kOtlpJson, c.name, packed, 9}, {});
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().status == 429);
  }
}

}  // namespace
}  // namespace narfi::ingest
