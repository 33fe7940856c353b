#include "ingest/engine_prune.h"

#include <algorithm>
#include <memory>
#include <span>
#include <unordered_map>

#include "base/hash.h"
#include "ingest/engine.h"
#include "storage/segment_lookup.h"

namespace narfi::ingest {
namespace {

// Looking at so many runs takes less time than a look into the index.
constexpr size_t kCheapRuns = 20'000;

bool IsInRange(const storage::Selector& selector, int64_t min_time_ns, int64_t max_time_ns) {
  return max_time_ns >= selector.start_ns && min_time_ns < selector.end_ns;
}

// Which streams the predicates accept, asked once for each set of labels.
class StreamMatcher {
 public:
  explicit StreamMatcher(const storage::Selector& selector) : selector_(selector) {}

  bool Accepts(const std::shared_ptr<const Labels>& labels) {
    const auto [it, is_new] = known_.try_emplace(labels.get(), false);
    if (is_new) it->second = Matches(*labels, selector_.predicates);
    return it->second;
  }

 private:
  const storage::Selector& selector_;
  std::unordered_map<const Labels*, bool> known_;
};

Result<bool> MayHold(const storage::GroupFilter& filter, const storage::RowGroupReader& group,
                     Quarantine& quarantine) {
  auto holds = filter.MayHold(group);
  if (holds || holds.error().code != Code::kCorrupt) return holds;
  quarantine.Add(group, holds.error());
  return true;
}

// Below so many another thread costs more than it brings.
constexpr size_t kGroupsWorthSharing = 16;
// What is made at one go is of about so many.
constexpr size_t kGroupsMade = 64;

// Whether a row group is wanted: 0, 1, or this.
constexpr uint8_t kUnknown = 2;

bool IsAllKnown(std::span<const uint8_t> wanted) {
  return std::find(wanted.begin(), wanted.end(), kUnknown) == wanted.end();
}

// Without a dictionary next to nothing can be told of ids.
bool HasLookup(const storage::SegmentReader& segment) {
  return !segment.footer().dictionaries.empty();
}

// Of the segment's row groups what is known without asking each. True when more can be told once it
// is made.
bool AskAtOnce(const storage::GroupFilter* filter, const storage::SegmentReader& segment,
               storage::PageCache& pages, std::span<uint8_t> wanted) {
  if (filter == nullptr || !filter->AsksSegments() || !HasLookup(segment)) return false;
  const storage::SegmentLookup lookup(segment, pages);
  const storage::GroupAnswer answer = filter->MayHoldIn(lookup, storage::LookupEffort::kKnown);
  for (size_t g = 0; g < std::min(wanted.size(), storage::kMaxSetGroups); ++g) {
    const storage::GroupSet bit = storage::GroupSet{1} << g;
    if ((answer.unknown & bit) == 0) wanted[g] = (answer.may_have & bit) != 0 ? 1 : 0;
  }
  return answer.waits;
}

// Of each row group whether it is wanted.
Result<std::vector<uint8_t>> AskAll(const storage::GroupFilter* filter,
                                    const std::vector<const storage::StoredRowGroup*>& groups,
                                    Quarantine& quarantine) {
  std::vector<uint8_t> wanted(groups.size(), 1);
  if (filter == nullptr) return wanted;
  Mutex mutex;
  Status status;
  const auto ask = [&](size_t i) {
    const Result<bool> holds = MayHold(*filter, *groups[i], quarantine);
    wanted[i] = holds.value_or(true) ? 1 : 0;
    if (holds) return;
    const MutexLock lock(mutex);
    status = tl::unexpected<Error>(holds.error());
  };
  if (groups.size() >= kGroupsWorthSharing) {
    filter->ForAll(groups.size(), ask);
  } else {
    for (size_t i = 0; i < groups.size() && status; ++i) ask(i);
  }
  NARFI_TRY(status);
  return wanted;
}

// Which row groups of a segment a selector wants, remembered: a look-up that is made again asks
// each segment, not each row group.
struct WantedGroups {
  static constexpr size_t kGroupsWorth = 4;  // fewer are asked as quickly

