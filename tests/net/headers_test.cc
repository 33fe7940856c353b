#include "net/headers.h"

#include <doctest/doctest.h>

namespace narfi::net {
namespace {

TEST_CASE("header names compare without regard to case, and the first of a name counts") {
  Headers headers = {{"Content-Type", "text/plain"}, {"X-A", "1"}, {"x-a", "2"}};
  CHECK(headers.Get("content-TYPE") == "text/plain");
  CHECK(headers.Get("X-a") == "1");
  CHECK(headers.Get("none").empty());
  CHECK(headers.Has("x-A"));
  CHECK_FALSE(headers.Has("x-b"));
  headers.Set("X-A", "3");
  CHECK(headers.Get("x-a") == "3");
  CHECK(headers.size() == 2);
}

TEST_CASE("HasToken looks into comma-separated lists and past parameters") {
  const Headers headers = {{"Accept-Encoding", "br, GZIP;q=0.5"},
                           {"Content-Type", "application/json; charset=utf-8"},
                           {"Connection", "keep-alive"},
                           {"Connection", "Upgrade"}};
  CHECK(headers.HasToken("accept-encoding", "gzip"));
  CHECK(headers.HasToken("content-type", "application/json"));
  CHECK(headers.HasToken("connection", "upgrade"));
  CHECK_FALSE(headers.HasToken("accept-encoding", "zip"));
  CHECK_FALSE(headers.HasToken("none", ""));
}

}  // namespace
}  // namespace narfi::net
