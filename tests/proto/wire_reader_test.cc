#include "proto/wire_reader.h"

#include <doctest/doctest.h>
#include <google/protobuf/stubs/logging.h>

#include <random>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "proto/logproto.pb.h"

namespace narfi::proto {
namespace {

using std::string_literals::operator""s;

struct Case {
  const char* name;
  std::string bytes;
  WireError want;
};

const Case kMalformed[] = {
    {"nothing at all", "", WireError::kNone},
    {"a varint field", "\x08\x96\x01"s, WireError::kNone},
    {"a tag without a value", "\x08"s, WireError::kTruncated},
    {"a varint that does not end", "\x08\xff\xff"s, WireError::kTruncated},
    {"a varint of ten bytes with all bits set", "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"s,
     WireError::kNone},
    {"a varint with a 65th bit", "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"s,
     WireError::kOverflow},
    {"a varint of eleven bytes", "\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"s,
     WireError::kOverflow},
    {"a tag of more than 32 bits", "\x88\x80\x80\x80\x80\x01\x00"s, WireError::kOverflow},
    {"field number 0", "\x00\x01"s, WireError::kIllegalTag},
    {"wire type 6", "\x0e\x01"s, WireError::kIllegalTag},
    {"wire type 7", "\x0f\x01"s, WireError::kIllegalTag},
    {"bytes longer than what is left", "\x0a\x05xy"s, WireError::kTruncated},
    {"bytes of nearly 2^64", "\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01xy"s,
     WireError::kTruncated},
    {"a cut fixed32", "\x0d\x01\x02"s, WireError::kTruncated},
    {"a cut fixed64", "\x09\x01\x02\x03\x04"s, WireError::kTruncated},
    {"a group with fields and a group in it", "\x0b\x10\x01\x1b\x1c\x0c"s, WireError::kNone},
    {"a group that does not end", "\x0b\x10\x01"s, WireError::kTruncated},
    {"the end of no group", "\x0c"s, WireError::kStrayGroupEnd},
    {"field number 0 in a group", "\x0b\x00\x01\x0c"s, WireError::kIllegalTag},
};

TEST_CASE("WireReader skips what is well formed and stops at what is not") {
  for (const Case& c : kMalformed) {
    CAPTURE(std::string(c.name));
    WireReader reader(c.bytes);
    while (reader.Next()) reader.Skip();
    CHECK(reader.error() == c.want);
    CHECK(reader.ok() == (c.want == WireError::kNone));
  }
}

TEST_CASE("WireReader wants a field of the type it is read as, and gives nothing after an error") {
  WireReader reader("\x08\x05\x10\x07");
  REQUIRE(reader.Next());
  CHECK(reader.Bytes().empty());
  CHECK(reader.error() == WireError::kWrongType);
  CHECK_FALSE(reader.Next());
  CHECK(reader.Varint() == 0);
  CHECK(reader.error() == WireError::kWrongType);
}

TEST_CASE("WireReader skips a million nested groups without recursion") {
  std::string bytes(1'000'000, '\x0b');
  WireReader open(bytes);
  while (open.Next()) open.Skip();
  CHECK(open.error() == WireError::kTruncated);
  bytes.append(1'000'000, '\x0c');
  WireReader closed(bytes);
  int fields = 0;
  for (; closed.Next(); ++fields) closed.Skip();
  CHECK(closed.ok());
  CHECK(fields == 1);
}

TEST_CASE("each error has its sentence") {
  for (const WireError error : {WireError::kTruncated, WireError::kOverflow, WireError::kIllegalTag,
                                WireError::kWrongType, WireError::kStrayGroupEnd}) {
    CHECK_FALSE(WireErrorText(error).empty());
  }
  CHECK(WireErrorText(WireError::kTruncated) == "unexpected EOF");
}

// What the reader finds in a PushRequest, as text, and what the generated code finds.
std::string ShowByReader(std::string_view bytes, bool& ok);
std::string ShowByGenerated(const logproto::PushRequest& push);

std::string ShowPair(std::string_view bytes, bool& ok) {
  std::string name;
  std::string value;
  WireReader reader(bytes);
  while (reader.Next()) {
    switch (reader.field()) {
      case 1:
        name = reader.Bytes();
        break;
      case 2:
        value = reader.Bytes();
        break;
      default:
        reader.Skip();
    }
  }
  ok = ok && reader.ok();
  return "<" + name + "=" + value + ">";
}

std::string ShowEntry(std::string_view bytes, bool& ok) {
  int64_t seconds = 0;
  int32_t nanos = 0;
  std::string line;
  std::string pairs;
  WireReader reader(bytes);
  while (reader.Next()) {
    switch (reader.field()) {
      case 1: {
        WireReader time(reader.Bytes());
        while (time.Next()) {
          switch (time.field()) {
            case 1:
              seconds = time.Int64();
              break;
            case 2:
              nanos = time.Int32();
              break;
            default:
              time.Skip();
          }
        }
        ok = ok && time.ok();
        break;
      }
      case 2:
        line = reader.Bytes();
        break;
      case 3:
        pairs += ShowPair(reader.Bytes(), ok);
        break;
      default:
        reader.Skip();
    }
  }
  ok = ok && reader.ok();
  return "[" + std::to_string(seconds) + "." + std::to_string(nanos) + " " + line + pairs + "]";
}

std::string ShowByReader(std::string_view bytes, bool& ok) {
  std::string out;
  WireReader reader(bytes);
  while (reader.Next()) {
    if (reader.field() != 1) {
      reader.Skip();
      continue;
    }
    std::string labels;
    std::string entries;
    uint64_t hash = 0;
    WireReader stream(reader.Bytes());
    while (stream.Next()) {
      switch (stream.field()) {
        case 1:
          labels = stream.Bytes();
          break;
        case 2:
          entries += ShowEntry(stream.Bytes(), ok);
          break;
        case 3:
          hash = stream.Varint();
          break;
        default:
          stream.Skip();
      }
    }
    ok = ok && stream.ok();
    out += "{" + labels + " " + std::to_string(hash) + entries + "}";
  }
  ok = ok && reader.ok();
  return out;
}

std::string ShowByGenerated(const logproto::PushRequest& push) {
  std::string out;
  for (const auto& stream : push.streams()) {
    std::string entries;
    for (const auto& entry : stream.entries()) {
      std::string pairs;
      for (const auto& pair : entry.structuredmetadata()) {
        pairs += "<" + pair.name() + "=" + pair.value() + ">";
      }
      entries += "[" + std::to_string(entry.timestamp().seconds()) + "." +
                 std::to_string(entry.timestamp().nanos()) + " " + entry.line() + pairs + "]";
    }
    out += "{" + stream.labels() + " " + std::to_string(stream.hash()) + entries + "}";
  }
  return out;
}

class RandomPushes {
 public:
  explicit RandomPushes(uint32_t seed) : random_(seed) {}

