#include "storage/split_search.h"

#include <algorithm>
#include <set>
#include <utility>

namespace narfi::storage {
namespace {

// Where a longer text lies is for the lines to tell: to try all its pieces would take too long.
constexpr size_t kMaxStraddle = 1024;

// What a value of a slot tells of its line.
enum class SlotRole : uint8_t {
  kWhole,   // it is the line
  kString,  // it stands between quotes
  kPiece,   // what is around it may be part of a match
};

SlotRole RoleOf(const LineTemplate& shape, size_t slot) {
  const LineSlot& of = shape.slots[slot];
  if (of.kind == SlotKind::kString) return SlotRole::kString;
  const bool is_whole = shape.slots.size() == 1 && of.kind == SlotKind::kText &&
                        shape.literals[0].empty() && shape.literals[1].empty();
  return is_whole ? SlotRole::kWhole : SlotRole::kPiece;
}

bool HasOddBytes(const ByteSet& alphabet) {
  return HasByte(alphabet, kFirstOfKelvin) || HasByte(alphabet, kFirstOfLongS);
}

}  // namespace

SplitSearch::SplitSearch(const SplitTable& table, const std::vector<LineTemplate>& shapes,
                         AllTimes times)
    : table_(table), shapes_(shapes), times_(std::move(times)), counted_(table.children()) {}

void SplitSearch::Prepare() {
  if (!verdicts_.empty()) return;
  verdicts_.resize(table_.templates().size(), Verdict::kOut);
  says_.resize(verdicts_.size());
  for (size_t t = 0; t < says_.size(); ++t) says_[t].resize(table_.templates()[t].children.size());
}

template <class MayHold, class Ask>
Result<SplitSearch::Answers> SplitSearch::AskChildren(MayHold may_hold, Ask ask) {
  Answers answers(table_.children());
  for (uint32_t c = 0; c < answers.size(); ++c) {
    const ColumnNode& child = table_.child(c);
    if (!may_hold(child)) continue;
    NARFI_ASSIGN(const auto times, TimesFor(c));
    ValueMatches& of = found_.emplace_back(child.values());
    NARFI_TRY(ask(child, times, of));
    if (!of.empty()) answers[c] = &of;
  }
  return answers;
}

template <class Tell>
void SplitSearch::TellSlots(const Answers& answers, Tell tell) {
  if (std::all_of(answers.begin(), answers.end(), [](auto* answer) { return answer == nullptr; }))
    return;
  Prepare();
  for (size_t t = 0; t < says_.size(); ++t) {
    const auto children = table_.templates()[t].children;
    for (size_t slot = 0; slot < children.size(); ++slot) {
      const ValueMatches* of = answers[children[slot]];
      if (of == nullptr) continue;
      counted_[children[slot]] = true;
      tell(*of, t, slot, says_[t][slot]);
    }
  }
}

Status SplitSearch::Find(std::string_view text, RowSet& sure, RowSet& maybe) {
  const TextNeedle needle{text};
  NARFI_ASSIGN(const Answers answers,
               AskChildren([&](const ColumnNode& child) { return child.MayHold(needle); },
                           [&](const ColumnNode& child, const auto& times, ValueMatches& out) {
                             return child.Find(needle, times, out.matched, out.asked);
                           }));
  TellSlots(answers, [](const ValueMatches& of, size_t, size_t, Says& says) {
    says.sure.push_back(&of.matched);
    says.maybe.push_back(&of.asked);
  });
  NARFI_TRY(AddLiterals(needle, true));
  return AddRows(sure, maybe);
}

Status SplitSearch::Match(const PatternSearch& search, RowSet& sure, RowSet& maybe) {
  using Scope = PatternSearch::Scope;
  const auto may_hold = [&](const ColumnNode& child) {
    bool may = false;
    for (size_t i = 0; i < search.any_of.size() && !may; ++i) may = child.MayHold(search.needle(i));
    return may;
  };
  NARFI_ASSIGN(
      const Answers answers,
      AskChildren(may_hold, [&](const ColumnNode& child, const auto& times, ValueMatches& out) {
        return child.Match(search, times, out);
      }));
  TellSlots(answers, [&](const ValueMatches& of, size_t shape, size_t slot, Says& says) {
    const SlotRole role = RoleOf(shapes_[shape], slot);
    const bool is_string = role == SlotRole::kString;
    const bool proves = role == SlotRole::kWhole || (is_string && search.scope != Scope::kLine);
    (proves ? says.sure : says.maybe).push_back(&of.matched);
    says.maybe.push_back(&of.asked);
    const bool rules_out = role == SlotRole::kWhole || (is_string && search.scope == Scope::kValue);
    if (!rules_out) says.maybe.push_back(&of.held);
  });
  for (size_t i = 0; i < search.any_of.size(); ++i) NARFI_TRY(AddLiterals(search.needle(i), false));
  return AddRows(sure, maybe);
}

Result<std::vector<int64_t>> SplitSearch::TimesFor(uint32_t child) {
  if (!table_.child(child).needs_times() || times_ == nullptr) return std::vector<int64_t>();
  if (all_times_.empty()) {
    NARFI_ASSIGN(all_times_, times_());
  }
  NARFI_ASSIGN(const auto ranks, table_.ReadRanks());
  return table_.TimesOfChild(*ranks, child, all_times_);
}

Status SplitSearch::AddLiterals(const TextNeedle& needle, bool is_sure) {
  const std::string_view text = needle.text;
  if (!needle.folded && !table_.templates().MayTouch(text)) return {};
  Prepare();
  std::vector<std::string_view> literals = table_.templates().distinct_literals();
  struct Mark {
    bool holds = false;
    bool touches = false;  // an end of it is a byte of the needle
  };
  std::vector<Mark> marks(literals.size());
  std::deque<std::string> lowered;
  for (size_t i = 0; i < marks.size(); ++i) {
    std::string_view& literal = literals[i];
    marks[i].holds = needle.MayBeIn(literal);
    if (needle.folded) literal = lowered.emplace_back(ToLowerAscii(literal));
    marks[i].touches =
        literal.empty() ||
        text.substr(0, text.size() - 1).find(literal.back()) != std::string_view::npos ||
        text.substr(1).find(literal.front()) != std::string_view::npos;
  }
  std::vector<std::string_view> of_template;
  size_t at = 0;
  for (size_t t = 0; t < says_.size(); ++t) {
    Mark any;
    of_template.clear();
    const size_t count = table_.templates()[t].literals.size();
    for (size_t i = 0; i < count; ++i) {
      const uint32_t number = table_.templates().literal_numbers()[at++];
      any.holds |= marks[number].holds;
      any.touches |= marks[number].touches;
      of_template.push_back(literals[number]);
    }
    if (any.holds) {
      verdicts_[t] = std::max(verdicts_[t], is_sure ? Verdict::kSure : Verdict::kMaybe);
    } else if (any.touches && verdicts_[t] == Verdict::kOut) {
      bool is_told = text.size() <= kMaxStraddle;
      if (is_told) {
        NARFI_ASSIGN(is_told, AddStraddles(t, of_template, needle, is_sure));
      }
      if (!is_told) verdicts_[t] = Verdict::kMaybe;
    }
  }
  return {};
}

// The needle begins in the literal before a slot, or in the slot's value.
Result<bool> SplitSearch::AddStraddles(size_t shape, std::span<const std::string_view> literals,
                                       const TextNeedle& needle, bool is_sure) {
  const auto children = table_.templates()[shape].children;
  const std::string_view text = needle.text;
  for (size_t slot = 0; slot < children.size(); ++slot) {
    for (size_t k = 1; k < text.size(); ++k) {
      const TextNeedle rest{text.substr(k), needle.folded};
      if (k <= literals[slot].size() && literals[slot].ends_with(text.substr(0, k))) {
        if (IsPlausible(children[slot], rest))
          NARFI_TRY(Say(shape, slot, Where::kBegins, rest, is_sure));
        for (size_t m = 0; m < rest.text.size(); ++m) {
          NARFI_ASSIGN(const bool is_told,
                       AddPart(shape, slot, Where::kIs, rest, m, literals[slot + 1], is_sure));
          if (!is_told) return false;
        }
      }
      NARFI_ASSIGN(const bool is_told,
                   AddPart(shape, slot, Where::kEnds, needle, k, literals[slot + 1], is_sure));
      if (!is_told) return false;
    }
  }
  return true;
}

// The first `size` bytes of the needle lie in the slot's value, the others behind it.
Result<bool> SplitSearch::AddPart(size_t shape, size_t slot, Where where, const TextNeedle& needle,
                                  size_t size, std::string_view behind, bool is_sure) {
  const TextNeedle part{needle.text.substr(0, size), needle.folded};
  const std::string_view rest = needle.text.substr(size);
  const bool ends_there = behind.starts_with(rest);
  const bool goes_on = !ends_there && slot + 1 < says_[shape].size() && rest.starts_with(behind);
  if (!ends_there && !goes_on) return true;
  if (!IsPlausible(table_.templates()[shape].children[slot], part)) return true;
  if (goes_on || part.text.empty()) return false;
  NARFI_TRY(Say(shape, slot, where, part, is_sure));
  return true;
}

// Whether a value of the column may have the text.
bool SplitSearch::IsPlausible(uint32_t child, const TextNeedle& text) const {
  return text.text.empty() || table_.child(child).MayHold(text);
}

Status SplitSearch::Say(size_t shape, size_t slot, Where where, const TextNeedle& text,
                        bool is_sure) {
  const uint32_t child = table_.templates()[shape].children[slot];
  NARFI_ASSIGN(const ValueMatches* const of, ValuesWith(child, where, text));
  if (of->matched.empty() && of->asked.empty()) return {};
  counted_[child] = true;
  Says& says = says_[shape][slot];
  (is_sure ? says.sure : says.maybe).push_back(&of->matched);
  says.maybe.push_back(&of->asked);
  return {};
}

Result<const ValueMatches*> SplitSearch::ValuesWith(uint32_t child, Where where,
                                                    const TextNeedle& text) {
  const ValueMatches*& known = known_[{child, where, text.text}];
  if (known != nullptr) return known;
  PatternSearch search;
  search.any_of = {std::string(text.text)};
  search.folded = text.folded;
  search.matches = [&](std::string_view value) {
    const size_t size = text.text.size();
    if (value.size() < size || (where == Where::kIs && value.size() != size)) return false;
    const std::string_view part =
        where == Where::kEnds ? value.substr(value.size() - size) : value.substr(0, size);
    return text.folded ? ToLowerAscii(part) == text.text : part == text.text;
  };
  NARFI_ASSIGN(const auto times, TimesFor(child));
  ValueMatches& of = found_.emplace_back(table_.child(child).values());
  NARFI_TRY(table_.child(child).Match(search, times, of));
  // The odd letters are longer than those they stand for.
  if (text.folded && HasOddLetters(text.text) && HasOddBytes(table_.child(child).alphabet()))
    of.asked |= of.held;
  known = &of;
  return known;
}

namespace {

// Where the value of a child stands: which place, and which of its slots.
struct Stand {
  uint32_t place = 0;
  size_t slot = 0;
};

Stand FindValue(const SplitTable& table, const SplitTable::Ranks& ranks, uint32_t child,
                uint32_t value) {
  const size_t children = table.children();
  size_t low = 0;  // the last step that begins no later
  for (size_t high = ranks.before.size() / children; high - low > 1;) {
    const size_t middle = (low + high) / 2;
    (ranks.before[middle * children + child] <= value ? low : high) = middle;
  }
  uint32_t next = ranks.before[low * children + child];
  for (auto place = static_cast<uint32_t>(low * SplitTable::kRankStep);; ++place) {
    const auto of = table.templates()[ranks.TemplateOf(place)].children;
    for (size_t slot = 0; slot < of.size(); ++slot) {
      if (of[slot] == child && next++ == value) return {place, slot};
    }
  }
}

}  // namespace

bool SplitSearch::AddFewRows(const SplitTable::Ranks& ranks, RowSet& sure, RowSet& maybe) const {
  // To find a value takes as long as to go over some hundred rows.
  constexpr size_t kMostValues = 64;
  std::set<std::pair<uint32_t, const RowSet*>> sets;
  for (size_t t = 0; t < says_.size(); ++t) {
    if (verdicts_[t] != Verdict::kOut) return false;
    for (size_t slot = 0; slot < says_[t].size(); ++slot) {
      const uint32_t child = table_.templates()[t].children[slot];
      for (const RowSet* set : says_[t][slot].sure) sets.emplace(child, set);
      for (const RowSet* set : says_[t][slot].maybe) sets.emplace(child, set);
    }
  }
  size_t values = 0;
  for (const auto& [child, set] : sets) values += set->count();
  if (values > kMostValues) return false;
  for (const auto& [child, set] : sets) {
    ForEachRow(*set, 0, set->rows(), [&, c = child](uint32_t value) {
      const Stand at = FindValue(table_, ranks, c, value);
      const Says& says = says_[ranks.TemplateOf(at.place)][at.slot];
      const auto has = [&](const RowSet* of) { return of->Has(value); };
      if (std::any_of(says.sure.begin(), says.sure.end(), has)) sure.Add(at.place);
      if (std::any_of(says.maybe.begin(), says.maybe.end(), has)) maybe.Add(at.place);
    });
  }
  maybe -= sure;
  return true;
}

Status SplitSearch::AddRows(RowSet& sure, RowSet& maybe) {
  if (verdicts_.empty()) return {};
  struct Slot {
    uint32_t child;
    const Says* says;
  };
  std::vector<std::vector<Slot>> slots(says_.size());
  bool any = false;
  for (size_t t = 0; t < says_.size(); ++t) {
    any |= verdicts_[t] != Verdict::kOut;
    const auto children = table_.templates()[t].children;
    for (size_t slot = 0; slot < children.size(); ++slot) {
      if (counted_[children[slot]]) slots[t].push_back({children[slot], &says_[t][slot]});
    }
    any |= !slots[t].empty();
  }
  if (!any) return {};
  NARFI_ASSIGN(const auto ranks, table_.ReadRanks());
  if (AddFewRows(*ranks, sure, maybe)) return {};
  std::vector<uint32_t> next(table_.children());
  for (uint32_t place = 0; place < table_.values(); ++place) {
    const uint16_t shape = ranks->TemplateOf(place);
    if (verdicts_[shape] == Verdict::kSure) sure.Add(place);
    if (verdicts_[shape] == Verdict::kMaybe) maybe.Add(place);
    for (const Slot& slot : slots[shape]) {
      const uint32_t value = next[slot.child]++;
      for (const RowSet* set : slot.says->sure) {
        if (set->Has(value)) sure.Add(place);
      }
      for (const RowSet* set : slot.says->maybe) {
        if (set->Has(value)) maybe.Add(place);
      }
    }
  }
  maybe -= sure;
  return {};
}

}  // namespace narfi::storage
