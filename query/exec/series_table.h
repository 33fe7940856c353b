// The series of a range aggregation: which labels a sample keeps, and a number for each set of
// them.
//
// Threads: each worker has its own table.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
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
  // The numbers here of the series of another table, by their numbers there.
  Result<std::vector<uint32_t>> Absorb(const SeriesTable& other);
  // Of the labels that a sample keeps, by name.
  Result<uint32_t> FindFields(const std::vector<Field>& fields);
  // Several of them one after the other, so that what each needs from memory is on its way while
  // the others are worked on: ClearAsked(), Ask() for each, Approach(), then Answer() for each, by
  // how many were asked for before it. No answer: FindFields() will add the series.
  void ClearAsked();
  void Ask(const std::vector<Field>& fields);
  void Approach() const;
  std::optional<uint32_t> Answer(size_t number) const;

  // Forgets what the previous batch taught about its rows.
  void StartBatch() { previous_row_ = UINT32_MAX; }

  size_t size() const { return labels_.size(); }
  const LabelPairs& labels(uint32_t series) const { return labels_[series]; }

 private:
  // Of an open-addressing table.
  struct Slot {
    uint64_t hash = 0;
    const char* key = nullptr;
    uint32_t key_bytes = 0;
    uint32_t number = UINT32_MAX;  // that: free
  };
  struct Asked {
    uint64_t hash = 0;
    size_t begin = 0;  // of asked_keys_
    size_t end = 0;
  };

  // Fills fields_ with what the row keeps.
  void Keep(const Batch& batch, uint32_t row);
  std::optional<uint32_t> FindKey(std::string_view key, uint64_t hash) const;
  Result<uint32_t> AddSeries(std::string_view key, uint64_t hash, LabelPairs labels);
  void Place(const Slot& placed);
  // True when the row has the same labels as the one before it.
  bool LikePrevious(const Batch& batch, uint32_t row) const;

  const SeriesLabels& keeps_;
  const bool limited_;  // by QueryContext::max_series
  QueryMonitor& monitor_;
  std::vector<Slot> slots_;  // a power of two, at most half of them in use
  Arena keys_arena_;
  std::vector<LabelPairs> labels_;
  RowLabels row_labels_;
  std::vector<Field> fields_;
  std::string key_;
  std::vector<Asked> asked_;
  std::string asked_keys_;
  uint32_t previous_row_ = UINT32_MAX;
  uint32_t previous_series_ = 0;
};

}  // namespace narfi::query
