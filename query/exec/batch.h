// A batch: up to kBatchRows entries of one stream on their way through a pipeline.
//
// Stages narrow the selection and add labels; nothing is copied until an entry leaves the batch.
// The labels of a row are seen in layers: what stages set or removed, then the entry's metadata,
// then the labels of the stream. Lines are read only when a stage or the output asks for them.
//
// Order:     rows as read, by time; the selection ascending.
// Ownership: views point into the rows, which the scan owns, and into the arena here; all of them
//            live until the next Start().
// Threads:   one at a time; each worker has its own.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/labels.h"
#include "base/result.h"
#include "query/exec/result.h"
#include "query/plan/needles.h"
#include "storage/source.h"

namespace narfi::query {

constexpr std::string_view kErrorLabel = "__error__";
constexpr std::string_view kErrorDetailsLabel = "__error_details__";
constexpr std::string_view kPreserveErrorLabel = "__preserve_error__";

class QueryMonitor;

// Reads the lines of a batch when they are first needed.
class LineLoader {
 public:
  virtual ~LineLoader() = default;
  // Those of `wanted` at least; lines of other rows may stay empty.
  virtual Status LoadLines(storage::RowBatch& rows, std::span<const uint32_t> wanted) = 0;
};

class Batch {
 public:
  // A label that a stage set, or (deleted) took away from the layers below.
  struct Change {
    std::string_view name;
    std::string_view value;
    bool deleted = false;
  };
  struct RowError {
    std::string_view error;
    std::string_view details;
    bool preserve = false;  // metric queries take the entry as it is
  };

  // Begins a batch of `rows`, all selected. Metadata whose name the stream has is renamed.
  void Start(const Labels& stream, storage::RowBatch& rows, bool has_metadata);
  void set_loader(LineLoader* loader) { loader_ = loader; }

  const Labels& stream() const { return *stream_; }
  uint32_t rows() const { return rows_->rows; }
  std::vector<uint32_t>& selection() { return selection_; }
  const std::vector<uint32_t>& selection() const { return selection_; }

  int64_t time(uint32_t row) const { return rows_->times[row]; }
  // After LoadLines() only.
  std::string_view line(uint32_t row) const {
    return formatted_.empty() ? rows_->lines[row] : formatted_[row];
  }
  // What the row is to later stages and to the output; the stored line stays in the rows. After
  // LoadLines() only; `line` must live as long as the batch.
  void SetLine(uint32_t row, std::string_view line) {
    if (formatted_.empty()) formatted_ = rows_->lines;
    formatted_[row] = line;
  }
  // Of the rows that are selected now.
  Status LoadLines();
  bool has_lines() const { return !rows_->lines.empty(); }

  std::span<const Field> metadata(uint32_t row) const {
    return has_metadata_ ? rows_->metadata(row) : std::span<const Field>();
  }
  std::span<const Change> changes(uint32_t row) const {
    return std::span(changes_).subspan(ranges_[row].begin, ranges_[row].end - ranges_[row].begin);
  }
  const RowError& error(uint32_t row) const { return errors_[row]; }
  bool has_error(uint32_t row) const { return !errors_[row].error.empty(); }

  // The label as a stage sees it, __error__ included but not __error_details__; nothing when the
  // row does not have it.
  std::optional<std::string_view> Get(uint32_t row, std::string_view name) const;
  // True for a label that fields must not replace: the stream's, whatever stages did to it, and the
  // entry's that were not dropped.
  bool InStreamOrMetadata(uint32_t row, std::string_view name) const;
  // The value that a stage set, or nothing.
  std::optional<std::string_view> FindParsed(uint32_t row, std::string_view name) const;

  // `name` and `value` must live as long as the batch: copy into arena() what does not.
  void Set(uint32_t row, std::string_view name, std::string_view value);
  void Delete(uint32_t row, std::string_view name);
  void SetError(uint32_t row, std::string_view error, std::string_view details, bool preserve);
  void SetErrorDetails(uint32_t row, std::string_view details) { errors_[row].details = details; }
  void ClearError(uint32_t row) { errors_[row].error = {}; }
  void ClearPreserve(uint32_t row) { errors_[row].preserve = false; }

  // A stage that cannot go on says why and returns; then the query fails.
  void Stop(Error error) { failure_ = tl::unexpected<Error>(std::move(error)); }
  bool stopped() const { return !failure_; }
  const Status& failure() const { return failure_; }
  void set_monitor(const QueryMonitor* monitor) { monitor_ = monitor; }
  // False, and stopped, when the query was cancelled or took too long; for stages that may take
  // long over one row.
  bool MayGoOn();

  Arena& arena() { return arena_; }
  // "x" as "x_extracted".
  std::string_view Extracted(std::string_view name);

 private:
  struct Range {
    uint32_t begin = 0;
    uint32_t end = 0;
  };
  void RenameMetadata();
  bool IsDeleted(uint32_t row, std::string_view name) const;
  // Makes room for one more change of the row, at the end of its range.
  Change& AppendChange(uint32_t row);

  const Labels* stream_ = nullptr;
  storage::RowBatch* rows_ = nullptr;
  LineLoader* loader_ = nullptr;
  const QueryMonitor* monitor_ = nullptr;
  Status failure_;
  bool has_metadata_ = false;
  std::vector<uint32_t> selection_;
  std::vector<Change> changes_;  // of all rows; ranges_ says which are whose
  std::vector<Range> ranges_;
  std::vector<RowError> errors_;
  std::vector<std::string_view> formatted_;  // lines, once one was replaced
  Arena arena_;
};

}  // namespace narfi::query
