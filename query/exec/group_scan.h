// What a plan comes to on one row group, as far as its columns tell.
//
// Stages run over the columns in the order of the plan, on three values: a row is surely out,
// surely passes without an error, or must be asked as text. Rows that are out are never rebuilt;
// rows to be asked take the whole pipeline from its start, so that the answer is the same.
//
// Ownership: borrows the plan and the units; keeps the columns it read.
// Threads:   one; made by the worker that scans the group.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "query/exec/json_slots.h"
#include "query/exec/label_column.h"
#include "query/exec/scan_unit.h"
#include "query/plan/selector_plan.h"
#include "storage/columnar.h"

namespace narfi::query {

using storage::ForEachRow;

class GroupScan {
 public:
  // Rows [begin, end) of the group: those of a run that lie in the time range.
  struct Range {
    const ScanUnit* unit = nullptr;
    uint32_t begin = 0;
    uint32_t end = 0;
  };

  // `units` are single runs of the group that `columnar` is of.
  static Result<std::unique_ptr<GroupScan>> Make(const SelectorPlan& plan,
                                                 const std::vector<const ScanUnit*>& units,
                                                 std::shared_ptr<const storage::Columnar> columnar);

  // In the order of the units.
  const std::vector<Range>& ranges() const { return ranges_; }
  uint64_t rows() const { return rows_; }
  // Rows of the ranges that may pass.
  const storage::RowSet& alive() const { return alive_; }
  // Those of them that pass every stage, without an error, and of whose fields all is known that
  // NeedColumn() asked for.
  const storage::RowSet& sure() const { return sure_; }
  bool all_sure() const { return all_sure_; }

  // The column of a label behind the last stage; the caller sees to streams that have it.
  Result<const LabelColumn*> ColumnAtEnd(std::string_view name) { return Column(name, parsed_); }
  // Rows of which the column does not tell are sure no more, streams that have the label aside.
  void RequireKnown(std::string_view name, const LabelColumn& column);
  // Likewise those that `is_known(row)` is false of.
  template <class IsKnown>
  void RequireKnown(IsKnown&& is_known);
  // Likewise the rows of streams that have the label.
  void RequireNoStreamHas(std::string_view name);
  bool AllStreamsHave(std::string_view name) const;
  // True when fields of a `| json` are among the labels of the rows.
  bool parsed() const { return parsed_; }
  const storage::Columnar& columnar() const { return *columnar_; }

 private:
  friend class GroupFilter;

  GroupScan(const SelectorPlan& plan, std::shared_ptr<const storage::Columnar> columnar)
      : plan_(plan), columnar_(std::move(columnar)), alive_(columnar_->rows()) {}
  Status AddRanges(const std::vector<const ScanUnit*>& units);
  // What is known of each template; once.
  Status JudgeForms();
  Result<const LabelColumn*> Column(std::string_view name, bool parsed);

  const SelectorPlan& plan_;
  const std::shared_ptr<const storage::Columnar> columnar_;
  std::vector<Range> ranges_;
  uint64_t rows_ = 0;
  storage::RowSet alive_;
  storage::RowSet sure_;
  bool all_sure_ = false;                                    // every row of the ranges is sure
  bool parsed_ = false;                                      // a `| json` was passed
  std::vector<FormUse> forms_;                               // of each template, behind a `| json`
  std::unordered_map<std::string, LabelColumn> columns_[2];  // before and behind `| json`
};

template <class IsKnown>
void GroupScan::RequireKnown(IsKnown&& is_known) {
  ForEachRow(sure_, 0, sure_.rows(), [&](uint32_t row) {
    if (is_known(row)) return;
    sure_.Remove(row);
    all_sure_ = false;
  });
}

// Adds or takes out rows [begin, end).
void AddRange(storage::RowSet& set, uint32_t begin, uint32_t end);
void RemoveRange(storage::RowSet& set, uint32_t begin, uint32_t end);

}  // namespace narfi::query
