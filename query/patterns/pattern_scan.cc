#include "query/patterns/pattern_scan.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <utility>

#include "base/bytes.h"
#include "base/duration.h"
#include "query/patterns/group_patterns.h"
#include "storage/damage.h"
#include "storage/merged_rows.h"
#include "storage/shared_moments.h"

namespace narfi::query {
namespace {

using storage::RunRef;

// What is held of a row group beside the table.
constexpr uint64_t kUnitBytes = 4 << 20;
constexpr size_t kMostWorkers = 4;  // each holds as much
// What is kept of a row group hangs on its lines alone, so its table always has as much room.
constexpr uint64_t kGroupTableBytes = kMaxTableBytes / kMostWorkers;

// Runs of one stream to merge, or runs of one row group.
struct PatternTask {
  std::vector<RunRef> runs;
  bool is_merged = false;
};

// What all threads know.
struct SharedScan {
  const PatternRequest& request;
  const GoOnScanning& go_on;
  storage::DamageList& damage;
  std::vector<PatternTask> tasks = {};
  size_t workers = 1;
  std::atomic<uint64_t> held_bytes = 0;
  std::atomic<bool> has_failed = false;
};

// Which runs are read as they are, and which are merged.
Status MakePatternTasks(const storage::Snapshot& snapshot, SharedScan& scan) {
  std::map<uint32_t, std::vector<RunRef>> overlapping;
  // In the order of the snapshot, so that the same threads get the same tasks each time.
  std::map<const storage::RowGroupReader*, size_t> task_of_group;
  const auto add_to_group = [&](const RunRef& ref) {
    const auto [it, is_new] = task_of_group.try_emplace(ref.group.get(), scan.tasks.size());
    if (is_new) scan.tasks.emplace_back();
    scan.tasks[it->second].runs.push_back(ref);
  };
  for (const RunRef& ref : snapshot.runs) {
    if (ref.overlap != 0) {
      overlapping[ref.overlap].push_back(ref);
    } else {
      add_to_group(ref);
    }
  }
  for (auto& [number, runs] : overlapping) {
    NARFI_TRY(scan.go_on({}));
    const auto shared = storage::ShareMoments(runs);
    if (!shared && shared.error().code != Code::kCorrupt) return tl::unexpected(shared.error());
    // What is damaged is told by who reads all of it.
    if (!shared || *shared) {
      scan.tasks.push_back({std::move(runs), true});
      continue;
    }
    for (const RunRef& ref : runs) add_to_group(ref);
  }
  return {};
}

// Of lines and metadata of so many rows of a run, about.
uint64_t BytesOf(const storage::StreamRun& run, uint32_t rows) {
  return (run.line_bytes + run.metadata_bytes) * rows / run.rows;
}

uint64_t BytesOf(const storage::MergedRows::Row& row) {
  uint64_t bytes = row.line.size();
  for (const storage::MetadataPair& pair : row.metadata)
    bytes += pair.name.size() + pair.value.size();
  return bytes;
}

// The steps that a row group keeps its counts by: such that most questions are answered by them.
int64_t KeptStep(int64_t step_ns) {
  for (const int64_t kept_ns : {kMinute, 10 * kSecond}) {
    if (step_ns % kept_ns == 0) return kept_ns;
  }
  return step_ns;
}

// What is kept of these runs is found again by it.
std::string KeptName(const std::vector<RunRows>& rows, int64_t step_ns) {
  std::vector<uint32_t> runs;
  for (const RunRows& run : rows) runs.push_back(run.run);
  std::sort(runs.begin(), runs.end());
  std::string name = "patterns";
  PutSigned(name, step_ns);
  for (const uint32_t run : runs) PutVarint(name, run);
  return name;
}

// One thread's part.
class PatternWorker {
 public:
  // All tables together have the room of one.
  explicit PatternWorker(SharedScan& scan)
      : scan_(scan), table_(kMaxTableBytes / scan.workers, [this] { return GoOn(); }) {}

