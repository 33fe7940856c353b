#include "storage/segment_lookup.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "storage/byte_set.h"
#include "storage/id_dictionary.h"
#include "storage/stored_columns.h"

namespace narfi::storage {
namespace {

// What ids are made of: digits in either case, and what some have between them.
enum IdBytes : uint8_t { kDigits, kDashed, kIdBytes };

const std::array<ByteSet, kIdBytes>& IdByteSets() {
  static const auto sets = [] {
    std::array<ByteSet, kIdBytes> made;
    for (ByteSet& set : made) AddBytes(set, "0123456789abcdefABCDEF");
    AddBytes(made[kDashed], "-");
    return made;
  }();
  return sets;
}

// The narrowest that has all bytes of the text.
std::optional<IdBytes> BytesOf(std::string_view text) {
  for (const IdBytes bytes : {kDigits, kDashed}) {
    const ByteSet& set = IdByteSets()[bytes];
    if (std::all_of(text.begin(), text.end(), [&](char c) { return HasByte(set, c); }))
      return bytes;
  }
  return std::nullopt;
}

constexpr GroupSet Bit(size_t group) { return GroupSet{1} << group; }

// They take long to make for their size.
constexpr uint8_t kWorth = 32;
// For making them: what is read for it once shall not drive out what is asked for again.
constexpr uint64_t kApartBytes = 4 << 20;

}  // namespace

// Of all row groups, without any id.
struct SegmentLookup::Summary {
  using Longest = std::array<uint64_t, kIdBytes>;
  using Names = std::vector<std::pair<std::string, GroupSet>>;
  GroupSet damaged = 0;  // nothing is known of them
  // Of each row group: stretches in lines, and in values of structured metadata.
  std::vector<Longest> in_lines;
  std::vector<Longest> in_metadata;
  Names labels;  // sorted, as the others are
  Names metadata;
  GroupSet more_names = 0;  // of these not all names are here
  GroupSet packed = 0;      // of these any name of metadata may be missing

  uint64_t bytes() const {
    uint64_t sum = sizeof *this + 2 * in_lines.size() * sizeof in_lines[0];
    for (const Names* names : {&labels, &metadata}) {
      for (const auto& [name, groups] : *names) sum += sizeof(Names::value_type) + name.size();
    }
    return sum;
  }
};

// Which row groups have each id of a dictionary.
struct SegmentLookup::IdTable {
  static constexpr uint8_t kOther = 255;
  std::vector<uint8_t> codes;  // of each id: one of `sets`, or kOther
  std::vector<GroupSet> sets;
  GroupSet others = 0;  // the row groups of ids with kOther
  GroupSet damaged = 0;

  uint64_t bytes() const { return sizeof *this + codes.size() + sets.size() * sizeof sets[0]; }
};

struct SegmentLookup::TextAnswer {
  std::string text;
  GroupAnswer answer;
  uint64_t bytes() const { return sizeof *this + text.size(); }
};

SegmentLookup::SegmentLookup(const SegmentReader& segment, PageCache& cache)
    : segment_(segment), cache_(cache), all_(FirstGroups(segment.groups().size())) {}

template <class T, class Make>
std::shared_ptr<const T> SegmentLookup::Remember(uint64_t number, LookupEffort effort,
                                                 Make make) const {
  constexpr uint64_t kNoBlock = UINT64_MAX - 1;
  const PageKey key{segment_.footer().id, kNoBlock, number};
  if (auto found = cache_.Find(key)) return std::static_pointer_cast<const T>(found);
  if (effort == LookupEffort::kKnown) return nullptr;
  const auto made = std::make_shared<const T>(make());
  cache_.Insert(key, made, made->bytes() + 128, kWorth);
  return made;
}

namespace {

// Numbers of what is remembered: those of texts have the highest bit.
constexpr uint64_t kSummaryNumber = 1;
constexpr uint64_t kFirstTableNumber = 2;
uint64_t NumberOf(std::string_view text) { return Hash64(text) | uint64_t{1} << 63; }

// The row groups that have each name, as long as there are few.
class NameSets {
 public:
  using Names = std::vector<std::pair<std::string, GroupSet>>;
  // False when there are too many.
  bool Add(std::string_view name, GroupSet group, size_t beside) {
    auto at = sets_.find(name);
    if (at == sets_.end()) {
      if (sets_.size() + beside >= kMaxLookupNames) return false;
      at = sets_.emplace(name, 0).first;
    }
    at->second |= group;
    return true;
  }
  size_t size() const { return sets_.size(); }
  Names Sorted() const { return {sets_.begin(), sets_.end()}; }

