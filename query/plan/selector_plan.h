// The plan of one log selector: what is read of which runs, and what is done to it.
//
// Ownership: borrows the tree, which must outlive the plan.
// Threads:   immutable after MakeSelectorPlan.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "query/exec/stage.h"
#include "query/logql/ast.h"
#include "query/plan/needles.h"
#include "storage/source.h"

namespace narfi::query {

// Which labels a sample keeps.
struct SeriesLabels {
  enum class Mode : uint8_t { kAll, kBy, kWithout };
  Mode mode = Mode::kAll;
  std::vector<std::string> names;
};

// What becomes of the entries that pass.
struct SelectorUse {
  bool is_metric = false;
  bool reads_line = true;                               // the output shows or measures the line
  SeriesLabels series;                                  // metric queries
  std::string unwrap_label;                             // the label whose value is the sample
  std::vector<const logql::LabelFilter*> late_filters;  // behind the unwrap
};

struct SelectorPlan {
  storage::Selector selector;
  // In the order of execution: line filters go before what is slower and does not change the line.
  std::vector<const logql::Stage*> stages;
  StageContext context;
  std::vector<Needle> needles;
  std::vector<MetadataNeedle> metadata_needles;
  bool reads_line = false;
  bool reads_metadata = false;

  // A run answers from its counts: no stage looks at its entries, and where metadata could tell two
  // entries of it apart nobody asks.
  bool counts_suffice = false;
  SeriesLabels series;

  // What is read of a row before anything is known of it.
  storage::ColumnSet eager_columns() const {
    const storage::ColumnSet times = storage::ColumnSet{} | storage::Column::kTime;
    return reads_metadata ? times | storage::Column::kMetadata : times;
  }

  // One step a line, for people.
  std::vector<std::string> Describe() const;
};

SelectorPlan MakeSelectorPlan(const logql::LogSelector& selector, const SelectorUse& use,
                              const std::string& tenant, int64_t start_ns, int64_t end_ns);

// True for a `| drop` that does nothing to entries without an error.
bool OnlyDropsErrors(const logql::Stage& stage);

// How many stages, from the first one on, can be run over the columns of a row group.
size_t ColumnStages(const SelectorPlan& plan);

// True when all entries of a stream with these labels belong to one series.
bool OneSeriesPerStream(const SeriesLabels& series, const Labels& stream);

}  // namespace narfi::query