  void Run(size_t first) {
    for (size_t i = first; i < scan_.tasks.size() && !scan_.has_failed; i += scan_.workers) {
      const PatternTask& task = scan_.tasks[i];
      status_ = task.is_merged ? AddMerged(task.runs) : AddGroup(task.runs);
      if (!status_) {
        scan_.has_failed = true;
        return;
      }
    }
  }

  const Status& status() const { return status_; }
  PatternTable& table() { return table_; }

  Status GoOn(uint64_t new_bytes_read = 0) {
    const uint64_t of_group = group_table_ == nullptr ? 0 : group_table_->peak_bytes();
    const uint64_t now = table_.peak_bytes() + of_group + packed_bytes_ + kUnitBytes;
    const uint64_t all = scan_.held_bytes += now - held_bytes_;
    held_bytes_ = now;
    return scan_.go_on({all, new_bytes_read});
  }

  // Gives its table to another one.
  Status MergeInto(PatternWorker& other) {
    other.table_.set_most_bytes(kMaxTableBytes);
    NARFI_TRY(other.table_.Add(table_));
    NARFI_TRY(other.table_.Shrink());
    scan_.held_bytes -= std::exchange(held_bytes_, 0);
    return {};
  }

 private:
  Status AddGroup(const std::vector<RunRef>& runs) {
    const storage::Selector& selector = scan_.request.selector;
    NARFI_TRY(GoOn());
    std::vector<RunRows> rows;
    uint64_t bytes = 0;
    for (const RunRef& ref : runs) {
      const auto first = ref.group->RowsBefore(ref.run, selector.start_ns);
      if (!first) return scan_.damage.NoteOf({&ref, 1}, first.error());
      const auto end = ref.group->RowsBefore(ref.run, selector.end_ns);
      if (!end) return scan_.damage.NoteOf({&ref, 1}, end.error());
      if (*first >= *end) continue;
      rows.push_back({ref.run, *first, *end});
      bytes += BytesOf(ref.info(), *end - *first);
    }
    NARFI_TRY(GoOn(bytes));
    const auto added = AddColumns(*runs.front().group, runs, rows);
    if (!added) return scan_.damage.NoteOf(runs, added.error());
    NARFI_TRY(table_.Shrink());
    if (*added) return {};
    for (const RunRef& ref : runs) {
      const auto read = AddRows({ref}, false, scan_.request.step_ns, table_);
      if (!read) return scan_.damage.NoteOf({&ref, 1}, read.error());
    }
    return {};
  }

  // False, with nothing added, when the columns do not tell.
  Result<bool> AddColumns(const storage::RowGroupReader& group, const std::vector<RunRef>& runs,
                          const std::vector<RunRows>& rows) {
    if (rows.empty()) return true;
    NARFI_ASSIGN(const auto columns, group.columnar());
    if (columns == nullptr) return false;
    const auto is_whole = [&](const RunRows& run) {
      return run.first == 0 && run.end == group.runs()[run.run].rows;
    };
    if (std::all_of(rows.begin(), rows.end(), is_whole)) {
      const int64_t step_ns = KeptStep(scan_.request.step_ns);
      const auto packed = columns->Remember(KeptName(rows, step_ns),
                                            [&] { return PackGroup(group, runs, rows, step_ns); });
      if (!packed) return tl::unexpected(packed.error());
      packed_bytes_ = (*packed)->size();
      const auto added = table_.AddPacked(**packed, scan_.request.step_ns);
      packed_bytes_ = 0;
      if (!added || *added) return added;
    }
    return AddFromColumns(group, rows, scan_.request.step_ns, table_);
  }

