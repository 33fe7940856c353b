#include "proto/push_writer.h"

#include <doctest/doctest.h>

#include "proto/logproto.pb.h"

namespace narfi::proto {
namespace {

TEST_CASE("generated code reads what the push writer writes") {
  PushWriter writer;
  writer.BeginStream("{a=\"1\"}");
  writer.AddEntry(0, "");
  writer.AddEntry(-1, "before 1970");
  writer.AddEntry(1'795'132'800'123'456'789, std::string(300, 'x'));
  writer.BeginStream("{b=\"2\"}");
  writer.BeginStream("{c=\"3\"}");
  writer.AddEntry(5'000'000'000, std::string("\0x", 2));
  logproto::PushRequest request;
  REQUIRE(request.ParseFromString(writer.Take()));
  REQUIRE(request.streams_size() == 3);
  CHECK(request.streams(0).labels() == "{a=\"1\"}");
  REQUIRE(request.streams(0).entries_size() == 3);
  CHECK(request.streams(0).entries(0).line().empty());
  CHECK(request.streams(0).entries(1).timestamp().seconds() == -1);
  CHECK(request.streams(0).entries(1).timestamp().nanos() == 999'999'999);
  CHECK(request.streams(0).entries(2).timestamp().seconds() == 1'795'132'800);
  CHECK(request.streams(0).entries(2).timestamp().nanos() == 123'456'789);
  CHECK(request.streams(0).entries(2).line() == std::string(300, 'x'));
  CHECK(request.streams(1).entries_size() == 0);
  CHECK(request.streams(2).entries(0).line() == std::string("\0x", 2));
  CHECK(writer.Take().empty());
}

}  // namespace
}  // namespace narfi::proto
