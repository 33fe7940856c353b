#include "storage/split_node.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <unordered_map>

#include "base/bytes.h"

namespace narfi::storage {
void SplitTemplates::AddLiteral(std::string_view literal) {
  literals_.push_back(literal);
  const auto [it, is_new] =
      known_literals_.try_emplace(literal, static_cast<uint32_t>(distinct_literals_.size()));
  if (is_new) distinct_literals_.push_back(literal);
  literal_numbers_.push_back(it->second);
}

SplitTable::SplitTable(uint32_t values, std::shared_ptr<const SplitTemplates> templates,
                       std::vector<const ColumnNode*> children, IntPacking packing,
                       uint32_t first_blob, const BlobStore& blobs, uint64_t number)
    : values_(values),
      shared_templates_(std::move(templates)),
      templates_(*shared_templates_),
      children_(std::move(children)),
      packing_(packing),
      first_blob_(first_blob),
      blobs_(blobs),
      number_(number) {}

Result<std::shared_ptr<const SplitTable::Ranks>> SplitTable::ReadRanks() const {
  return blobs_.Remember<Ranks>(
      2 * number_ + 1, [&] { return MakeRanks(); },
      [](const Ranks& ranks) { return ranks.before.size() * sizeof(uint32_t); });
}

Result<std::shared_ptr<const SplitTable::Ranks>> SplitTable::MakeRanks() const {
  auto ranks = std::make_shared<Ranks>();
  NARFI_TRY(ranks->numbers.Open(blobs_, first_blob_, packing_, values_));
  if (packing_.low < 0 || packing_.low > UINT16_MAX || packing_.bits > 16) return BadColumn();
  std::vector<uint32_t> by_template(templates_.size());
  std::vector<uint32_t> counts(children_.size());
  for (uint32_t first = 0; first < values_; first += kRankStep) {
    ranks->before.insert(ranks->before.end(), counts.begin(), counts.end());
    std::fill(by_template.begin(), by_template.end(), 0);
    const uint32_t end = std::min(values_, first + kRankStep);
    for (uint32_t i = first; i < end; ++i) {
      const uint16_t shape = ranks->TemplateOf(i);
      if (shape >= templates_.size()) return BadColumn();
      ++by_template[shape];
    }
    for (size_t t = 0; t < by_template.size(); ++t) {
      if (by_template[t] == 0) continue;
      for (const uint32_t child : templates_[t].children) counts[child] += by_template[t];
    }
  }
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] != children_[i]->values()) return BadColumn();
  }
  return std::shared_ptr<const Ranks>(std::move(ranks));
}

namespace {

// Walks ascending places, knowing how many values of each child lie before the one it stands at.
class RankWalk {
 public:
  RankWalk(const SplitTable::Ranks& ranks, const SplitTemplates& templates, size_t children)
      : ranks_(ranks), templates_(templates), next_(children) {}

  void MoveTo(uint32_t place) {
    const uint32_t step = place / SplitTable::kRankStep;
    if (!started_ || place < at_ || step != at_ / SplitTable::kRankStep) {
      const auto* before = ranks_.before.data() + step * next_.size();
      std::copy(before, before + next_.size(), next_.begin());
      at_ = step * SplitTable::kRankStep;
      started_ = true;
    }
    for (; at_ < place; ++at_) {
      for (const uint32_t child : templates_[ranks_.TemplateOf(at_)].children) ++next_[child];
    }
  }
  uint32_t next(uint32_t child) const { return next_[child]; }

 private:
  const SplitTable::Ranks& ranks_;
  const SplitTemplates& templates_;
  std::vector<uint32_t> next_;
  uint32_t at_ = 0;
  bool started_ = false;
};

}  // namespace

Result<std::vector<SplitTable::ChildTexts>> SplitTable::TextsOfChildren(
    const Ranks& ranks, std::span<const uint32_t> places, std::span<const int64_t> times,
    TextSink& sink) const {
  std::vector<ChildTexts> work(children_.size());
  RankWalk walk(ranks, templates_, children_.size());
  std::vector<uint32_t> used(children_.size());  // within the value
  for (size_t i = 0; i < places.size(); ++i) {
    walk.MoveTo(places[i]);
    const auto children = templates_[ranks.TemplateOf(places[i])].children;
    for (const uint32_t c : children) {
      // A child may stand in a line many times: the next one is the value behind.
      work[c].places.push_back(walk.next(c) + used[c]++);
      if (!times.empty()) work[c].times.push_back(times[i]);
    }
    for (const uint32_t c : children) used[c] = 0;
  }
  for (size_t c = 0; c < work.size(); ++c) {
    ChildTexts& child = work[c];
    if (child.places.empty()) continue;
    child.texts.resize(child.places.size());
    NARFI_TRY(children_[c]->Texts(child.places, child.times, sink, child.texts.data()));
  }
  return work;
}

