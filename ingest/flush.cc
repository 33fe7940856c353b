#include "ingest/flush.h"

#include <sys/random.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/duration.h"
#include "base/tenant.h"
#include "base/time.h"
#include "storage/merge.h"
#include "storage/merged_rows.h"
#include "storage/segment_writer.h"

namespace narfi::ingest {
namespace {

using storage::RunRef;
using RunsByStream = std::map<StreamId, std::vector<RunRef>>;

using Groups = std::vector<std::shared_ptr<const storage::StoredRowGroup>>;

// What becomes of the row groups.
struct FlushPlan {
  std::map<int64_t, Groups> copied;  // by day
  RunsByStream merged;
};

bool IsOfOneDay(const storage::StoredRowGroup& group) {
  const int64_t day = UtcDay(group.runs().front().min_time_ns);
  return std::all_of(group.runs().begin(), group.runs().end(), [&](const storage::StreamRun& run) {
    return UtcDay(run.min_time_ns) == day && UtcDay(run.max_time_ns) == day;
  });
}

FlushPlan MakePlan(const Groups& groups) {
  std::vector<RunRef> all;
  for (const auto& group : groups) {
    for (uint32_t run = 0; run < group->runs().size(); ++run) all.push_back({group, run, 0});
  }
  const auto whole = storage::WholeGroups(all);
  FlushPlan plan;
  // A single small one gains nothing by being joined.
  const bool is_one_small = whole.size() + 1 == groups.size();
  for (const auto& group : groups) {
    if ((is_one_small || whole.contains(group.get())) && IsOfOneDay(*group)) {
      plan.copied[UtcDay(group->runs().front().min_time_ns)].push_back(group);
      continue;
    }
    for (uint32_t run = 0; run < group->runs().size(); ++run)
      plan.merged[group->runs()[run].id].push_back({group, run, 0});
  }
  return plan;
}

// Adds the days that the run's entries lie on; reads the times only when its ends are on two days.
Status AddDays(const RunRef& run, std::set<int64_t>& days) {
  const storage::StreamRun& info = run.info();
  days.insert(UtcDay(info.min_time_ns));
  days.insert(UtcDay(info.max_time_ns));
  if (UtcDay(info.max_time_ns) - UtcDay(info.min_time_ns) < 2) return {};
  storage::RowBatch batch;
  for (uint32_t row = 0; row < info.rows; row += batch.rows) {
    NARFI_TRY(run.group->Read(run.run, row, std::min(info.rows - row, storage::kBatchRows),
                              storage::ColumnSet{1}, batch));
    for (const int64_t time : batch.times) days.insert(UtcDay(time));
  }
  return {};
}

struct DayBounds {
  int64_t start_ns;
  int64_t end_ns;
};

// The first and last day of the calendar are cut where nanoseconds end.
DayBounds BoundsOf(int64_t day) {
  DayBounds bounds{INT64_MIN, INT64_MAX};
  if (__builtin_mul_overflow(day, kDay, &bounds.start_ns)) bounds.start_ns = INT64_MIN;
  if (__builtin_mul_overflow(day + 1, kDay, &bounds.end_ns)) bounds.end_ns = INT64_MAX;
  return bounds;
}

Status WriteStream(const std::vector<RunRef>& runs, DayBounds bounds,
                   storage::SegmentWriter& writer, storage::SegmentInfo& info) {
  storage::MergedRows rows(runs, bounds.start_ns, bounds.end_ns);
  const storage::StreamRun& stream = runs.front().info();
  storage::MergedRows::Row row;
  for (;;) {
    NARFI_ASSIGN(const bool more, rows.Next(row));
    if (!more) return {};
    NARFI_TRY(writer.Append(stream.id, stream.labels, row.time_ns, row.line, row.metadata));
    info.min_time_ns = info.rows == 0 ? row.time_ns : std::min(info.min_time_ns, row.time_ns);
    info.max_time_ns = info.rows == 0 ? row.time_ns : std::max(info.max_time_ns, row.time_ns);
    ++info.rows;
    info.line_bytes += row.line.size();
  }
}

Status WriteDay(storage::ObjectStore& store, storage::SegmentFooter about, const FlushPlan& plan,
                storage::SegmentInfo& info) {
  NARFI_ASSIGN(const auto writer,
               storage::SegmentWriter::Create(store, ObjectNameOf(info), about, {}));
  if (const auto copied = plan.copied.find(about.day); copied != plan.copied.end()) {
    for (const auto& group : copied->second) {
      storage::CountRuns(*group, info);
      NARFI_TRY(writer->CopyGroup(group));
    }
  }
  for (const auto& [id, runs] : plan.merged)
    NARFI_TRY(WriteStream(runs, BoundsOf(about.day), *writer, info));
  NARFI_ASSIGN(const auto written, writer->Commit());
  info.file_bytes = written.file_bytes;
  return {};
}

}  // namespace

Hash128 NewSegmentId() {
  Hash128 id;
  // The high half is never zero: those ids belong to sealed heads.
  while (id.high == 0) {
    if (getrandom(&id, sizeof id, 0) != sizeof id)
      id = {static_cast<uint64_t>(SystemClock().NowNs()), id.low + 1};
  }
  return id;
}

std::string ObjectNameOf(const storage::SegmentInfo& info) {
  return storage::SegmentName(TenantFolder(info.tenant), info.day, info.id);
}

Status WriteSegments(storage::ObjectStore& store, const std::string& tenant, const Groups& groups,
                     uint64_t covered_sequence, const Clock& clock,
                     std::vector<storage::SegmentInfo>& written) {
  const FlushPlan plan = MakePlan(groups);
  std::set<int64_t> days;
  for (const auto& [day, copied] : plan.copied) days.insert(day);
  for (const auto& [id, runs] : plan.merged) {
    for (const RunRef& run : runs) NARFI_TRY(AddDays(run, days));
  }
  for (const int64_t day : days) {
    storage::SegmentFooter about;
    about.id = NewSegmentId();
    about.tenant = tenant;
    about.day = day;
    about.created_ns = clock.NowNs();
    about.covered_sequence = covered_sequence;
    // Named before it is written: a file whose folder could not be synced is there all the same.
    storage::SegmentInfo& info = written.emplace_back();
    info.id = about.id;
    info.tenant = about.tenant;
    info.day = about.day;
    info.covered_sequence = about.covered_sequence;
    info.created_ns = about.created_ns;
    NARFI_TRY(WriteDay(store, std::move(about), plan, info));
  }
  return {};
}

}  // namespace narfi::ingest
