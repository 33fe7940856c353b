#include "storage/split_plan.h"

#include <algorithm>
#include <cstring>

#include "storage/intern.h"

namespace narfi::storage {
namespace {

constexpr uint32_t kUnsplit = UINT32_MAX;  // a shape
constexpr uint32_t kRaw = UINT32_MAX;      // a template

// What values of one skeleton have in common: the number of slots and the lengths of the literals,
// then the literals.
void MakeSkeleton(std::string& key, std::string_view value, std::span<const Slot> slots) {
  key.resize(sizeof(uint32_t) * (slots.size() + 1) + value.size());
  char* lengths = key.data();
  char* literals = key.data() + sizeof(uint32_t) * (slots.size() + 1);
  const auto put_length = [&lengths](size_t length) {
    const auto stored = static_cast<uint32_t>(length);
    std::memcpy(lengths, &stored, sizeof stored);
    lengths += sizeof stored;
  };
  put_length(slots.size());
  uint32_t at = 0;
  for (const Slot& slot : slots) {
    put_length(slot.begin - at);
    std::memcpy(literals, value.data() + at, slot.begin - at);
    literals += slot.begin - at;
    at = slot.end;
  }
  if (at < value.size()) std::memcpy(literals, value.data() + at, value.size() - at);
  literals += value.size() - at;
  key.resize(static_cast<size_t>(literals - key.data()));
}

}  // namespace

SplitPlan::SplitPlan(Values values, SplitMode mode) : values_(values) {
  std::vector<Shape> shapes;
  std::vector<uint32_t> row_shapes;
  SplitAll(mode, shapes, row_shapes);
  Choose(shapes);
  row_templates_.reserve(values.size());
  for (uint32_t row = 0; row < values.size(); ++row) {
    uint32_t chosen = row_shapes[row] == kUnsplit ? kRaw : shapes[row_shapes[row]].chosen;
    if (chosen == kRaw) {
      if (raw_template_ == kNoTemplate) {
        raw_template_ = static_cast<uint32_t>(templates_.size());
        templates_.push_back({{"", ""}, {columns_++}});
      }
      chosen = raw_template_;
      ++raw_rows_;
    }
    slot_count_ += templates_[chosen].columns.size();
    row_templates_.push_back(chosen);
  }
}

void SplitPlan::SplitAll(SplitMode mode, std::vector<Shape>& shapes,
                         std::vector<uint32_t>& row_shapes) {
  Arena keys;
  Interner known(64);
  row_shapes.reserve(values_.size());
  row_slots_.reserve(values_.size());
  std::vector<Slot> slots;
  std::string key;
  for (uint32_t row = 0; row < values_.size(); ++row) {
    row_slots_.push_back(static_cast<uint32_t>(slots_.size()));
    if (!SplitLine(values_[row], mode, slots)) {
      row_shapes.push_back(kUnsplit);
      continue;
    }
    slots_.insert(slots_.end(), slots.begin(), slots.end());
    MakeSkeleton(key, values_[row], slots);
    const auto [id, is_new] = known.Add(key);
    if (is_new) {
      known.Rebind(keys.Copy(key));
      shapes.push_back({.first_row = row});
    }
    ++shapes[id].rows;
    row_shapes.push_back(id);
  }
}

// The most frequent shapes that come more than once become templates.
void SplitPlan::Choose(std::vector<Shape>& shapes) {
  std::vector<Shape*> order;
  for (Shape& shape : shapes) order.push_back(&shape);
  std::stable_sort(order.begin(), order.end(),
                   [](const Shape* a, const Shape* b) { return a->rows > b->rows; });
  for (Shape* shape : order) {
    SplitTemplate made;
    if (shape->rows < 2 || templates_.size() + 1 >= kMaxTemplates ||
        !Describe(shape->first_row, made)) {
      shape->chosen = kRaw;
      continue;
    }
    shape->chosen = static_cast<uint32_t>(templates_.size());
    templates_.push_back(std::move(made));
  }
}

// The template of this row's shape; false when it would need too many columns.
bool SplitPlan::Describe(uint32_t row, SplitTemplate& out) {
  const size_t end = row + 1 < row_slots_.size() ? row_slots_[row + 1] : slots_.size();
  const std::span<const Slot> slots(slots_.data() + row_slots_[row], end - row_slots_[row]);
  if (columns_ + slots.size() >= kMaxSplitColumns) return false;
  const std::string_view value = values_[row];
  uint32_t at = 0;
  for (const Slot& slot : slots) {
    out.literals.push_back(value.substr(at, slot.begin - at));
    at = slot.end;
    uint32_t column = columns_;
    if (slot.path != 0) {
      // A key that is there twice has two columns.
      const auto occurrence = static_cast<uint32_t>(
          std::count_if(slots.data(), &slot, [&](const Slot& s) { return s.path == slot.path; }));
      const auto found =
          by_path_.try_emplace(slot.path + occurrence * 0x9E3779B97F4A7C15ULL, column);
      column = found.first->second;
    }
    if (column == columns_) ++columns_;
    out.columns.push_back(column);
  }
  out.literals.push_back(value.substr(at));
  return true;
}

void SplitPlan::Gather(std::vector<std::vector<std::string_view>>& texts,
                       std::vector<std::vector<uint32_t>>& rows) const {
  std::vector<size_t> counts(columns_);
  for (const int64_t shape : row_templates_) {
    for (const uint32_t column : templates_[static_cast<size_t>(shape)].columns) ++counts[column];
  }
  texts.resize(columns_);
  rows.resize(columns_);
  for (size_t i = 0; i < columns_; ++i) {
    texts[i].reserve(counts[i]);
    rows[i].reserve(counts[i]);
  }
  for (uint32_t row = 0; row < values_.size(); ++row) {
    const SplitTemplate& shape = templates_[static_cast<size_t>(row_templates_[row])];
    const std::string_view value = values_[row];
    auto slot = SlotsOf(row);
    // The raw one has no slots of its own: it is the value.
    const bool raw = row_templates_[row] == raw_template_;
    for (const uint32_t column : shape.columns) {
      if (raw) {
        texts[column].push_back(value);
      } else {
        texts[column].push_back(value.substr(slot->begin, slot->end - slot->begin));
        ++slot;
      }
      rows[column].push_back(row);
    }
  }
}

}  // namespace narfi::storage
