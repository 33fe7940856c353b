// Numbers of series, asked for one by one and many at a time.
#include "query/exec/series_table.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "base/clock.h"

namespace narfi::query {
namespace {

// What tables of one query share.
struct Query {
  const QueryContext context;
  const ManualClock clock{0};
  QueryMonitor monitor{context, clock};
  const SeriesLabels keeps;
};

TEST_CASE("many series asked for at once have the numbers that each has by itself") {
  Query query;
  SeriesTable table(query.keeps, false, query.monitor);
  std::vector<std::string> names;
  for (int i = 0; i < 1000; ++i) names.push_back(fmt::format("user-{}", i));
  const auto labels = [&](int i) { return std::vector<Field>{{"user", names[i]}}; };

  // Of an empty table there is nothing to find.
  table.ClearAsked();
  table.Ask(labels(0));
  table.Approach();
  CHECK_FALSE(table.Answer(0));

  for (int i = 0; i < 500; ++i) REQUIRE(table.FindFields(labels(i)) == static_cast<uint32_t>(i));
  for (int first = 0; first < 1000; first += 50) {
    table.ClearAsked();
    for (int i = first; i < first + 50; ++i) table.Ask(labels(i));
    table.Approach();
    for (int i = first; i < first + 50; ++i) {
      const auto answer = table.Answer(static_cast<size_t>(i - first));
      if (i < 500) {
        CHECK(answer == static_cast<uint32_t>(i));
      } else {
        CHECK_FALSE(answer);
        // Adding them makes the table grow while others are still to be answered.
        CHECK(table.FindFields(labels(i)) == static_cast<uint32_t>(i));
      }
    }
  }
  CHECK(table.size() == 1000);
  CHECK(table.labels(999) == LabelPairs{{"user", "user-999"}});
}

TEST_CASE("a table that takes in another one has a number for each of its series") {
  Query query;
  SeriesTable table(query.keeps, false, query.monitor);
  SeriesTable other(query.keeps, false, query.monitor);
  const auto labels = [](const std::string& user) { return std::vector<Field>{{"user", user}}; };
  std::vector<std::string> names;
  for (int i = 0; i < 300; ++i) names.push_back(fmt::format("user-{}", i));
  for (int i = 0; i < 200; ++i) REQUIRE(table.FindFields(labels(names[i])));
  for (int i = 299; i >= 100; --i) REQUIRE(other.FindFields(labels(names[i])));
  REQUIRE(other.FindFields({}));  // the series without labels
  const auto numbers = table.Absorb(other);
  REQUIRE(numbers.has_value());
  REQUIRE(numbers->size() == other.size());
  CHECK(table.size() == 301);
  for (uint32_t i = 0; i < other.size(); ++i) CHECK(table.labels((*numbers)[i]) == other.labels(i));
  for (uint32_t i = 0; i < 200; ++i) CHECK(table.FindFields(labels(names[i])) == i);
}

}  // namespace
}  // namespace narfi::query
