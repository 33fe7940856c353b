// The samples of a range aggregation from columns: counts by stream and by the codes of fields,
// unwrapped values by a table. No line is rebuilt, and no label looked up for each row.
//
// Threads: belongs to one worker, as its series and accumulator do.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "query/exec/group_scan.h"
#include "query/exec/range_op.h"
#include "query/exec/row_stretches.h"
#include "query/exec/series_table.h"

namespace narfi::query {

class ColumnSampler {
 public:
  // Everything is borrowed.
  ColumnSampler(const logql::RangeAggregation& node, const Windows& windows,
                const SelectorPlan& plan, SeriesTable& table, RangeAccumulator& accumulator);

  // Takes the rows of the scan that are sure, having narrowed them to those whose labels and values
  // the columns tell. False when the aggregation needs the entries themselves.
  Result<bool> Take(GroupScan& scan);

 private:
  // A label of the series, or the one that is unwrapped.
  struct Source {
    std::string_view name;
    const LabelColumn* column = nullptr;  // null or constant: no row has it but by its stream
  };
  // What the rows of a run have in common, and how the codes of the others make an index.
  struct RunShape {
    std::vector<Field> fixed;            // of the stream, by name
    std::vector<const Source*> columns;  // those that differ by row
    bool operator==(const RunShape& other) const {
      return fixed == other.fixed && columns == other.columns;
    }
  };

  bool IsSupported(const GroupScan& scan) const;
  Result<bool> FindSources(GroupScan& scan);
  Result<bool> FindUnwrapped(GroupScan& scan);
  void ForgetGroup();
  RunShape ShapeOf(const Labels& stream) const;
  bool FitsTable(const RunShape& shape) const;
  void UseShape(RunShape shape);

  Status TakeRun(const GroupScan& scan, const GroupScan::Range& range);
  Status CountStretch(const GroupScan& scan, const Stretch& stretch);
  void CountInLanes(const uint16_t* codes, uint32_t rows, uint32_t indexes);
  Status CountByCode(const GroupScan& scan, const Stretch& stretch);
  Status TakeValues(const GroupScan& scan, const GroupScan::Range& range);
  // Hands on what was counted, which leaves all counts at zero, whatever happens.
  Status TakeCounts();
  Status AddCount(uint32_t series, const StepSpan& steps, uint32_t rows);
  // The index of a row among the combinations of codes of the shape's columns.
  uint32_t IndexOf(uint32_t row) const;
  Result<uint32_t> SeriesOf(uint32_t index);
  // Finds the series of all that are in touched_, many at a time.
  Status FindTouched();
  // Fills fields_ with the labels of an index.
  void LabelsOf(uint32_t index);

  const logql::RangeAggregation& node_;
  const Windows windows_;
  const SelectorPlan& plan_;
  SeriesTable& table_;
  RangeAccumulator& accumulator_;

  // Of the group.
  std::vector<Source> sources_;
  const LabelColumn* unwrapped_ = nullptr;
  std::vector<double> values_;      // of the unwrapped codes
  std::vector<uint8_t> has_value_;  // 0: the row is no sample, or one that only counts

  // Of the run.
  RunShape shape_;
  std::vector<uint32_t> series_;  // by index; UINT32_MAX: not asked for yet
  // By index; of stretches, of one run after the other, that are of the same steps.
  std::vector<uint32_t> counts_;
  StepSpan counted_steps_;
  std::vector<uint32_t> lanes_;
  std::vector<uint32_t> touched_;
  std::vector<Stretch> stretches_;
  std::vector<Field> fields_;
  std::vector<RangeSample> samples_;
  storage::RowBatch times_;
};

}  // namespace narfi::query
