#include <doctest/doctest.h>

#include <random>

#include "storage/skeleton.h"
#include "storage/stored_columns.h"
#include "tests/storage/support/memory_group.h"

namespace narfi::storage {
namespace {

// JSON lines whose fields are of one kind each, so that their columns take all forms.
std::vector<std::string> MakeLines(std::mt19937& random, size_t count, bool has_odd) {
  const auto pick = [&](std::initializer_list<const char*> of) {
    return std::string(of.begin()[random() % of.size()]);
  };
  std::vector<std::string> lines;
  for (size_t i = 0; i < count; ++i) {
    const std::string number = std::to_string(random() % 100'000);
    std::string words;
    for (int w = 0; w < 9; ++w) words += static_cast<char>('a' + random() % 26);
    std::string line = R"({"one":"same","few":")" + pick({"a b", "c", "d7"});
    line += R"(","text":"user )" + number + " took " + number + pick({"ms", "s"});
    line += R"(","often":"job )" + std::to_string(random() % 900) + pick({" done", " lost"});
    line += R"(","words":")" + words + R"(","n":)" + number + R"(,"id":")";
    for (int n = 0; n < 16; ++n) line += "0123456789abcdef"[random() % 16];
    line += R"(","at":"2026-11-20T10:00:0)" + std::to_string(random() % 10) + R"(Z","odd":")";
    if (has_odd) line += pick({"", R"(say \"no\")", "x"}) + (random() % 2 ? words : "");
    lines.push_back(line + (has_odd ? "" : "x") + "\"}");
  }
  return lines;
}

void CheckSlots(const std::vector<std::string>& lines) {
  std::vector<int64_t> times(lines.size());
  for (size_t i = 0; i < times.size(); ++i) times[i] = static_cast<int64_t>(i);
  const auto group = MakeMemoryGroup(lines, times);
  const auto columns = group->columnar();
  REQUIRE(columns.has_value());
  const auto& templates = (*columns)->templates();
  const auto of_row = (*columns)->RowTemplates();
  REQUIRE(of_row.has_value());
  for (uint32_t slot = 0; slot < templates.front().slots.size(); ++slot) {
    std::vector<uint32_t> wanted(templates.size(), Columnar::kSlotAbsent);
    wanted.front() = slot;
    const auto values = (*columns)->Field(wanted);
    const auto skeletons = (*columns)->Skeletons(wanted);
    REQUIRE(values.has_value());
    REQUIRE(skeletons.has_value());
    bool is_plain = true;
    std::string skeleton;
    std::vector<Variable> variables;
    for (uint32_t row = 0; row < lines.size(); ++row) {
      CAPTURE(lines[row]);
      const uint16_t code = (*values)->codes[row];
      REQUIRE((code == FieldView::kAbsent) == ((**of_row)[row] != 0));
      if (code == FieldView::kAbsent) continue;
      const std::string_view value = (*values)->values[code];
      is_plain &= !value.empty() && value.find('"') == std::string_view::npos;
      MakeSkeleton(value, skeleton, variables);
      REQUIRE((*skeletons)->values[(*skeletons)->codes[row]] == skeleton);
    }
    const auto told = (*columns)->IsPlain(0, slot);
    REQUIRE(told.has_value());
    CAPTURE(slot);
    CHECK((is_plain || !*told));
    // These columns have one template alone, so that it is known exactly.
    if (templates.size() == 1) CHECK(*told == is_plain);
  }
}

TEST_CASE("a slot's skeletons are those of its values, and it is plain when no value is odd") {
  std::mt19937 random(3);
  for (const size_t count : {3, 200, 5000}) {
    for (const bool has_odd : {false, true}) CheckSlots(MakeLines(random, count, has_odd));
  }
}

}  // namespace
}  // namespace narfi::storage
