// A table of patterns as bytes, for row groups to keep of themselves.
//
// They are made and read by one process: nothing of them is on disk.
//
// Format: forms (key, number of slots, message and 1), levels, entries. An entry is form, level,
//         skeleton, a byte for each slot (its kind, and kPlain) with the value of one that has one,
//         and samples: steps as differences, lines.
#include "base/bytes.h"
#include "base/duration.h"
#include "query/patterns/group_patterns.h"
#include "query/patterns/pattern_table.h"

namespace narfi::query {
namespace {

constexpr uint8_t kPlain = 0x80;
constexpr size_t kEntriesPacked = 256;  // between two times that it asks whether to go on

void PutSlot(std::string& dst, const SlotValues& slot) {
  PutU8(dst, static_cast<uint8_t>(static_cast<uint8_t>(slot.kind) | (slot.is_plain ? kPlain : 0)));
  if (slot.kind == SlotValues::Kind::kOne) PutString(dst, slot.value);
}

void PutSamples(std::string& dst, const StepCounts::Counts& samples) {
  PutVarint(dst, samples.size());
  int64_t last = 0;
  for (const auto& [step, lines] : samples) {
    PutSigned(dst, step - last);
    PutVarint(dst, lines);
    last = step;
  }
}

auto BadPatterns() { return Fail(Code::kCorrupt, "malformed patterns"); }

}  // namespace

Result<std::string> PatternTable::Pack() {
  std::string out;
  PutVarint(out, forms_.size());
  for (const Form& form : forms_) {
    PutString(out, form.key);
    PutVarint(out, form.kinds.size());
    PutVarint(out, form.message == kNoMessage ? 0 : form.message + 1);
  }
  PutVarint(out, levels_.size());
  for (const std::string& level : levels_) PutString(out, level);
  PutVarint(out, entries_.size());
  size_t work = 0;
  for (Entry& entry : entries_) {
    if (work++ % kEntriesPacked == 0) NARFI_TRY(GoOn());
    PutVarint(out, entry.form);
    PutVarint(out, entry.level);
    PutString(out, entry.skeleton);
    for (const SlotValues& slot : entry.slots) PutSlot(out, slot);
    PutSamples(out, entry.samples.Take());
  }
  out.shrink_to_fit();
  return out;
}

Result<bool> PatternTable::AddPacked(std::string_view packed, int64_t step_ns) {
  ByteReader reader(packed);
  std::vector<uint32_t> forms(reader.Count());
  for (uint32_t& form : forms) {
    NARFI_ASSIGN(form, ReadForm(reader));
    if (form == kNoForm) return false;
  }
  std::vector<std::string_view> levels(reader.Count());
  for (std::string_view& level : levels) level = reader.String();
  const uint64_t entries = reader.Count();
  for (uint64_t i = 0; i < entries; ++i) {
    if (i % kEntriesPacked == 0) NARFI_TRY(GoOn());
    const uint64_t form = reader.Varint();
    const uint64_t level = reader.Varint();
    const std::string_view skeleton = reader.String();
    if (!reader.ok() || form >= forms.size() || level >= levels.size()) return BadPatterns();
    ReadEntry(reader, EntryOf(forms[form], levels[level], skeleton), step_ns / kSecond);
  }
  if (!reader.ok() || !reader.done()) return BadPatterns();
  return true;
}

Result<uint32_t> PatternTable::ReadForm(ByteReader& reader) {
  const std::string key(reader.String());
  const uint64_t slots = reader.Varint();
  const uint64_t message = reader.Varint();
  if (const auto known = form_numbers_.find(key); known != form_numbers_.end())
    return known->second;
  ByteReader parts(key);
  Form form;
  form.is_json = parts.U8() != 0;
  for (uint64_t i = 0; i <= slots && parts.ok(); ++i) form.literals.emplace_back(parts.String());
  for (uint64_t i = 0; i < slots && parts.ok(); ++i)
    form.kinds.push_back(static_cast<storage::SlotKind>(parts.U8()));
  if (!reader.ok() || !parts.ok()) return BadPatterns();
  form.message = message == 0 ? kNoMessage : static_cast<uint32_t>(message - 1);
  form.key = key;
  return AddForm(std::move(form));
}

void PatternTable::ReadEntry(ByteReader& reader, uint32_t number, int64_t step_s) {
  SlotValues slot;
  for (size_t i = 0; i < forms_[entries_[number].form].kinds.size(); ++i) {
    const uint8_t of = reader.U8();
    slot.kind = static_cast<SlotValues::Kind>(of & ~kPlain);
    slot.is_plain = (of & kPlain) != 0;
    if (slot.kind == SlotValues::Kind::kOne) slot.value = reader.String();
    AddValues(number, i, slot);
  }
  int64_t second = 0;
  for (uint64_t left = reader.Count(2); left > 0; --left) {
    second += reader.Signed();
    Count(number, StepOfSecond(second, step_s), reader.Varint());
  }
}

}  // namespace narfi::query
