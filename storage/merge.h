// Segments of one tenant and day become one: by (stream, time, arrival), equal entries once, hidden
// ones not at all.
//
// Order:     the parts are given oldest first: among entries of equal time the older arrival leads.
// Ownership: the stores and readers are borrowed; nothing is kept.
// Limits:    memory is that of the open row group and of the runs of one stream that overlap.
// Threads:   one merge at a time on each writer; parts may be read by others meanwhile.
#pragma once

#include <functional>
#include <memory>
#include <unordered_set>
#include <vector>

#include "storage/manifest.h"
#include "storage/object_store.h"
#include "storage/segment_reader.h"
#include "storage/segment_writer.h"
#include "storage/visible_rows.h"

namespace narfi::storage {

// Which times of a stream are hidden.
using HiddenOf = std::function<std::vector<HiddenTimes>(const StreamRun&)>;

// Smaller row groups are joined with others: many of them cost disk and time.
constexpr uint32_t kLeastToCopy = 32 << 10;

// The row groups that may be copied as they are: large enough, all their runs are among `runs` and
// none of those shares a moment of its stream with a run of another group.
std::unordered_set<const RowGroupReader*> WholeGroups(std::vector<RunRef> runs);
// Adds the rows of a copied row group to what is known of the segment.
void CountRuns(const RowGroupReader& group, SegmentInfo& info);

// What a merge does, in the order of the output.
struct MergeStep {
  // One row group as it lies. Null: `runs` are encoded anew.
  std::shared_ptr<const StoredRowGroup> copied;
  std::vector<RunRef> runs;  // of one stream, oldest part first
};

Result<std::vector<MergeStep>> PlanMerge(
    const std::vector<std::shared_ptr<const SegmentReader>>& parts, const HiddenOf& hidden);

// Writes the segment named by `about` as object `name` and makes it durable. Fills the times, rows
// and sizes of `info`; with no rows at all nothing is written and info.rows is 0.
Status RunMerge(const std::vector<MergeStep>& steps, ObjectStore& store, const std::string& name,
                SegmentFooter about, const RowGroupWriter::Options& options, SegmentInfo& info);

}  // namespace narfi::storage
