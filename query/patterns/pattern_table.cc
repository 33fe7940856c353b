#include "query/patterns/pattern_table.h"

#include <algorithm>
#include <numeric>

#include "base/bytes.h"
#include "query/patterns/pattern_text.h"

namespace narfi::query {
namespace {

// The slot whose words tell lines of the form apart: one of these fields, the outermost.
uint32_t MessageSlot(const storage::LineTemplate& line) {
  if (!line.is_json) return line.slots.empty() ? PatternTable::kNoMessage : 0;
  constexpr std::string_view kNames[] = {"message", "msg",  "log",   "content",
                                         "msg_",    "_msg", "event", "body"};
  for (const std::string_view name : kNames) {
    uint32_t best = PatternTable::kNoMessage;
    for (uint32_t i = 0; i < line.slots.size(); ++i) {
      const storage::LineSlot& slot = line.slots[i];
      if (slot.kind != storage::SlotKind::kString || slot.path.back() != name) continue;
      if (best == PatternTable::kNoMessage || slot.path.size() < line.slots[best].path.size())
        best = i;
    }
    if (best != PatternTable::kNoMessage) return best;
  }
  return PatternTable::kNoMessage;
}

void AddSamples(std::vector<std::pair<int64_t, uint64_t>>& into,
                const std::vector<std::pair<int64_t, uint64_t>>& samples) {
  into.insert(into.end(), samples.begin(), samples.end());
  std::sort(into.begin(), into.end());
  size_t kept = 0;
  for (size_t i = 0; i < into.size(); ++i) {
    if (kept > 0 && into[kept - 1].first == into[i].first) {
      into[kept - 1].second += into[i].second;
    } else {
      into[kept++] = into[i];
    }
  }
  into.resize(kept);
}

}  // namespace

void SlotValues::Add(std::string_view text) {
  is_plain &= !text.empty() && text.find('"') == std::string_view::npos;
  const bool is_one =
      text.size() <= kMaxConstant && (kind == Kind::kNone || (kind == Kind::kOne && value == text));
  if (is_one && kind == Kind::kNone) value = text;
  if (!is_one) value.clear();
  kind = is_one ? Kind::kOne : Kind::kMany;
}

void SlotValues::AddMany(bool plain) {
  is_plain &= plain;
  kind = Kind::kMany;
  value.clear();
}

void SlotValues::Join(const SlotValues& other) {
  if (other.kind == Kind::kNone) return;
  if (other.kind == Kind::kMany) return AddMany(other.is_plain);
  Add(other.value);
}

uint64_t PatternTable::Entry::bytes() const {
  uint64_t bytes = sizeof(Entry) + 2 * skeleton.size() + 128 +
                   samples.capacity() * sizeof(samples.front()) +
                   slots.capacity() * sizeof(SlotValues);
  for (const SlotValues& slot : slots) bytes += slot.value.size();
  return bytes;
}

uint32_t PatternTable::FormOf(const storage::LineTemplate& line) {
  std::string key;
  PutU8(key, line.is_json ? 1 : 0);
  for (const std::string_view literal : line.literals) PutString(key, literal);
  for (const storage::LineSlot& slot : line.slots) PutU8(key, static_cast<uint8_t>(slot.kind));
  const auto [it, is_new] = form_numbers_.try_emplace(key, static_cast<uint32_t>(forms_.size()));
  if (!is_new) return it->second;
  Form& form = forms_.emplace_back();
  form.is_json = line.is_json;
  form.literals.assign(line.literals.begin(), line.literals.end());
  for (const storage::LineSlot& slot : line.slots) form.kinds.push_back(slot.kind);
  form.message = MessageSlot(line);
  form.key = key;
  bytes_ += 4 * key.size() + form.literals.size() * 64 + 128;
  return it->second;
}

uint32_t PatternTable::LevelOf(std::string_view level) {
  const auto at = std::find(levels_.begin(), levels_.end(), level) - levels_.begin();
  if (at == std::ssize(levels_)) levels_.emplace_back(level);
  return static_cast<uint32_t>(at);
}

std::string PatternTable::KeyOf(uint32_t form, uint32_t level, std::string_view skeleton) {
  std::string key;
  PutVarint(key, form);
  PutVarint(key, level);
  key += skeleton;
  return key;
}

uint32_t PatternTable::EntryOf(uint32_t form, std::string_view level, std::string_view skeleton) {
  const uint32_t level_number = LevelOf(level);
  const auto [it, is_new] = entry_numbers_.try_emplace(KeyOf(form, level_number, skeleton),
                                                       static_cast<uint32_t>(entries_.size()));
  if (!is_new) return it->second;
  Entry& entry = entries_.emplace_back();
  entry.form = form;
  entry.level = level_number;
  entry.skeleton = skeleton;
  entry.slots.resize(forms_[form].kinds.size());
  bytes_ += entry.bytes();
  return it->second;
}

void PatternTable::Count(uint32_t number, int64_t step, uint64_t lines) {
  Entry& entry = entries_[number];
  entry.lines += lines;
  // Times go up for most of the way.
  auto at = entry.samples.end();
  while (at != entry.samples.begin() && (at - 1)->first > step) --at;
  if (at != entry.samples.begin() && (at - 1)->first == step) {
    (at - 1)->second += lines;
    return;
  }
  entry.samples.insert(at, {step, lines});
  bytes_ += sizeof(entry.samples.front());
}

uint32_t PatternTable::SplitLine(std::string_view line, std::vector<std::string_view>& values) {
  const uint32_t shape = shapes_.Split(line, values);
  if (shape == storage::JsonShapes::kNone) {
    values.assign(1, line);
    return FormOf({{"", ""}, {{0, storage::SlotKind::kText, {}}}, false});
  }
  while (form_of_shape_.size() <= shape)
    form_of_shape_.push_back(FormOf(shapes_.shapes()[form_of_shape_.size()]));
  return form_of_shape_[shape];
}

void PatternTable::AddLine(std::string_view line, std::string_view level, int64_t step) {
  const uint32_t number = SplitLine(line, values_);
  const Form& of = form(number);
  skeleton_.clear();
  if (of.message != kNoMessage) MakeSkeleton(values_[of.message], skeleton_, variables_);
  const uint32_t entry = EntryOf(number, level, skeleton_);
  Count(entry, step, 1);
  for (size_t i = 0; i < values_.size(); ++i) {
    if (i != of.message) slot(entry, i).Add(values_[i]);
  }
}

void PatternTable::Add(const PatternTable& other) {
  for (const Entry& entry : other.entries_) {
    const Form& form = other.forms_[entry.form];
    const auto [it, is_new] =
        form_numbers_.try_emplace(form.key, static_cast<uint32_t>(forms_.size()));
    if (is_new) forms_.push_back(form);
    const uint32_t number = EntryOf(it->second, other.levels_[entry.level], entry.skeleton);
    for (size_t i = 0; i < entry.slots.size(); ++i) slot(number, i).Join(entry.slots[i]);
    for (const auto& [step, lines] : entry.samples) Count(number, step, lines);
  }
}

std::vector<PatternTable::Entry> PatternTable::JoinMessages() const {
  // Entries of one form, level and marks.
  std::map<std::string, std::vector<uint32_t>> alike;
  std::vector<Message> messages(entries_.size());
  for (uint32_t i = 0; i < entries_.size(); ++i) {
    ReadMessage(entries_[i].skeleton, messages[i]);
    alike[KeyOf(entries_[i].form, entries_[i].level, messages[i].marks)].push_back(i);
  }
  std::vector<Entry> joined;
  for (const auto& [key, members] : alike) {
    std::vector<WordRow> rows;
    for (const uint32_t i : members) rows.push_back({messages[i].words, entries_[i].lines});
    const WordGroups groups = GroupRows(rows);
    const size_t first = joined.size();
    joined.resize(first + groups.words.size());
    for (size_t g = 0; g < groups.words.size(); ++g)
      joined[first + g].skeleton = WriteMessage(messages[members[0]].marks, groups.words[g]);
    for (size_t m = 0; m < members.size(); ++m) {
      const Entry& entry = entries_[members[m]];
      Entry& into = joined[first + groups.of_row[m]];
      into.form = entry.form;
      into.level = entry.level;
      into.lines += entry.lines;
      into.slots.resize(entry.slots.size());
      for (size_t i = 0; i < entry.slots.size(); ++i) into.slots[i].Join(entry.slots[i]);
      AddSamples(into.samples, entry.samples);
    }
  }
  return joined;
}

void PatternTable::Replace(std::vector<Entry> entries) {
  entries_ = std::move(entries);
  entry_numbers_.clear();
  bytes_ = 0;
  for (uint32_t i = 0; i < entries_.size(); ++i) {
    bytes_ += entries_[i].bytes();
    entry_numbers_.emplace(KeyOf(entries_[i].form, entries_[i].level, entries_[i].skeleton), i);
  }
}

void PatternTable::Shrink(uint64_t most_bytes) {
  if (bytes_ < most_bytes) return;
  std::vector<Entry> joined = JoinMessages();
  std::stable_sort(joined.begin(), joined.end(),
                   [](const Entry& a, const Entry& b) { return a.lines > b.lines; });
  uint64_t bytes = 0;
  size_t kept = 0;
  while (kept < joined.size() && (bytes += joined[kept].bytes()) < most_bytes / 2) ++kept;
  joined.resize(kept);
  Replace(std::move(joined));
}

std::vector<LogPattern> PatternTable::Patterns(size_t most) const {
  std::map<std::pair<std::string, std::string>, LogPattern> by_text;
  for (const Entry& entry : JoinMessages()) {
    std::string text = PatternText(forms_[entry.form], entry.skeleton, entry.slots, entry.lines);
    if (text.empty()) continue;
    LogPattern& pattern = by_text[{text, levels_[entry.level]}];
    pattern.lines += entry.lines;
    for (const auto& [step, lines] : entry.samples) pattern.samples[step] += lines;
  }
  std::vector<LogPattern> out;
  for (auto& [key, pattern] : by_text) {
    pattern.text = key.first;
    pattern.level = key.second;
    out.push_back(std::move(pattern));
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const LogPattern& a, const LogPattern& b) { return a.lines > b.lines; });
  if (out.size() > most) out.resize(most);
  return out;
}

std::vector<std::string> JoinSkeletons(const std::vector<MessageOf>& messages) {
  std::map<std::pair<uint32_t, std::string>, std::vector<size_t>> alike;
  std::vector<Message> read(messages.size());
  for (size_t i = 0; i < messages.size(); ++i) {
    ReadMessage(messages[i].skeleton, read[i]);
    alike[{messages[i].group, read[i].marks}].push_back(i);
  }
  std::vector<std::string> out(messages.size());
  for (const auto& [key, members] : alike) {
    std::vector<WordRow> rows;
    for (const size_t i : members) rows.push_back({std::move(read[i].words), 1});
    const WordGroups groups = GroupOftenDifferent(rows);
    for (size_t m = 0; m < members.size(); ++m)
      out[members[m]] = WriteMessage(key.second, groups.words[groups.of_row[m]]);
  }
  return out;
}

}  // namespace narfi::query