Status SplitTable::Texts(std::span<const uint32_t> places, std::span<const int64_t> times,
                         TextSink& sink, std::string_view* out) const {
  NARFI_ASSIGN(const auto ranks, ReadRanks());
  NARFI_ASSIGN(auto work, TextsOfChildren(*ranks, places, times, sink));
  uint64_t bytes = 0;
  for (const uint32_t place : places) bytes += templates_[ranks->TemplateOf(place)].literal_bytes;
  for (const ChildTexts& child : work) {
    for (const std::string_view text : child.texts) bytes += text.size();
  }
  char* at = sink.Allocate(bytes);
  if (at == nullptr) return BadColumn();
  const auto put = [&at](std::string_view part) {
    if (!part.empty()) std::memcpy(at, part.data(), part.size());
    at += part.size();
  };
  for (size_t i = 0; i < places.size(); ++i) {
    const Template shape = templates_[ranks->TemplateOf(places[i])];
    char* const begin = at;
    for (size_t slot = 0; slot < shape.children.size(); ++slot) {
      put(shape.literals[slot]);
      ChildTexts& child = work[shape.children[slot]];
      put(child.texts[child.given++]);
    }
    put(shape.literals.back());
    out[i] = {begin, static_cast<size_t>(at - begin)};
  }
  return {};
}

namespace {

// Whether the text may end with `part`; more of it may stand before.
bool EndsWith(std::string_view text, std::string_view part, bool has_more) {
  return part.size() <= text.size() ? text.ends_with(part) : has_more && part.ends_with(text);
}
bool BeginsWith(std::string_view text, std::string_view part, bool has_more) {
  return part.size() <= text.size() ? text.starts_with(part) : has_more && part.starts_with(text);
}

}  // namespace

// Whether a match may reach over the border between a literal and a slot: then the needle's bytes
// on both sides of the border must fit what stands there.
bool SplitTable::MayStraddle(std::span<const std::string_view> literals,
                             std::span<const uint32_t> children, const Needle& needle) const {
  const std::string_view text = needle.text;
  for (size_t slot = 0; slot < children.size(); ++slot) {
    const ByteSet& alphabet = children_[children[slot]]->alphabet();
    const std::string_view before = literals[slot];
    const std::string_view behind = literals[slot + 1];
    const bool is_first = slot == 0;
    const bool is_last = slot + 1 == children.size();
    for (size_t k = 1; k < text.size(); ++k) {
      // Over the border in front of the slot, which may be empty.
      const bool may_go_on =
          HasByte(alphabet, text[k], needle.folded) || behind.empty() || behind[0] == text[k];
      if (may_go_on && EndsWith(before, text.substr(0, k), !is_first)) return true;
      // Over the one behind it.
      const bool may_come = HasByte(alphabet, text[k - 1], needle.folded) || before.empty() ||
                            before.back() == text[k - 1];
      if (may_come && BeginsWith(behind, text.substr(k), !is_last)) return true;
    }
  }
  return false;
}

std::vector<uint8_t> SplitTable::FindInLiterals(const Needle& needle) const {
  enum : uint8_t { kHolds = 1, kTouches = 2 };
  std::vector<std::string_view> literals = templates_.distinct_literals();
  std::vector<uint8_t> marks(literals.size());
  std::deque<std::string> lowered;
  for (size_t i = 0; i < marks.size(); ++i) {
    std::string_view& literal = literals[i];
    if (needle.MayBeIn(literal)) marks[i] |= kHolds;
    if (needle.folded) literal = lowered.emplace_back(ToLowerAscii(literal));
    // At a border the literal's own end or begin must be a byte of the needle.
    const std::string_view text = needle.text;
    const bool touches =
        literal.empty() ||
        text.substr(0, text.size() - 1).find(literal.back()) != std::string_view::npos ||
        text.substr(1).find(literal.front()) != std::string_view::npos;
    if (touches) marks[i] |= kTouches;
  }
  std::vector<uint8_t> out(templates_.size(), kNo);
  std::vector<std::string_view> of_template;
  size_t at = 0;
  for (size_t t = 0; t < templates_.size(); ++t) {
    const Template shape = templates_[t];
    uint8_t any = 0;
    of_template.clear();
    for (size_t i = 0; i < shape.literals.size(); ++i) {
      const uint32_t number = templates_.literal_numbers()[at++];
      any |= marks[number];
      of_template.push_back(literals[number]);
    }
    if ((any & kHolds) != 0) {
      out[t] = kSure;
    } else if ((any & kTouches) != 0 && MayStraddle(of_template, shape.children, needle)) {
      out[t] = kMaybe;
    }
  }
  return out;
}

namespace {

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

}  // namespace