  logproto::PushRequest Make() {
    logproto::PushRequest push;
    for (uint32_t s = Below(4); s > 0; --s) {
      auto* stream = push.add_streams();
      stream->set_labels(Text());
      if (Below(2) != 0) stream->set_hash(Number());
      for (uint32_t e = Below(5); e > 0; --e) FillEntry(*stream->add_entries());
    }
    return push;
  }

  // A field that PushRequest does not know, of any wire type.
  void AppendUnknown(std::string& bytes) {
    const uint64_t field = 1000 + Below(10);
    switch (Below(5)) {
      case 0:
        PutVarint(bytes, field << 3), PutVarint(bytes, Number());
        break;
      case 1:
        PutVarint(bytes, field << 3 | 1), PutU64(bytes, Number());
        break;
      case 2:
        PutVarint(bytes, field << 3 | 2), PutString(bytes, Text());
        break;
      case 3:
        PutVarint(bytes, field << 3 | 5), PutU32(bytes, Below(1 << 30));
        break;
      default:
        PutVarint(bytes, field << 3 | 3);
        PutVarint(bytes, 7 << 3), PutVarint(bytes, Number());
        PutVarint(bytes, field << 3 | 4);
    }
  }

  uint32_t Below(uint32_t end) { return static_cast<uint32_t>(random_() % end); }

 private:
  void FillEntry(logproto::EntryAdapter& entry) {
    entry.mutable_timestamp()->set_seconds(static_cast<int64_t>(Number()));
    entry.mutable_timestamp()->set_nanos(static_cast<int32_t>(Number()));
    entry.set_line(Text());
    for (uint32_t p = Below(3); p > 0; --p) {
      auto* pair = entry.add_structuredmetadata();
      pair->set_name(Text());
      pair->set_value(Text());
    }
    if (Below(4) == 0) entry.add_parsed()->set_name(Text());
  }

  uint64_t Number() { return random_() >> Below(64); }
  std::string Text() {
    std::string text;
    for (uint32_t n = Below(Below(8) == 0 ? 400 : 20); n > 0; --n) {
      text += static_cast<char>(' ' + Below(95));
    }
    return text;
  }

  std::mt19937_64 random_;
};

TEST_CASE("WireReader reads random pushes as the generated code does") {
  RandomPushes pushes(7);
  for (int round = 0; round < 3000; ++round) {
    const logproto::PushRequest push = pushes.Make();
    std::string bytes;
    pushes.AppendUnknown(bytes);
    bytes += push.SerializeAsString();
    pushes.AppendUnknown(bytes);
    bool ok = true;
    REQUIRE(ShowByReader(bytes, ok) == ShowByGenerated(push));
    REQUIRE(ok);
  }
}

TEST_CASE("what WireReader accepts of damaged pushes, the generated code reads the same way") {
  const google::protobuf::LogSilencer silence;  // it reports each text that is no UTF-8
  RandomPushes pushes(8);
  int accepted = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string bytes = pushes.Make().SerializeAsString();
    if (bytes.empty()) continue;
    if (pushes.Below(2) == 0) bytes.resize(pushes.Below(static_cast<uint32_t>(bytes.size())));
    for (uint32_t n = pushes.Below(3); n > 0 && !bytes.empty(); --n) {
      bytes[pushes.Below(static_cast<uint32_t>(bytes.size()))] ^=
          static_cast<char>(1 + pushes.Below(255));
    }
    bool ok = true;
    const std::string shown = ShowByReader(bytes, ok);
    logproto::PushRequest push;
    // The generated code also refuses text that is not UTF-8, and groups that end as another field.
    if (!push.ParseFromString(bytes) || !ok) continue;
    ++accepted;
    REQUIRE(shown == ShowByGenerated(push));
  }
  CHECK(accepted > 1000);
}

}  // namespace
}  // namespace narfi::proto
