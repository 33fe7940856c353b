// The series of a range aggregation: which labels a sample keeps, and a number for each set of
// them.
//
// Threads: each worker has its own table.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "query/exec/batch.h"
#include "query/exec/monitor.h"
#include "query/exec/row_labels.h"
#include "query/plan/selector_plan.h"

namespace narfi::query {

class SeriesTable {
 public:
  SeriesTable(const SeriesLabels& keeps, bool limited, QueryMonitor& monitor)
      : keeps_(keeps), limited_(limited), monitor_(monitor) {}

  // The number of the series that the row belongs to.
  Result<uint32_t> SeriesOf(const Batch& batch, uint32_t row);
  // The same for any entry of a stream, where OneSeriesPerStream() holds.
  Result<uint32_t> SeriesOfStream(const Labels& stream);
  Result<uint32_t> Find(const LabelPairs& labels);
  // Of the labels that a sample keeps, by name.
  Result<uint32_t> FindFields(const std::vector<Field>& fields);

  // Forgets what the previous batch taught about its rows.
  void StartBatch() { previous_row_ = UINT32_MAX; }

  size_t size() const { return labels_.size(); }
  const LabelPairs& labels(uint32_t series) const { return labels_[series]; }

 private:
  struct KeyHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };

  // Fills fields_ with what the row keeps.
  void Keep(const Batch& batch, uint32_t row);
  // True when the row has the same labels as the one before it.
  bool LikePrevious(const Batch& batch, uint32_t row) const;

  const SeriesLabels& keeps_;
  const bool limited_;  // by QueryContext::max_series
  QueryMonitor& monitor_;
  std::unordered_map<std::string, uint32_t, KeyHash, std::equal_to<>> numbers_;
  std::vector<LabelPairs> labels_;
  RowLabels row_labels_;
  std::vector<Field> fields_;
  std::string key_;
  uint32_t previous_row_ = UINT32_MAX;
  uint32_t previous_series_ = 0;
};

}  // namespace narfi::query
