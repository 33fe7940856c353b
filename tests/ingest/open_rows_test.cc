#include "ingest/open_rows.h"

#include <doctest/doctest.h>

#include <string>

namespace narfi::ingest {
namespace {

TEST_CASE("entries that take turns between few metadata share them") {
  OpenRows rows;
  const std::string levels[] = {"info", "warn", "error"};
  for (int i = 0; i < 30; ++i) {
    const std::string level = levels[i % 3];  // text of its own
    const MetadataPair pair{"detected_level", level};
    REQUIRE(rows.Append(i, "line", {&pair, 1}));
  }
  for (uint32_t i = 0; i < 30; ++i) {
    REQUIRE(rows.row(i).metadata.size() == 1);
    CHECK(rows.row(i).metadata[0].value == levels[i % 3]);
    CHECK(rows.row(i).metadata.data() == rows.row(i % 3).metadata.data());
  }
}

TEST_CASE("metadata that are all different stay so") {
  OpenRows rows;
  for (int i = 0; i < 30; ++i) {
    const std::string id = std::to_string(i);
    const MetadataPair pairs[] = {{"a", id}, {"b", "x"}};
    REQUIRE(rows.Append(i, "line", std::span(pairs, i % 2 == 0 ? 2 : 1)));
  }
  for (uint32_t i = 0; i < 30; ++i) {
    REQUIRE(rows.row(i).metadata.size() == (i % 2 == 0 ? 2 : 1));
    CHECK(rows.row(i).metadata[0].value == std::to_string(i));
  }
}

}  // namespace
}  // namespace narfi::ingest
