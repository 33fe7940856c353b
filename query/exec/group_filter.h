// Runs the stages of a plan over the columns of a row group: which rows are out, which pass.
//
// Handles line filters, the first `| json`, label filters and `| drop __error__`; what comes behind
// any other stage is left to the text of the rows that remain.
//
// Threads: one.
#pragma once

#include <string>
#include <vector>

#include "query/exec/group_scan.h"
#include "query/exec/value_test.h"

namespace narfi::query {

class GroupFilter {
 public:
  GroupFilter(const SelectorPlan& plan, GroupScan& scan)
      : plan_(plan),
        scan_(scan),
        columnar_(scan.columnar()),
        alive_(scan.alive_),
        sure_(scan.sure_) {}

  Status Run();

 private:
  // Rows that hold a text, and rows that may; no row is in both.
  struct Hits {
    storage::RowSet sure;
    storage::RowSet maybe;
  };
  // Rows that pass a filter, and rows to be asked; no row is in both, the rest is out.
  struct Verdicts {
    storage::RowSet pass;
    storage::RowSet ask;
  };

  // Of those that ColumnStages() counts. False when it, and with it all behind it, is left to the
  // text.
  Result<bool> RunStage(const logql::Stage& stage);
  Status RunLines(const logql::LineFilterStage& stage);
  Status RunTexts(const logql::LineFilterStage& stage);
  Status RunRegexes(const logql::LineFilterStage& stage);
  Status RunPatterns(const logql::LineFilterStage& stage);
  Status RunJson();
  Status RunFilter(const logql::LabelFilter& filter);
  // Drops the rows that cannot hold the text of a later `field="text"`.
  Status DropByNeedles();
  bool IsWorthColumns() const;

  void Keep(bool negative, const Hits& hits);
  Result<Hits> FindAny(const std::vector<std::string>& texts) const;
  Hits Everything(bool sure) const;

  Result<Verdicts> Judge(const logql::LabelFilter& filter);
  Result<Verdicts> JudgeOne(const logql::LabelFilter& filter);
  Verdicts JudgeError(const ValueTest& test) const;
  void JudgeColumn(const LabelColumn& column, const ValueTest& test, Verdicts& out) const;
  void JudgeStreams(const ValueTest& test, Verdicts& out) const;

  const SelectorPlan& plan_;
  GroupScan& scan_;
  const storage::Columnar& columnar_;
  storage::RowSet& alive_;
  storage::RowSet& sure_;
  bool needles_dropped_ = false;
  storage::RowSet calm_;  // rows that have no error, if they are still there
};

}  // namespace narfi::query
