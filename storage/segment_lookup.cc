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

}  // namespace

// Of all row groups, without any id.
struct SegmentLookup::Summary {
  GroupSet damaged = 0;                                 // nothing is known of them
  std::vector<std::array<uint64_t, kIdBytes>> longest;  // of each row group: stretches in lines
  std::vector<std::pair<std::string, GroupSet>> names;  // sorted
  GroupSet more_names = 0;                              // of these not all names are here

  uint64_t bytes() const {
    uint64_t sum = sizeof *this + longest.size() * sizeof longest[0];
    for (const auto& [name, groups] : names) sum += sizeof names[0] + name.size();
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

// The names that a row group's streams and entries have.
std::vector<std::string_view> NamesOf(const StoredRowGroup& group, const StoredColumns& columns) {
  std::vector<std::string_view> names(columns.metadata_names());
  const Labels* last = nullptr;
  for (const StreamRun& run : group.runs()) {
    if (run.labels.get() == last) continue;
    last = run.labels.get();
    for (const Label& label : *last) names.push_back(label.name);
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace

SegmentLookup::Summary SegmentLookup::MakeSummary() const {
  Summary out;
  out.longest.resize(segment_.groups().size());
  std::map<std::string, GroupSet, std::less<>> names;
  for (size_t g = 0; g < segment_.groups().size(); ++g) {
    const StoredRowGroup& group = *segment_.groups()[g];
    const auto columns = group.Columns();
    bool is_known = columns.has_value();
    // Where the wider set has nothing long the narrower one has not either.
    for (size_t bytes = kIdBytes; bytes-- > 0 && is_known;) {
      const auto runs = (*columns)->Runs(IdByteSets()[bytes]);
      is_known = runs.has_value();
      if (!is_known || runs->longest < kLeastLookup) break;
      out.longest[g][bytes] = runs->longest;
    }
    if (!is_known) {
      out.damaged |= Bit(g);
      continue;
    }
    for (const std::string_view name : NamesOf(group, **columns)) {
      auto at = names.find(name);
      if (at == names.end()) {
        if (names.size() == kMaxLookupNames) {
          out.more_names |= Bit(g);
          continue;
        }
        at = names.emplace(name, 0).first;
      }
      at->second |= Bit(g);
    }
  }
  out.names.assign(names.begin(), names.end());
  return out;
}

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
    const auto columns = segment_.groups()[g]->Columns();
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
  if (segment_.groups().size() > kMaxSetGroups) return nullptr;
  return Remember<Summary>(kSummaryNumber, effort, [&] { return MakeSummary(); });
}

GroupAnswer SegmentLookup::WithText(std::string_view text, LookupEffort effort) const {
  const auto bytes = BytesOf(text);
  if (text.size() < kLeastLookup || !bytes) return Unknown();
  const auto summary = GetSummary(effort);
  if (summary == nullptr) return Unknown();
  GroupAnswer out{0, summary->damaged};
  for (size_t g = 0; g < summary->longest.size(); ++g) {
    if (text.size() <= summary->longest[g][*bytes]) out.unknown |= Bit(g);
  }
  for (uint32_t d = 0; d < segment_.footer().dictionaries.size(); ++d) {
    const auto dictionary = segment_.ids().Get(d);
    std::vector<std::string> ids;
    if (!dictionary || (*dictionary)->count() > kMaxTableIds ||
        !(*dictionary)->pattern().IdsWith(text, ids))
      return Unknown();
    for (const std::string& id : ids) {
      const auto number = (*dictionary)->Find(id);
      if (!number) return Unknown();
      if (!*number) continue;
      const auto table = Remember<IdTable>(kFirstTableNumber + d, effort,
                                           [&] { return MakeTable(d, (*dictionary)->count()); });
      if (table == nullptr) return Unknown();
      const uint8_t code = table->codes[**number];
      out.unknown |= table->damaged | (code == IdTable::kOther ? table->others : 0);
      if (code != IdTable::kOther) out.may_have |= table->sets[code];
    }
  }
  out.unknown &= ~out.may_have;
  return out;
}

GroupAnswer SegmentLookup::WithCommonText(std::string_view text, LookupEffort effort) const {
  if (segment_.groups().size() > kMaxSetGroups) return Unknown();
  const auto ask = [&] {
    TextAnswer made{std::string(text), {}};
    for (size_t g = 0; g < segment_.groups().size(); ++g) {
      const auto columns = segment_.groups()[g]->Columns();
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
  return known != nullptr && known->text == text ? known->answer : Unknown();
}

GroupAnswer SegmentLookup::WithName(std::string_view name, LookupEffort effort) const {
  const auto summary = GetSummary(effort);
  if (summary == nullptr) return Unknown();
  const auto at = std::lower_bound(
      summary->names.begin(), summary->names.end(), name,
      [](const auto& known, std::string_view wanted) { return known.first < wanted; });
  const bool is_there = at != summary->names.end() && at->first == name;
  GroupAnswer out{is_there ? at->second : 0, summary->damaged | summary->more_names};
  out.unknown &= ~out.may_have;
  return out;
}

}  // namespace narfi::storage