 private:
  std::map<std::string, GroupSet, std::less<>> sets_;
};

// Where the wider set has nothing long the narrower one has not either.
template <class Measure>
bool MeasureRuns(Measure measure, std::array<uint64_t, kIdBytes>& out) {
  for (size_t bytes = kIdBytes; bytes-- > 0;) {
    const Result<ByteRuns> runs = measure(IdByteSets()[bytes]);
    if (!runs) return false;
    if (runs->longest < kLeastLookup) break;
    out[bytes] = runs->longest;
  }
  return true;
}

// Where a name is kept of one row group it is kept of all that tell it.
GroupAnswer AnswerOf(const std::vector<std::pair<std::string, GroupSet>>& names,
                     std::string_view name, GroupSet silent, GroupSet more_names) {
  const auto at = std::lower_bound(
      names.begin(), names.end(), name,
      [](const auto& known, std::string_view wanted) { return known.first < wanted; });
  if (at == names.end() || at->first != name) return {0, silent | more_names};
  return {at->second, silent & ~at->second};
}

}  // namespace

SegmentLookup::Summary SegmentLookup::MakeSummary() const {
  Summary out;
  out.in_lines.resize(segment_.groups().size());
  out.in_metadata.resize(segment_.groups().size());
  NameSets labels;
  NameSets metadata;
  for (size_t g = 0; g < segment_.groups().size(); ++g) {
    const StoredRowGroup& group = *segment_.groups()[g];
    PageCache apart(kApartBytes);
    const auto opened = group.ColumnsApart(apart);
    if (!opened) {
      out.damaged |= Bit(g);
      continue;
    }
    const StoredColumns& columns = **opened;
    if (!MeasureRuns([&](const ByteSet& of) { return columns.Runs(of); }, out.in_lines[g]) ||
        !MeasureRuns([&](const ByteSet& of) { return columns.MetadataRuns(of); },
                     out.in_metadata[g])) {
      out.damaged |= Bit(g);
      continue;
    }
    if (columns.has_more_metadata_names()) out.packed |= Bit(g);
    bool is_all = true;
    for (const std::string_view name : columns.metadata_names())
      is_all &= metadata.Add(name, Bit(g), labels.size());
    for (const StreamRun& run : group.runs()) {
      for (const Label& label : *run.labels)
        is_all &= labels.Add(label.name, Bit(g), metadata.size());
    }
    if (!is_all) out.more_names |= Bit(g);
  }
  out.labels = labels.Sorted();
  out.metadata = metadata.Sorted();
  return out;
}

namespace {

// The sets that ids have so far, and what each becomes with one row group more.
class GroupSets {
 public:
  static constexpr uint16_t kTooMany = UINT16_MAX;

  void StartGroup(size_t group) {
    bit_ = Bit(group);
    next_.assign(sets_.size(), kNone);
  }
  uint16_t With(uint16_t code) {
    if (code == kTooMany || (sets_[code] & bit_) != 0) return code;  // several columns have the id
    if (code >= next_.size()) next_.resize(sets_.size(), kNone);
    if (next_[code] == kNone) next_[code] = Add(sets_[code] | bit_);
    return next_[code] == kNone ? kTooMany : next_[code];
  }
  const std::vector<GroupSet>& sets() const { return sets_; }

