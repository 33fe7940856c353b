// What a query sees of the stored entries: a snapshot, as a list of runs inside row-group readers.
//
// A row group is up to kMaxRows entries, column by column, sorted by (stream, time, arrival); the
// rows of one stream in it are a *run*. Heads (ingest) and segments (storage) both answer through
// RowGroupReader, so the query engine never knows which one it reads. A Source hands out snapshots;
// ingest::Engine is the one of narfid.
//
// Order:     within a run by time, then by arrival.
// Ownership: a snapshot keeps its readers, and they their files and memory, alive.
// Threads:   readers and snapshots are immutable and safe from several threads.
// Limits:    kMaxRows a row group, kBatchRows a Read().
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/labels.h"
#include "base/result.h"
#include "storage/columnar.h"
#include "storage/group_filter.h"

namespace narfi::storage {

constexpr uint32_t kMaxRows =
    65'520;  // entries of a row group: 64 Ki less what FieldView keeps back
constexpr uint32_t kBatchRows = 4096;  // entries of a page and of one Read()

// One name and value of an entry's structured metadata.
struct MetadataPair {
  std::string_view name;
  std::string_view value;
  auto operator<=>(const MetadataPair&) const = default;
};

// The rows of one stream inside a row group, and their zone map.
struct StreamRun {
  StreamId id;
  std::shared_ptr<const Labels> labels;
  uint32_t first_row = 0;  // within the row group
  uint32_t rows = 0;
  int64_t min_time_ns = 0;
  int64_t max_time_ns = 0;
  uint64_t line_bytes = 0;      // sum of the lengths of the lines
  uint64_t metadata_bytes = 0;  // sum of the lengths of metadata names and values
};

enum class Column : uint8_t { kTime = 1, kLine = 2, kMetadata = 4 };
using ColumnSet = uint8_t;
constexpr ColumnSet operator|(Column a, Column b) {
  return static_cast<ColumnSet>(static_cast<uint8_t>(a) | static_cast<uint8_t>(b));
}
constexpr ColumnSet operator|(ColumnSet a, Column b) {
  return static_cast<ColumnSet>(a | static_cast<uint8_t>(b));
}
constexpr bool Has(ColumnSet set, Column column) {
  return (set & static_cast<uint8_t>(column)) != 0;
}

// Columns of rows, as Read() and ReadRows() fill them; reused by the caller. Columns not asked for
// are empty. The views point into `pins` and `arena`, and live until
// the batch is read into again or destroyed.
struct RowBatch {
  uint32_t rows = 0;
  std::vector<int64_t> times;
  std::vector<std::string_view> lines;
  std::vector<MetadataPair> pairs;     // of all rows, one after the other, each row by name
  std::vector<uint32_t> pair_offsets;  // rows + 1 of them; row i has [offsets[i], offsets[i+1])
  std::vector<std::shared_ptr<const void>> pins;
  Arena arena;

  std::span<const MetadataPair> metadata(uint32_t row) const {
    return std::span(pairs).subspan(pair_offsets[row], pair_offsets[row + 1] - pair_offsets[row]);
  }
  void Clear() {
    rows = 0;
    times.clear();
    lines.clear();
    pairs.clear();
    pair_offsets.clear();
    pins.clear();
    arena.Clear();
  }
  // For who fills it row by row: no rows of these columns, and one more row, whose texts outlive
  // the batch.
  void Start(ColumnSet columns) {
    Clear();
    if (Has(columns, Column::kMetadata)) pair_offsets.push_back(0);
  }
  void Append(ColumnSet columns, int64_t time_ns, std::string_view line,
              std::span<const MetadataPair> metadata) {
    ++rows;
    if (Has(columns, Column::kTime)) times.push_back(time_ns);
    if (Has(columns, Column::kLine)) lines.push_back(line);
    if (!Has(columns, Column::kMetadata)) return;
    pairs.insert(pairs.end(), metadata.begin(), metadata.end());
    pair_offsets.push_back(static_cast<uint32_t>(pairs.size()));
  }
};

// Where a row group is: open in a head, sealed in one, or in a segment.
enum class Origin : uint8_t { kHead, kSealedHead, kSegment };
constexpr size_t kOrigins = 3;

class RowGroupReader {
 public:
  virtual ~RowGroupReader() = default;

  virtual Origin origin() const { return Origin::kSegment; }

