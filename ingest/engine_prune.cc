#include "ingest/engine_prune.h"

#include <algorithm>
#include <unordered_map>

#include "ingest/engine.h"

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

Result<bool> MayHold(const storage::Selector& selector, const storage::RowGroupReader& group,
                     Quarantine& quarantine) {
  if (!selector.may_hold) return true;
  auto holds = selector.may_hold(group);
  if (holds || holds.error().code != Code::kCorrupt) return holds;
  quarantine.Add(group, holds.error());
  return true;
}

// Below so many another thread costs more than it brings.
constexpr size_t kGroupsWorthSharing = 16;

// Of each row group whether it is wanted.
Result<std::vector<uint8_t>> AskAll(
    const storage::Selector& selector,
    const std::vector<const std::shared_ptr<const storage::StoredRowGroup>*>& groups,
    Quarantine& quarantine) {
  std::vector<uint8_t> wanted(groups.size(), 1);
  if (!selector.may_hold) return wanted;
  Mutex mutex;
  Status status;
  const auto ask = [&](size_t i) {
    const Result<bool> holds = MayHold(selector, **groups[i], quarantine);
    wanted[i] = holds.value_or(true) ? 1 : 0;
    if (holds) return;
    const MutexLock lock(mutex);
    status = tl::unexpected<Error>(holds.error());
  };
  if (selector.for_all && groups.size() >= kGroupsWorthSharing) {
    selector.for_all(groups.size(), ask);
  } else {
    for (size_t i = 0; i < groups.size() && status; ++i) ask(i);
  }
  NARFI_TRY(status);
  return wanted;
}

}  // namespace

Status DropRuledOut(const storage::Selector& selector, std::vector<storage::RunRef>& runs,
                    Quarantine& quarantine) {
  std::unordered_map<const storage::RowGroupReader*, bool> known;
  for (const storage::RunRef& run : runs) {
    const auto [it, is_new] = known.try_emplace(run.group.get(), true);
    if (is_new) {
      NARFI_ASSIGN(it->second, MayHold(selector, *run.group, quarantine));
    }
  }
  std::erase_if(runs, [&](const storage::RunRef& run) { return !known.at(run.group.get()); });
  return {};
}

// The index is for many segments, or many streams.
bool Engine::IsCheapToWalk(const storage::Selector& selector, const LiveView& live) {
  const auto of_tenant = live.by_age.find(selector.tenant);
  if (of_tenant == live.by_age.end()) return true;
  if (selector.may_hold && of_tenant->second.size() <= footers_->max_segments()) return true;
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

Status Engine::WalkSegments(const storage::Selector& selector, const LiveView& live,
                            storage::Snapshot& out) {
  std::vector<std::shared_ptr<const storage::SegmentReader>> segments;
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
  NARFI_ASSIGN(const std::vector<uint8_t> wanted, AskAll(selector, groups, quarantine_));
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
