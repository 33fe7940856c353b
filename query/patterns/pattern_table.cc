#include "query/patterns/pattern_table.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/bytes.h"
#include "query/patterns/message.h"

namespace narfi::query {
namespace {

// Of what the table may have: forms, and what tells shapes of lines.
constexpr uint64_t kFormShare = 4;
constexpr uint64_t kShapeShare = 8;
constexpr uint64_t kAllocationBytes = 16;                      // that an allocation takes beside
constexpr uint64_t kNodeBytes = 72 + 2 * sizeof(std::string);  // of a map, with its buckets
constexpr size_t kEntriesToAsk = 256;

uint64_t HeapBytes(size_t text) { return text < 16 ? 0 : text + 1 + kAllocationBytes; }
uint64_t HeapBytes(const std::string& text) { return HeapBytes(text.capacity()); }

storage::LineTemplate WholeLine() { return {{"", ""}, {{0, storage::SlotKind::kText, {}}}, false}; }

// Of a skeleton what counts of it.
std::string CutSkeleton(std::string_view skeleton) {
  Message message;
  ReadMessage(skeleton, message);
  return WriteMessage(message.marks, message.words);
}

PatternTable::Form MakeForm(const storage::LineTemplate& line) {
  PatternTable::Form form;
  PutU8(form.key, line.is_json ? 1 : 0);
  for (const std::string_view literal : line.literals) PutString(form.key, literal);
  for (const storage::LineSlot& slot : line.slots) PutU8(form.key, static_cast<uint8_t>(slot.kind));
  form.is_json = line.is_json;
  form.literals.assign(line.literals.begin(), line.literals.end());
  form.kinds.reserve(line.slots.size());
  for (const storage::LineSlot& slot : line.slots) form.kinds.push_back(slot.kind);
  form.message = PatternTable::MessageSlot(line);
  return form;
}

}  // namespace

void SlotValues::Add(std::string_view text) {
  is_plain &= !text.empty() && text.find('"') == std::string_view::npos;
  const bool is_one =
      text.size() <= kMaxConstant && (kind == Kind::kNone || (kind == Kind::kOne && value == text));
  if (is_one && kind == Kind::kNone) value = text;
  if (!is_one) std::string().swap(value);
  kind = is_one ? Kind::kOne : Kind::kMany;
}

void SlotValues::AddMany(bool plain) {
  is_plain &= plain;
  kind = Kind::kMany;
  std::string().swap(value);
}

void SlotValues::Join(const SlotValues& other) {
  if (other.kind == Kind::kNone) return;
  if (other.kind == Kind::kMany) return AddMany(other.is_plain);
  Add(other.value);
}

uint64_t PatternTable::Form::bytes() const {
  uint64_t bytes = sizeof(Form) + literals.capacity() * sizeof(std::string) + kinds.capacity() +
                   2 * HeapBytes(key) + 2 * kAllocationBytes + kNodeBytes;
  for (const std::string& literal : literals) bytes += HeapBytes(literal);
  return bytes;
}

uint64_t PatternTable::EntryBytes(std::string_view skeleton, size_t slots) {
  constexpr uint64_t kKeyBytes = 10;
  return sizeof(Entry) + kNodeBytes + HeapBytes(skeleton.size()) +
         HeapBytes(skeleton.size() + kKeyBytes) + slots * sizeof(SlotValues) +
         2 * kAllocationBytes + GroupingBytes(CountWords(skeleton));
}

uint64_t PatternTable::Entry::bytes() const {
  uint64_t bytes = EntryBytes(skeleton, slots.size()) + samples.heap_bytes();
  for (const SlotValues& slot : slots) bytes += HeapBytes(slot.value);
  return bytes;
}

PatternTable::PatternTable(uint64_t most_bytes, GoOnWorking go_on)
    : most_bytes_(most_bytes), go_on_(std::move(go_on)), shapes_(most_bytes / kShapeShare) {}

uint64_t PatternTable::bytes() const {
  return entry_bytes_ + level_bytes_ + form_bytes_ + aside_bytes_ + shapes_.bytes() +
         form_of_shape_.capacity() * sizeof(uint32_t) +
         values_.capacity() * sizeof(std::string_view) + skeleton_.capacity() +
         variables_.capacity() * sizeof(storage::Variable);
}

// One of these fields, the outermost.
uint32_t PatternTable::MessageSlot(const storage::LineTemplate& line) {
  if (!line.is_json) return line.slots.empty() ? kNoMessage : 0;
  constexpr std::string_view kNames[] = {"message", "msg",  "log",   "content",
                                         "msg_",    "_msg", "event", "body"};
  for (const std::string_view name : kNames) {
    uint32_t best = kNoMessage;
    for (uint32_t i = 0; i < line.slots.size(); ++i) {
      const storage::LineSlot& slot = line.slots[i];
      if (slot.kind != storage::SlotKind::kString || slot.path.back() != name) continue;
      if (best == kNoMessage || slot.path.size() < line.slots[best].path.size()) best = i;
    }
    if (best != kNoMessage) return best;
  }
  return kNoMessage;
}

uint32_t PatternTable::AddForm(Form form) {
  const auto known = form_numbers_.find(form.key);
  if (known != form_numbers_.end()) return known->second;
  const uint64_t bytes = form.bytes();
  const bool is_text = !form.is_json && form.kinds.size() <= 1;
  if (!is_text && form_bytes_ + bytes > most_bytes_ / kFormShare) return kNoForm;
  const auto number = static_cast<uint32_t>(forms_.size());
  form_numbers_.emplace(form.key, number);
  forms_.push_back(std::move(form));
  form_bytes_ += bytes;
  return number;
}

uint32_t PatternTable::FormOf(const storage::LineTemplate& line) { return AddForm(MakeForm(line)); }

uint32_t PatternTable::LevelOf(std::string_view level) {
  const auto known = level_numbers_.find(level);
  if (known != level_numbers_.end()) return known->second;
  const bool is_too_much = levels_.size() >= kMaxLevels || level.size() > kMaxLevelBytes;
  if (is_too_much && level != kUnknownLevel) return LevelOf(kUnknownLevel);
  const auto number = static_cast<uint32_t>(levels_.size());
  level_numbers_.emplace(levels_.emplace_back(level), number);
  level_bytes_ += kNodeBytes + sizeof(std::string) + HeapBytes(levels_.back());
  return number;
}

std::string PatternTable::KeyOf(uint32_t form, uint32_t level, std::string_view skeleton) {
  std::string key;
  key.reserve(skeleton.size() + 10);
  PutVarint(key, form);
  PutVarint(key, level);
  key += skeleton;
  return key;
}

uint32_t PatternTable::EntryOf(uint32_t form, std::string_view level, std::string_view skeleton) {
  if (skeleton.size() > kMaxMessage) {
    const std::string cut = CutSkeleton(skeleton);
    if (cut.size() < skeleton.size()) return EntryOf(form, level, cut);
  }
  const uint32_t level_number = LevelOf(level);
  const auto [it, is_new] = entry_numbers_.try_emplace(KeyOf(form, level_number, skeleton),
                                                       static_cast<uint32_t>(entries_.size()));
  if (!is_new) return it->second;
  Entry& entry = entries_.emplace_back();
  entry.form = form;
  entry.level = level_number;
  entry.skeleton = skeleton;
  entry.slots.resize(forms_[form].kinds.size());
  entry_bytes_ += entry.bytes();
  return it->second;
}

void PatternTable::Count(uint32_t number, int64_t step, uint64_t lines) {
  Entry& entry = entries_[number];
  entry.lines += lines;
  entry_bytes_ -= entry.samples.heap_bytes();
  entry.samples.Add(step, lines);
  entry_bytes_ += entry.samples.heap_bytes();
}

template <class Change>
void PatternTable::ChangeSlot(uint32_t entry, size_t index, Change change) {
  SlotValues& slot = entries_[entry].slots[index];
  entry_bytes_ -= HeapBytes(slot.value);
  change(slot);
  entry_bytes_ += HeapBytes(slot.value);
}

void PatternTable::AddValue(uint32_t entry, size_t index, std::string_view value) {
  ChangeSlot(entry, index, [&](SlotValues& slot) {
    slot.Add(value);
    if (bytes() + HeapBytes(slot.value) > most_bytes_ + most_bytes_ / 2)
      slot.AddMany(slot.is_plain);
  });
}

void PatternTable::AddMany(uint32_t entry, size_t index, bool plain) {
  ChangeSlot(entry, index, [&](SlotValues& slot) { slot.AddMany(plain); });
}

void PatternTable::AddValues(uint32_t entry, size_t index, const SlotValues& values) {
  ChangeSlot(entry, index, [&](SlotValues& slot) { slot.Join(values); });
}

uint32_t PatternTable::SplitLine(std::string_view line, std::vector<std::string_view>& values) {
  const uint32_t shape = shapes_.Split(line, values);
  if (shape != storage::JsonShapes::kNone) {
    while (form_of_shape_.size() <= shape)
      form_of_shape_.push_back(FormOf(shapes_.shapes()[form_of_shape_.size()]));
    if (form_of_shape_[shape] != kNoForm) return form_of_shape_[shape];
  }
  values.assign(1, line);
  return FormOf(WholeLine());
}

void PatternTable::AddLine(std::string_view line, std::string_view level, int64_t step) {
  const uint32_t number = SplitLine(line, values_);
  const uint32_t message = form(number).message;
  skeleton_.clear();
  if (message != kNoMessage) MakeSkeleton(values_[message], skeleton_, variables_);
  const uint32_t entry = EntryOf(number, level, skeleton_);
  Count(entry, step, 1);
  for (size_t i = 0; i < values_.size(); ++i) {
    if (i != message) AddValue(entry, i, values_[i]);
  }
}

Status PatternTable::Add(const PatternTable& other) {
  size_t work = 0;
  for (const Entry& entry : other.entries_) {
    if (work++ % kEntriesToAsk == 0) NARFI_TRY(GoOn());
    const uint32_t form = AddForm(other.forms_[entry.form]);
    // There is no room for what its lines look like.
    if (form == kNoForm) continue;
    const uint32_t number = EntryOf(form, other.levels_[entry.level], entry.skeleton);
    for (size_t i = 0; i < entry.slots.size(); ++i) AddValues(number, i, entry.slots[i]);
    Entry& into = entries_[number];
    into.lines += entry.lines;
    entry_bytes_ -= into.samples.heap_bytes();
    into.samples.Add(entry.samples);
    entry_bytes_ += into.samples.heap_bytes();
  }
  return {};
}

void PatternTable::Replace(Entries entries) {
  std::vector<uint32_t> numbers(forms_.size(), kNoForm);
  std::deque<Form> forms = std::exchange(forms_, {});
  form_numbers_.clear();
  entry_numbers_.clear();
  entry_bytes_ = 0;
  form_bytes_ = 0;
  entries_ = std::move(entries);
  for (uint32_t i = 0; i < entries_.size(); ++i) {
    Entry& entry = entries_[i];
    uint32_t& number = numbers[entry.form];
    if (number == kNoForm) number = AddForm(std::move(forms[entry.form]));
    entry.form = number;
    entry_bytes_ += entry.bytes();
    entry_numbers_.emplace(KeyOf(entry.form, entry.level, entry.skeleton), i);
  }
  shapes_ = storage::JsonShapes(most_bytes_ / kShapeShare);
  std::vector<uint32_t>().swap(form_of_shape_);
}

Status PatternTable::Join() {
  NARFI_ASSIGN(Entries joined, TakeJoined());
  KeepMost(joined);
  Replace(std::move(joined));
  return {};
}

void PatternTable::KeepMost(Entries& joined) const {
  std::sort(joined.begin(), joined.end(), [](const Entry& a, const Entry& b) {
    return a.lines != b.lines
               ? a.lines > b.lines
               : std::tie(a.form, a.level, a.skeleton) < std::tie(b.form, b.level, b.skeleton);
  });
  std::vector<bool> has_form(forms_.size());
  uint64_t bytes = level_bytes_;
  size_t kept = 0;
  for (; kept < joined.size(); ++kept) {
    const Entry& entry = joined[kept];
    bytes += entry.bytes() + (has_form[entry.form] ? 0 : forms_[entry.form].bytes());
    if (bytes >= most_bytes_ / 2) break;
    has_form[entry.form] = true;
  }
  joined.resize(kept);
}

}  // namespace narfi::query