  // All of these runs: what the columns tell, or else what is read line by line, where messages
  // that differ in names are joined at once to be kept in little room.
  Result<storage::Columnar::Bytes> PackGroup(const storage::RowGroupReader& group,
                                             const std::vector<RunRef>& runs,
                                             const std::vector<RunRows>& rows, int64_t step_ns) {
    PatternTable table(kGroupTableBytes, [this] { return GoOn(); });
    group_table_ = &table;
    auto packed = PackInto(group, runs, rows, step_ns, table);
    group_table_ = nullptr;
    return packed;
  }

  Result<storage::Columnar::Bytes> PackInto(const storage::RowGroupReader& group,
                                            const std::vector<RunRef>& runs,
                                            const std::vector<RunRows>& rows, int64_t step_ns,
                                            PatternTable& table) {
    NARFI_ASSIGN(const bool is_told, AddFromColumns(group, rows, step_ns, table));
    if (!is_told) {
      for (const RunRef& ref : runs) NARFI_TRY(AddRows({ref}, false, step_ns, table));
      NARFI_TRY(table.Join());
    }
    NARFI_ASSIGN(std::string packed, table.Pack());
    return std::make_shared<const std::string>(std::move(packed));
  }

  Status AddMerged(const std::vector<RunRef>& runs) {
    const auto read = AddRows(runs, true, scan_.request.step_ns, table_);
    return read ? read : scan_.damage.NoteOf(runs, read.error());
  }

  // Row by row.
  Status AddRows(const std::vector<RunRef>& runs, bool counts_bytes, int64_t step_ns,
                 PatternTable& table) {
    const storage::Selector& selector = scan_.request.selector;
    storage::MergedRows rows(runs, selector.start_ns, selector.end_ns);
    storage::MergedRows::Row row;
    uint64_t bytes = 0;
    for (uint64_t count = 0;; ++count) {
      if (count % storage::kBatchRows == 0) NARFI_TRY(GoOn(std::exchange(bytes, 0)));
      NARFI_ASSIGN(const bool more, rows.Next(row));
      if (!more) return GoOn(bytes);
      if (counts_bytes) bytes += BytesOf(row);
      table.AddLine(row.line, EntryLevel(row.metadata), StepOf(row.time_ns, step_ns));
      NARFI_TRY(table.Shrink());
    }
  }

  SharedScan& scan_;
  PatternTable table_;
  PatternTable* group_table_ = nullptr;  // of one row group, for as long as it is made
  uint64_t packed_bytes_ = 0;            // the same packed, for as long as it is added
  Status status_;
  uint64_t held_bytes_ = 0;
};

Result<std::vector<LogPattern>> FindOnce(storage::Source& source, Pool& pool, SharedScan& scan) {
  NARFI_ASSIGN(const auto snapshot, source.TakeSnapshot(scan.request.selector));
  NARFI_TRY(MakePatternTasks(snapshot, scan));
  scan.workers =
      std::clamp<size_t>(scan.tasks.size(), 1, std::min(kMostWorkers, pool.threads() + 1));
  std::vector<std::unique_ptr<PatternWorker>> crew;
  for (size_t i = 0; i < scan.workers; ++i) crew.push_back(std::make_unique<PatternWorker>(scan));
  pool.ParallelFor(scan.workers, [&](size_t i) { crew[i]->Run(i); });
  for (const auto& worker : crew) NARFI_TRY(Status(worker->status()));
  PatternWorker& first = *crew.front();
  for (size_t i = 1; i < crew.size(); ++i) {
    NARFI_TRY(crew[i]->MergeInto(first));
    crew[i].reset();
  }
  NARFI_TRY(first.GoOn());
  return first.table().TakePatterns(scan.request.most);
}

}  // namespace

Result<std::vector<LogPattern>> FindPatterns(storage::Source& source, Pool& pool,
                                             const PatternRequest& request,
                                             const GoOnScanning& go_on) {
  return storage::RetryPastDamage(source, [&](storage::DamageList& damage) {
    SharedScan scan{request, go_on, damage};
    return FindOnce(source, pool, scan);
  });
}

}  // namespace narfi::query
