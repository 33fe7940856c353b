#include "query/exec/series_table.h"

#include <algorithm>

#include "base/quick_hash.h"

namespace narfi::query {
namespace {

constexpr size_t kFirstSlots = 64;

bool IsNamed(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

bool SeriesTable::LikePrevious(const Batch& batch, uint32_t row) const {
  if (previous_row_ == UINT32_MAX) return false;
  if (!batch.changes(row).empty() || !batch.changes(previous_row_).empty()) return false;
  if (batch.has_error(row) || batch.has_error(previous_row_)) return false;
  // They outlive an error that was dropped.
  if (batch.error(row).details != batch.error(previous_row_).details) return false;
  const auto now = batch.metadata(row);
  const auto before = batch.metadata(previous_row_);
  return std::equal(now.begin(), now.end(), before.begin(), before.end());
}

Result<uint32_t> SeriesTable::SeriesOf(const Batch& batch, uint32_t row) {
  if (!LikePrevious(batch, row)) {
    Keep(batch, row);
    NARFI_ASSIGN(previous_series_, FindFields(fields_));
  }
  previous_row_ = row;
  return previous_series_;
}

void SeriesTable::Keep(const Batch& batch, uint32_t row) {
  fields_.clear();
  // An entry with an error that the query asked for keeps everything.
  if (keeps_.mode == SeriesLabels::Mode::kBy && !batch.has_error(row)) {
    for (const std::string& name : keeps_.names) {
      if (const auto value = batch.Get(row, name)) fields_.push_back({name, *value});
    }
    std::erase_if(fields_,
                  [](const Field& f) { return f.value.empty() && f.name.starts_with("__error"); });
    std::sort(fields_.begin(), fields_.end());
    return;
  }
  row_labels_.Collect(batch, row);
  row_labels_.AppendAll(fields_);
  if (keeps_.mode == SeriesLabels::Mode::kWithout) {
    std::erase_if(fields_,
                  [this](const Field& field) { return IsNamed(keeps_.names, field.name); });
  }
}

Result<uint32_t> SeriesTable::SeriesOfStream(const Labels& stream) {
  fields_.clear();
  for (const Label& label : stream) {
    if (IsNamed(keeps_.names, label.name)) fields_.push_back({label.name, label.value});
  }
  return FindFields(fields_);
}

Result<std::vector<uint32_t>> SeriesTable::Absorb(const SeriesTable& other) {
  std::vector<uint32_t> numbers(other.size());
  for (const Slot& slot : other.slots_) {
    if (slot.number == UINT32_MAX) continue;
    const std::string_view key(slot.key, slot.key_bytes);
    if (const auto known = FindKey(key, slot.hash)) {
      numbers[slot.number] = *known;
    } else {
      NARFI_ASSIGN(numbers[slot.number], AddSeries(key, slot.hash, other.labels(slot.number)));
    }
  }
  return numbers;
}

Result<uint32_t> SeriesTable::FindFields(const std::vector<Field>& fields) {
  key_.clear();
  AppendFieldsKey(key_, fields);
  const uint64_t hash = QuickHash(key_);
  if (const auto known = FindKey(key_, hash)) return *known;
  return AddSeries(key_, hash, ToLabelPairs(fields));
}

void SeriesTable::ClearAsked() {
  asked_.clear();
  asked_keys_.clear();
}

void SeriesTable::Ask(const std::vector<Field>& fields) {
  Asked& asked = asked_.emplace_back();
  asked.begin = asked_keys_.size();
  AppendFieldsKey(asked_keys_, fields);
  asked.end = asked_keys_.size();
  asked.hash = QuickHash(std::string_view(asked_keys_).substr(asked.begin));
  if (!slots_.empty()) __builtin_prefetch(&slots_[asked.hash & (slots_.size() - 1)]);
}

void SeriesTable::Approach() const {
  if (slots_.empty()) return;
  for (const Asked& asked : asked_) {
    const Slot& slot = slots_[asked.hash & (slots_.size() - 1)];
    if (slot.hash == asked.hash) __builtin_prefetch(slot.key);
  }
}

std::optional<uint32_t> SeriesTable::Answer(size_t number) const {
  const Asked& asked = asked_[number];
  return FindKey(std::string_view(asked_keys_).substr(asked.begin, asked.end - asked.begin),
                 asked.hash);
}

std::optional<uint32_t> SeriesTable::FindKey(std::string_view key, uint64_t hash) const {
  if (slots_.empty()) return std::nullopt;
  for (size_t at = hash;; ++at) {
    const Slot& slot = slots_[at & (slots_.size() - 1)];
    if (slot.number == UINT32_MAX) return std::nullopt;
    if (slot.hash == hash && std::string_view(slot.key, slot.key_bytes) == key) return slot.number;
  }
}

Result<uint32_t> SeriesTable::AddSeries(std::string_view key, uint64_t hash, LabelPairs labels) {
  if (limited_) NARFI_TRY(monitor_.CheckSeries(labels_.size() + 1));
  NARFI_TRY(monitor_.AddMemory(static_cast<int64_t>(2 * key.size() + 200)));
  const auto number = static_cast<uint32_t>(labels_.size());
  labels_.push_back(std::move(labels));
  if (2 * labels_.size() > slots_.size()) {
    std::vector<Slot> old(std::max(kFirstSlots, 2 * slots_.size()));
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.number != UINT32_MAX) Place(slot);
    }
  }
  const std::string_view kept = keys_arena_.Copy(key);
  Place({hash, kept.data(), static_cast<uint32_t>(kept.size()), number});
  return number;
}

void SeriesTable::Place(const Slot& placed) {
  size_t at = placed.hash;
  while (slots_[at & (slots_.size() - 1)].number != UINT32_MAX) ++at;
  slots_[at & (slots_.size() - 1)] = placed;
}

}  // namespace narfi::query
