// Structured metadata of a row group, by row and by name.
#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <set>

#include "tests/storage/support/memory_group.h"

namespace narfi::storage {
namespace {

template <class Make>
std::vector<std::string> Repeat(size_t count, Make make) {
  std::vector<std::string> out;
  for (size_t i = 0; i < count; ++i) out.push_back(make(i));
  return out;
}

std::vector<int64_t> TimesFor(size_t count) {
  std::vector<int64_t> times;
  for (size_t i = 0; i < count; ++i) times.push_back(static_cast<int64_t>(i) * 1000);
  return times;
}

TEST_CASE("metadata of any names comes back, by row and by name") {
  std::mt19937_64 random(5);
  for (const size_t names : {size_t{1}, size_t{3}, size_t{5000}}) {
    const std::vector<std::string> lines =
        Repeat(3000, [](size_t i) { return "line " + std::to_string(i); });
    std::vector<std::string> texts =
        Repeat(names, [](size_t i) { return "n" + std::to_string(i); });
    std::vector<std::vector<MetadataPair>> metadata(lines.size());
    for (auto& pairs : metadata) {
      std::set<std::string_view> used;
      for (uint64_t i = 0, n = random() % 4; i < n; ++i) used.insert(texts[random() % names]);
      for (const std::string_view name : used) pairs.push_back({name, texts[random() % names]});
    }
    const auto made = MakeMemoryGroup(lines, TimesFor(lines.size()), metadata);
    RowBatch batch;
    REQUIRE(made->Read(0, 17, 2500, ColumnSet{} | Column::kMetadata, batch).has_value());
    for (uint32_t i = 0; i < 2500; ++i)
      REQUIRE(std::ranges::equal(batch.metadata(i), metadata[17 + i]));
    const auto columnar = made->columnar();
    REQUIRE(columnar.has_value());
    std::set<std::string_view> all;
    for (const auto& pairs : metadata) {
      for (const MetadataPair& pair : pairs) all.insert(pair.name);
    }
    for (const std::string_view name : all) REQUIRE((*columnar)->MayHaveMetadata(name));
    CHECK((*columnar)->has_more_metadata_names() == (names > 1024));
    if (names <= 1024) CHECK(std::ranges::equal((*columnar)->metadata_names(), all));
    if (names <= 1024) CHECK_FALSE((*columnar)->MayHaveMetadata("none"));
    // The last name is a packed one where there are many.
    for (const std::string& name : {texts.front(), texts.back()}) {
      const auto view = (*columnar)->MetadataField(name);
      REQUIRE(view.has_value());
      for (uint32_t row = 0; row < lines.size(); ++row) {
        const auto& pairs = metadata[row];
        const auto at = std::find_if(pairs.begin(), pairs.end(),
                                     [&](const MetadataPair& pair) { return pair.name == name; });
        const uint16_t code = (*view)->codes[row];
        REQUIRE((code == FieldView::kAbsent) == (at == pairs.end()));
        if (at != pairs.end()) REQUIRE((*view)->values[code] == at->value);
      }
    }
  }
}

}  // namespace
}  // namespace narfi::storage
