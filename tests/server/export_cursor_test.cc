#include <doctest/doctest.h>

#include "server/export_writer.h"

namespace narfi::server {
namespace {

TEST_CASE("a cursor is a time and a number") {
  const auto cursor = ParseExportCursor("-17-3");
  REQUIRE(cursor.has_value());
  CHECK(cursor->time_ns == -17);
  CHECK(cursor->position == 3);
  for (const char* bad :
       {"", "-", "1", "1-", "-1", "1-x", "x-1", "1--1", "1-1 ", "9223372036854775807-0",
        "99999999999999999999-0", "1-18446744073709551615"}) {
    CAPTURE(bad);
    CHECK_FALSE(ParseExportCursor(bad).has_value());
  }
}

}  // namespace
}  // namespace narfi::server