 private:
  static constexpr uint16_t kNone = UINT16_MAX;
  uint16_t Add(GroupSet set) {
    if (sets_.size() == kNone) return kNone;
    sets_.push_back(set);
    return static_cast<uint16_t>(sets_.size() - 1);
  }
  std::vector<GroupSet> sets_ = {0};
  std::vector<uint16_t> next_;
  GroupSet bit_ = 0;
};

}  // namespace

SegmentLookup::IdTable SegmentLookup::MakeTable(uint32_t dictionary, uint32_t ids) const {
  IdTable out;
  GroupSets sets;
  std::vector<uint16_t> codes(ids);
  for (size_t g = 0; g < segment_.groups().size(); ++g) {
    sets.StartGroup(g);
    bool is_known = true;
    const auto take = [&](uint64_t number) {
      is_known = is_known && number < ids;
      if (is_known) codes[number] = sets.With(codes[number]);
    };
    PageCache apart(kApartBytes);
    const auto columns = segment_.groups()[g]->ColumnsApart(apart);
    if (!columns || !(*columns)->ForIds(dictionary, take) || !is_known) out.damaged |= Bit(g);
  }
  std::vector<uint32_t> uses(sets.sets().size());
  for (const uint16_t code : codes) {
    if (code != GroupSets::kTooMany) ++uses[code];
  }
  std::vector<uint16_t> by_use(uses.size());
  for (size_t i = 0; i < by_use.size(); ++i) by_use[i] = static_cast<uint16_t>(i);
  const size_t kept = std::min<size_t>(by_use.size(), IdTable::kOther);
  std::partial_sort(by_use.begin(), by_use.begin() + static_cast<ptrdiff_t>(kept), by_use.end(),
                    [&](uint16_t a, uint16_t b) { return uses[a] > uses[b]; });
  std::vector<uint8_t> byte_of(uses.size(), IdTable::kOther);
  for (size_t i = 0; i < kept; ++i) {
    byte_of[by_use[i]] = static_cast<uint8_t>(i);
    out.sets.push_back(sets.sets()[by_use[i]]);
  }
  for (size_t i = kept; i < by_use.size(); ++i) out.others |= sets.sets()[by_use[i]];
  out.codes.resize(ids);
  for (size_t i = 0; i < ids; ++i) {
    const bool is_known = codes[i] != GroupSets::kTooMany;
    out.codes[i] = is_known ? byte_of[codes[i]] : IdTable::kOther;
    if (!is_known) out.others = all_;
  }
  return out;
}

std::shared_ptr<const SegmentLookup::Summary> SegmentLookup::GetSummary(LookupEffort effort) const {
  return Remember<Summary>(kSummaryNumber, effort, [&] { return MakeSummary(); });
}

bool SegmentLookup::CanTell(std::string_view text) {
  return text.size() >= kLeastLookup && BytesOf(text);
}

GroupAnswer SegmentLookup::WithText(std::string_view text, LookupEffort effort) const {
  return WithId(text, false, effort);
}

GroupAnswer SegmentLookup::WithMetadata(std::string_view name, std::string_view value,
                                        LookupEffort effort) const {
  return WithMetadataName(name, effort).And(WithId(value, true, effort));
}

// What is said of lines and of metadata differs in what other columns may hold: which row groups
// have an id is one table for both.
GroupAnswer SegmentLookup::WithId(std::string_view text, bool in_metadata,
                                  LookupEffort effort) const {
  const auto bytes = BytesOf(text);
  if (text.size() < kLeastLookup || !bytes || HasTooMany()) return Unknown();
  const auto summary = GetSummary(effort);
  if (summary == nullptr) return Waiting();
  GroupAnswer out{0, summary->damaged};
  const auto& longest = in_metadata ? summary->in_metadata : summary->in_lines;
  for (size_t g = 0; g < longest.size(); ++g) {
    if (text.size() <= longest[g][*bytes]) out.unknown |= Bit(g);
  }
  for (uint32_t d = 0; d < segment_.footer().dictionaries.size(); ++d) {
    const auto dictionary = segment_.ids().Get(d);
    std::vector<std::string> ids;
    if (!dictionary || (*dictionary)->count() > kMaxTableIds ||
        (*dictionary)->count() >
            cache_.max_page_bytes() / 2 ||  // who asks again would make it again
        !(*dictionary)->pattern().IdsWith(text, ids))
      return Unknown();
    for (const std::string& id : ids) {
      const auto number = (*dictionary)->Find(id);
      if (!number) return Unknown();
      if (!*number) continue;
      const auto table = Remember<IdTable>(kFirstTableNumber + d, effort,
                                           [&] { return MakeTable(d, (*dictionary)->count()); });
      if (table == nullptr) return Waiting();
      const uint8_t code = table->codes[**number];
      out.unknown |= table->damaged | (code == IdTable::kOther ? table->others : 0);
      if (code != IdTable::kOther) out.may_have |= table->sets[code];
    }
  }
  out.unknown &= ~out.may_have;
  return out;
}

GroupAnswer SegmentLookup::WithCommonText(std::string_view text, LookupEffort effort) const {
  if (HasTooMany()) return Unknown();
  const auto ask = [&] {
    TextAnswer made{std::string(text), {}};
    for (size_t g = 0; g < segment_.groups().size(); ++g) {
      PageCache apart(kApartBytes);
      const auto columns = segment_.groups()[g]->ColumnsApart(apart);
      const auto hits =
          columns ? (*columns)->FindText(text) : tl::unexpected<Error>(columns.error());
      if (!hits) {
        made.answer.unknown |= Bit(g);
      } else if (!(*hits)->sure.empty() || !(*hits)->maybe.empty()) {
        made.answer.may_have |= Bit(g);
      }
    }
    return made;
  };
  const auto known = Remember<TextAnswer>(NumberOf(text), effort, ask);
  if (known == nullptr) return Waiting();
  return known->text == text ? known->answer : Unknown();
}

GroupAnswer SegmentLookup::WithLabel(std::string_view name, LookupEffort effort) const {
  if (HasTooMany()) return Unknown();
  const auto summary = GetSummary(effort);
  if (summary == nullptr) return Waiting();
  return AnswerOf(summary->labels, name, summary->damaged, summary->more_names);
}

GroupAnswer SegmentLookup::WithMetadataName(std::string_view name, LookupEffort effort) const {
  if (HasTooMany()) return Unknown();
  const auto summary = GetSummary(effort);
  if (summary == nullptr) return Waiting();
  return AnswerOf(summary->metadata, name, summary->damaged | summary->packed, summary->more_names);
}

}  // namespace narfi::storage