  std::string name;  // of the filter
  std::vector<uint8_t> wanted;

  static bool IsWorth(const storage::GroupFilter* filter, const storage::SegmentReader& segment) {
    return filter != nullptr && !filter->name().empty() && segment.groups().size() >= kGroupsWorth;
  }
  static storage::PageKey KeyOf(const storage::GroupFilter& filter,
                                const storage::SegmentReader& segment) {
    constexpr uint64_t kNoBlock = UINT64_MAX;
    return {segment.footer().id, kNoBlock, Hash64(filter.name())};
  }
  // Null when it is not known.
  static std::shared_ptr<const WantedGroups> Find(storage::PageCache& pages,
                                                  const storage::GroupFilter* filter,
                                                  const storage::SegmentReader& segment) {
    if (!IsWorth(filter, segment)) return nullptr;
    auto found = std::static_pointer_cast<const WantedGroups>(pages.Find(KeyOf(*filter, segment)));
    return found != nullptr && found->name == filter->name() ? found : nullptr;
  }
  static void Remember(storage::PageCache& pages, const storage::GroupFilter* filter,
                       const storage::SegmentReader& segment, std::span<const uint8_t> wanted) {
    if (!IsWorth(filter, segment)) return;
    auto made = std::make_shared<WantedGroups>();
    made->name = filter->name();
    made->wanted.assign(wanted.begin(), wanted.end());
    const uint64_t bytes = sizeof *made + made->name.size() + made->wanted.size() + 128;
    pages.Insert(KeyOf(*filter, segment), std::move(made), bytes);
  }
};

}  // namespace

Status DropRuledOut(const storage::GroupFilter& filter, std::vector<storage::RunRef>& runs,
                    Quarantine& quarantine) {
  std::unordered_map<const storage::RowGroupReader*, bool> known;
  for (const storage::RunRef& run : runs) {
    const auto [it, is_new] = known.try_emplace(run.group.get(), true);
    if (is_new) {
      NARFI_ASSIGN(it->second, MayHold(filter, *run.group, quarantine));
    }
  }
  std::erase_if(runs, [&](const storage::RunRef& run) { return !known.at(run.group.get()); });
  return {};
}

// The index is for many segments, or many streams.
bool Engine::IsCheapToWalk(const storage::Selector& selector, const LiveView& live) {
  const auto of_tenant = live.by_age.find(selector.tenant);
  if (of_tenant == live.by_age.end()) return true;
  if (selector.filter != nullptr && of_tenant->second.size() <= footers_->max_segments())
    return true;
  size_t runs = 0;
  for (const auto& info : of_tenant->second) {
    if (!IsInRange(selector, info->min_time_ns, info->max_time_ns)) continue;
    const auto segment = footers_->Find(info->id);
    if (segment == nullptr) return false;
    for (const auto& group : segment->groups()) runs += group->runs().size();
    if (runs > kCheapRuns) return false;
  }
  return true;
}

// Finds out what can be told of segments as a whole, which takes some milliseconds for each, once:
// for later queries, where that can be done beside. True when it is done already. Where it has no
// room beside what is kept, row groups are asked: to make it again for each query would take
// longer.
bool Engine::MakeLookups(const storage::Selector& selector, OpenSegments segments) {
  if (segments.empty() || pages_->worthy_bytes() >= pages_->capacity_bytes() / 2 ||
      is_making_lookups_.exchange(true))
    return false;
  size_t groups = 0;
  const auto enough = std::find_if(segments.begin(), segments.end(), [&](const auto& segment) {
    groups += segment->groups().size();
    return groups > kGroupsMade + segment->groups().size();
  });
  segments.erase(enough, segments.end());
  // Others may begin once the task is gone, whether it was run or dropped.
  std::shared_ptr<void> turn(nullptr, [this](void*) { is_making_lookups_ = false; });
  auto make = [this, turn = std::move(turn), filter = selector.filter,
               segments = std::move(segments)] {
    for (const auto& segment : segments)
      filter->MayHoldIn(storage::SegmentLookup(*segment, *pages_), storage::LookupEffort::kMake);
  };
  return selector.filter->Run(std::move(make));
}

// What is known of a segment comes first; where that is not enough, its row groups are asked.
Result<std::vector<uint8_t>> Engine::AskSegments(const storage::Selector& selector,
                                                 const OpenSegments& segments) {
  const storage::GroupFilter* const filter = selector.filter.get();
  std::vector<uint8_t> wanted;
  struct Open {
    size_t segment;
    size_t first;  // of its row groups in `wanted`
  };
  std::vector<Open> open;
  OpenSegments waiting;
  for (size_t s = 0; s < segments.size(); ++s) {
    const size_t first = wanted.size();
    const size_t groups = segments[s]->groups().size();
    wanted.resize(first + groups, kUnknown);
    const auto of_segment = std::span(wanted).subspan(first, groups);
    const bool waits = AskAtOnce(filter, *segments[s], *pages_, of_segment);
    if (IsAllKnown(of_segment)) continue;
    if (waits) waiting.push_back(segments[s]);
    if (const auto known = WantedGroups::Find(*pages_, filter, *segments[s])) {
      std::copy(known->wanted.begin(), known->wanted.end(), of_segment.begin());
    } else {
      open.push_back({s, first});
    }
  }
  const auto rest_of = [&](const Open& of) {
    return std::span(wanted).subspan(of.first, segments[of.segment]->groups().size());
  };
  if (MakeLookups(selector, std::move(waiting))) {
    for (const Open& of : open) AskAtOnce(filter, *segments[of.segment], *pages_, rest_of(of));
  }
  std::erase_if(open, [&](const Open& of) { return IsAllKnown(rest_of(of)); });
  std::vector<const storage::StoredRowGroup*> unknown;
  std::vector<size_t> places;  // of those in `wanted`
  for (const Open& of : open) {
    for (size_t g = 0; g < rest_of(of).size(); ++g) {
      if (rest_of(of)[g] != kUnknown) continue;
      unknown.push_back(segments[of.segment]->groups()[g].get());
      places.push_back(of.first + g);
    }
  }
  NARFI_ASSIGN(const std::vector<uint8_t> answers, AskAll(filter, unknown, quarantine_));
  for (size_t i = 0; i < answers.size(); ++i) wanted[places[i]] = answers[i];
  for (const Open& of : open)
    WantedGroups::Remember(*pages_, filter, *segments[of.segment], rest_of(of));
  return wanted;
}

Status Engine::WalkSegments(const storage::Selector& selector, const LiveView& live,
                            storage::Snapshot& out) {
  OpenSegments segments;
  std::vector<const std::shared_ptr<const storage::StoredRowGroup>*> groups;
  if (const auto of_tenant = live.by_age.find(selector.tenant); of_tenant != live.by_age.end()) {
    for (const auto& info : of_tenant->second) {
      if (!IsInRange(selector, info->min_time_ns, info->max_time_ns)) continue;
      NARFI_ASSIGN(auto segment, OpenLiving(*info));
      if (segment == nullptr) continue;
      for (const auto& group : segment->groups()) groups.push_back(&group);
      segments.push_back(std::move(segment));
    }
  }
  NARFI_ASSIGN(const std::vector<uint8_t> wanted, AskSegments(selector, segments));
  StreamMatcher matcher(selector);
  for (size_t i = 0; i < groups.size(); ++i) {
    if (wanted[i] == 0) continue;
    const auto& runs = (*groups[i])->runs();
    for (uint32_t run = 0; run < runs.size(); ++run) {
      if (runs[run].rows == 0 || !IsInRange(selector, runs[run].min_time_ns, runs[run].max_time_ns))
        continue;
      if (matcher.Accepts(runs[run].labels)) out.runs.push_back({*groups[i], run, 0});
    }
  }
  AddWarnings(selector, live, out);
  return {};
}

}  // namespace narfi::ingest