  // By stream id; together they are all rows of the group.
  virtual const std::vector<StreamRun>& runs() const = 0;
  // Whether the bytes that runs() tells are true, and no estimate.
  virtual bool is_exact() const { return true; }
  // Where it comes from, for error texts and plans: "segment 01ab row group 3", "head".
  virtual std::string name() const = 0;
  // Fills `out` with rows [first, first + count) of the run; `first` counts from the run's start,
  // count <= kBatchRows. kCorrupt when a block of it is damaged.
  virtual Status Read(uint32_t run, uint32_t first, uint32_t count, ColumnSet columns,
                      RowBatch& out) const = 0;
  // False only when it is proven that no line of the run contains `needle`.
  virtual bool MayContain(uint32_t run, std::string_view needle) const = 0;
  // Bytes that reading `columns` of the run would bring from disk or unpack; an estimate.
  virtual uint64_t ReadCost(uint32_t run, ColumnSet columns) const = 0;

  // The same lines by template and column; null where they are kept as text. Rows of it are those
  // of the row group: row i of a run is number runs()[run].first_row + i.
  virtual Result<std::shared_ptr<const Columnar>> columnar() const { return nullptr; }
  // Fills `out` with these rows of the row group, which ascend and may be of many runs.
  virtual Status ReadRows(std::span<const uint32_t> rows, ColumnSet columns, RowBatch& out) const;
  // How many rows of the run are older than `time_ns`: they are its first ones.
  virtual Result<uint32_t> RowsBefore(uint32_t run, int64_t time_ns) const;
};

// One run of a snapshot.
struct RunRef {
  std::shared_ptr<const RowGroupReader> group;
  uint32_t run = 0;
  // 0: no other run of the stream overlaps it in time, so it may answer from its zone map and
  // counts alone. Else: runs of one stream with the same number must be merged by time, and entries
  // equal in time, line and metadata are one entry.
  uint32_t overlap = 0;

  const StreamRun& info() const { return group->runs()[run]; }
};

// Which entries a query wants: [start, end) of the streams of a tenant that pass the predicates.
struct Selector {
  std::string tenant;
  std::vector<LabelPredicate> predicates;
  int64_t start_ns = INT64_MIN;
  int64_t end_ns = INT64_MAX;
  // When set: row groups that it rules out are left out of the snapshot. Asked by TakeSnapshot().
  std::shared_ptr<const GroupFilter> filter = nullptr;
  // When set: called at the moment that the snapshot shows, perhaps several times; the last call is
  // the one that counts. What is stored before it is in the snapshot, and nothing that is stored
  // after it. Under locks of the source, so it must not block.
  std::function<void()> at_moment = nullptr;
};

struct Snapshot {
  // Every run that may hold entries of the selector. Runs may reach out of the time range.
  std::vector<RunRef> runs;
  // What the reader of an answer should know: quarantined blocks and the like.
  std::vector<std::string> warnings;
};

// What a stream has in a range, so far as it was counted.
struct StreamCount {
  StreamId id;
  std::shared_ptr<const Labels> labels;
  uint64_t runs = 0;
  uint64_t entries = 0;
  uint64_t bytes = 0;  // lines and structured metadata
};

// A snapshot of which a part is counted already.
struct CountedSnapshot {
  std::vector<StreamCount> counted;  // each stream once at most
  Snapshot rest;                     // whose runs share no moment of a stream with what was counted
};

class Source {
 public:
  virtual ~Source() = default;
  virtual Result<Snapshot> TakeSnapshot(const Selector& selector) = 0;
  // For who wants to know no more than how much there is. Selector::filter is not asked.
  virtual Result<CountedSnapshot> TakeCounts(const Selector& selector) {
    auto snapshot = TakeSnapshot(selector);
    if (!snapshot) return tl::unexpected<Error>(std::move(snapshot).error());
    return CountedSnapshot{{}, std::move(*snapshot)};
  }
  // The label sets of the streams that may have entries in the range, sorted.
  virtual Result<std::vector<Labels>> Series(const Selector& selector) = 0;
  // The tenants that have entries, sorted.
  virtual std::vector<std::string> Tenants() = 0;
  // A block of `group`, of a snapshot of this source, was found to be damaged. True when snapshots
  // go without the row group from now on, and say so.
  virtual bool Quarantine(const RowGroupReader&, const Error&) { return false; }
};

// Sets RunRef::overlap of every run.
void MarkOverlaps(std::vector<RunRef>& runs);

}  // namespace narfi::storage
