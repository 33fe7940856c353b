#include "query/exec/json_slots.h"

#include <algorithm>
#include <string>

#include "line/label_name.h"

namespace narfi::query {
namespace {

// Fields that lie deeper are asked of the text; `| json` itself goes down to line::kMaxNesting.
constexpr size_t kMaxPath = 64;

bool IsPlainKey(std::string_view key) {
  if (key.empty() || (key.front() >= '0' && key.front() <= '9')) return false;
  return std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

// Joined as line::JsonFields joins them: a blank key leaves the names around it as they are, and a
// value under one is no field.
std::string LabelOfPath(const std::vector<std::string_view>& path) {
  std::string around;
  std::string label;
  for (const std::string_view key : path) {
    label = around;
    if (!around.empty()) label += '_';
    const size_t before = label.size();
    line::AppendLabelName(label, key);
    if (label.size() == before) label.clear();
    if (!label.empty()) around = label;
  }
  return label;
}

bool Gives(const storage::LineSlot& slot, std::string_view name) {
  if (slot.path.size() == 1 && IsPlainKey(slot.path.front())) return slot.path.front() == name;
  return LabelOfPath(slot.path) == name;
}

uint32_t SlotIn(const storage::LineTemplate& form, std::string_view name) {
  uint32_t found = storage::Columnar::kSlotAbsent;
  for (uint32_t i = 0; i < form.slots.size(); ++i) {
    if (form.slots[i].path.size() > kMaxPath) return storage::Columnar::kSlotAsk;
    if (!Gives(form.slots[i], name)) continue;
    if (found != storage::Columnar::kSlotAbsent) return storage::Columnar::kSlotAsk;
    found = i;
  }
  return found;
}

}  // namespace

// Keys stand in the literals: one with an escape may be one that `| json` does not take.
bool ParsesSurely(const storage::LineTemplate& form) {
  if (!form.is_json) return false;
  const bool has_text = std::any_of(form.slots.begin(), form.slots.end(), [](const auto& slot) {
    return slot.kind == storage::SlotKind::kText;
  });
  const auto has_escape = [](std::string_view literal) {
    return literal.find('\\') != std::string_view::npos;
  };
  return !has_text && std::none_of(form.literals.begin(), form.literals.end(), has_escape);
}

FieldSlots FindFieldSlots(const std::vector<storage::LineTemplate>& templates,
                          const std::vector<FormUse>& uses, std::string_view name) {
  FieldSlots out;
  out.of_template.assign(templates.size(), storage::Columnar::kSlotAbsent);
  for (size_t i = 0; i < templates.size(); ++i) {
    if (uses[i] == FormUse::kNone) continue;
    const storage::LineTemplate& form = templates[i];
    uint32_t slot = uses[i] == FormUse::kAsk ? storage::Columnar::kSlotAsk : SlotIn(form, name);
    out.may_ask |= slot == storage::Columnar::kSlotAsk;
    out.all_ask &= slot == storage::Columnar::kSlotAsk;
    if (slot < form.slots.size()) {
      const storage::SlotKind kind = form.slots[slot].kind;
      out.has_strings |= kind == storage::SlotKind::kString;
      out.has_scalars |= kind == storage::SlotKind::kScalar;
      // An array is no field.
      if (kind == storage::SlotKind::kArray) slot = storage::Columnar::kSlotAbsent;
      out.any |= kind != storage::SlotKind::kArray;
    }
    out.of_template[i] = slot;
  }
  return out;
}

}  // namespace narfi::query
