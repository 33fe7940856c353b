#include "query/patterns/pattern_scan.h"

#include <algorithm>
#include <map>
#include <utility>

#include "query/patterns/group_patterns.h"
#include "storage/damage.h"
#include "storage/merged_rows.h"
#include "storage/shared_moments.h"

namespace narfi::query {
namespace {

using storage::RunRef;

// What is held of a row group beside the table.
constexpr uint64_t kUnitBytes = 8 << 20;

class PatternScan {
 public:
  PatternScan(const PatternRequest& request, const GoOnHolding& go_on, storage::DamageList& damage)
      : request_(request), go_on_(go_on), damage_(damage) {}

  Status Add(const storage::Snapshot& snapshot) {
    NARFI_TRY(Sort(snapshot));
    for (const auto& [group, runs] : by_group_) {
      NARFI_TRY(GoOn());
      NARFI_TRY(AddGroup(runs));
      table_.Shrink();
    }
    for (const std::vector<RunRef>& runs : to_merge_) NARFI_TRY(AddMerged(runs));
    return GoOn();
  }

  const PatternTable& table() const { return table_; }

 private:
  // Twice the table: once more when its messages are joined.
  Status GoOn() const { return go_on_(2 * table_.bytes() + kUnitBytes); }

  // Which runs are read as they are, and which are merged.
  Status Sort(const storage::Snapshot& snapshot) {
    std::map<uint32_t, std::vector<RunRef>> overlapping;
    for (const RunRef& ref : snapshot.runs) {
      if (ref.overlap != 0) {
        overlapping[ref.overlap].push_back(ref);
      } else {
        by_group_[ref.group.get()].push_back(ref);
      }
    }
    for (auto& [number, runs] : overlapping) {
      NARFI_TRY(GoOn());
      const auto shared = storage::ShareMoments(runs);
      if (!shared && shared.error().code != Code::kCorrupt) return tl::unexpected(shared.error());
      // What is damaged is told by who reads all of it.
      if (!shared || *shared) {
        to_merge_.push_back(std::move(runs));
        continue;
      }
      for (const RunRef& ref : runs) by_group_[ref.group.get()].push_back(ref);
    }
    return {};
  }

  Status AddGroup(const std::vector<RunRef>& runs) {
    const storage::Selector& selector = request_.selector;
    std::vector<RunRows> rows;
    for (const RunRef& ref : runs) {
      const auto first = ref.group->RowsBefore(ref.run, selector.start_ns);
      if (!first) return damage_.NoteOf({&ref, 1}, first.error());
      const auto end = ref.group->RowsBefore(ref.run, selector.end_ns);
      if (!end) return damage_.NoteOf({&ref, 1}, end.error());
      if (*first < *end) rows.push_back({ref.run, *first, *end});
    }
    const auto added = AddFromColumns(*runs.front().group, rows, request_.step_ns, table_);
    if (!added) return damage_.NoteOf(runs, added.error());
    if (*added) return {};
    for (const RunRef& ref : runs) NARFI_TRY(AddMerged({ref}));
    return {};
  }

  Status AddMerged(const std::vector<RunRef>& runs) {
    storage::MergedRows rows(runs, request_.selector.start_ns, request_.selector.end_ns);
    storage::MergedRows::Row row;
    for (uint64_t count = 1;; ++count) {
      const auto more = rows.Next(row);
      if (!more) return damage_.NoteOf(runs, more.error());
      if (!*more) break;
      table_.AddLine(row.line, EntryLevel(row.metadata), StepOf(row.time_ns, request_.step_ns));
      if (count % storage::kBatchRows != 0) continue;
      NARFI_TRY(GoOn());
      table_.Shrink();
    }
    table_.Shrink();
    return {};
  }

  const PatternRequest& request_;
  const GoOnHolding& go_on_;
  storage::DamageList& damage_;
  PatternTable table_;
  std::map<const storage::RowGroupReader*, std::vector<RunRef>> by_group_;
  std::vector<std::vector<RunRef>> to_merge_;
};

}  // namespace

Result<std::vector<LogPattern>> FindPatterns(storage::Source& source, const PatternRequest& request,
                                             const GoOnHolding& go_on) {
  const auto find = [&](storage::DamageList& damage) -> Result<std::vector<LogPattern>> {
    NARFI_ASSIGN(const auto snapshot, source.TakeSnapshot(request.selector));
    PatternScan scan(request, go_on, damage);
    NARFI_TRY(scan.Add(snapshot));
    return scan.table().Patterns(request.most);
  };
  return storage::RetryPastDamage(source, find);
}

}  // namespace narfi::query