Status SplitTable::Match(const PatternSearch& search, const std::vector<LineTemplate>& shapes,
                         RowSet& sure, RowSet& maybe) const {
  using Scope = PatternSearch::Scope;
  std::vector<ValueMatches> found;
  for (const ColumnNode* child : children_) {
    bool may = false;
    for (size_t i = 0; i < search.any_of.size() && !may; ++i)
      may = child->MayHold(search.needle(i));
    found.emplace_back(may ? child->values() : 0);
    if (may) NARFI_TRY(child->Match(search, found.back()));
  }
  struct Slot {
    uint32_t child;
    SlotRole role;
  };
  std::vector<uint8_t> in_template(templates_.size(), kNo);
  bool any = false;
  for (size_t i = 0; i < search.any_of.size(); ++i) {
    const auto of_needle = FindInLiterals(search.needle(i));
    for (size_t t = 0; t < in_template.size(); ++t) in_template[t] |= of_needle[t];
  }
  std::vector<std::vector<Slot>> slots(templates_.size());
  for (size_t t = 0; t < templates_.size(); ++t) {
    any |= in_template[t] != kNo;
    const auto children = templates_[t].children;
    for (size_t slot = 0; slot < children.size(); ++slot) {
      if (!found[children[slot]].empty())
        slots[t].push_back({children[slot], RoleOf(shapes[t], slot)});
    }
    any |= !slots[t].empty();
  }
  if (!any) return {};
  NARFI_ASSIGN(const auto ranks, ReadRanks());
  std::vector<uint32_t> next(children_.size());
  for (uint32_t place = 0; place < values_; ++place) {
    const uint16_t shape = ranks->TemplateOf(place);
    if (in_template[shape] != kNo) maybe.Add(place);
    for (const Slot& slot : slots[shape]) {
      const ValueMatches& of = found[slot.child];
      const uint32_t value = next[slot.child]++;
      const bool is_alone = slot.role == SlotRole::kWhole ||
                            (slot.role == SlotRole::kString && search.scope != Scope::kLine);
      if (of.matched.Has(value)) (is_alone ? sure : maybe).Add(place);
      if (of.asked.Has(value)) maybe.Add(place);
      const bool is_out = slot.role == SlotRole::kWhole ||
                          (slot.role == SlotRole::kString && search.scope == Scope::kValue);
      if (!is_out && of.held.Has(value)) maybe.Add(place);
    }
  }
  maybe -= sure;
  return {};
}

Status SplitTable::Find(std::string_view text, RowSet& sure, RowSet& maybe) const {
  const Needle needle{text};
  std::vector<uint8_t> asked;
  for (const ColumnNode* child : children_) asked.push_back(child->MayHold(needle) ? 1 : 0);
  NARFI_TRY(FindInChildren(text, FindInLiterals(needle), asked, sure, maybe));
  maybe -= sure;
  return {};
}

Status SplitTable::FindInSlots(std::string_view needle, const std::vector<uint8_t>& asked,
                               RowSet& sure, RowSet& maybe) const {
  return FindInChildren(needle, std::vector<uint8_t>(templates_.size(), kNo), asked, sure, maybe);
}

Status SplitTable::FindInChildren(std::string_view needle, const std::vector<uint8_t>& in_template,
                                  const std::vector<uint8_t>& asked, RowSet& sure,
                                  RowSet& maybe) const {
  struct Hits {
    RowSet sure;
    RowSet maybe;
    bool any = false;
    uint32_t next = 0;
  };
  std::vector<Hits> hits(children_.size());
  bool any = std::any_of(in_template.begin(), in_template.end(), [](uint8_t t) { return t != 0; });
  for (size_t c = 0; c < children_.size(); ++c) {
    if (asked[c] == 0) continue;
    hits[c].sure = RowSet(children_[c]->values());
    hits[c].maybe = RowSet(children_[c]->values());
    NARFI_TRY(children_[c]->Find(Needle{needle}, hits[c].sure, hits[c].maybe));
    hits[c].any = !hits[c].sure.empty() || !hits[c].maybe.empty();
    any |= hits[c].any;
  }
  if (!any) return {};
  NARFI_ASSIGN(const auto ranks, ReadRanks());
  std::vector<std::vector<uint32_t>> wanted(templates_.size());
  for (size_t t = 0; t < templates_.size(); ++t) {
    for (const uint32_t child : templates_[t].children) {
      if (hits[child].any) wanted[t].push_back(child);
    }
  }
  for (uint32_t place = 0; place < values_; ++place) {
    const uint16_t shape = ranks->TemplateOf(place);
    if (in_template[shape] == kSure) sure.Add(place);
    if (in_template[shape] == kMaybe) maybe.Add(place);
    for (const uint32_t child : wanted[shape]) {
      Hits& of = hits[child];
      if (of.sure.Has(of.next)) sure.Add(place);
      if (of.maybe.Has(of.next)) maybe.Add(place);
      ++of.next;
    }
  }
  return {};
}

std::vector<int64_t> SplitTable::TimesOfChild(const Ranks& ranks, uint32_t child,
                                              std::span<const int64_t> times) const {
  std::vector<int64_t> out;
  std::vector<uint8_t> uses(templates_.size());
  for (size_t t = 0; t < templates_.size(); ++t) {
    const auto children = templates_[t].children;
    uses[t] = static_cast<uint8_t>(std::count(children.begin(), children.end(), child));
  }
  for (size_t place = 0; place < times.size(); ++place)
    out.insert(out.end(), uses[ranks.TemplateOf(place)], times[place]);
  return out;
}

}  // namespace narfi::storage
