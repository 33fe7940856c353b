#include "storage/merge.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "storage/merged_rows.h"

namespace narfi::storage {
namespace {

// The segment on its way; made when the first row comes.
class MergeOutput {
 public:
  MergeOutput(ObjectStore& store, const std::string& name, SegmentFooter about,
              const RowGroupWriter::Options& options, SegmentInfo& info)
      : store_(store), name_(name), about_(std::move(about)), options_(options), info_(info) {}

  Status Append(const StreamRun& stream, const MergedRows::Row& row) {
    if (writer_ == nullptr) {
      NARFI_ASSIGN(writer_, SegmentWriter::Create(store_, name_, std::move(about_), options_));
    }
    NARFI_TRY(writer_->Append(stream.id, stream.labels, row.time_ns, row.line, row.metadata));
    info_.min_time_ns = info_.rows == 0 ? row.time_ns : std::min(info_.min_time_ns, row.time_ns);
    info_.max_time_ns = info_.rows == 0 ? row.time_ns : std::max(info_.max_time_ns, row.time_ns);
    ++info_.rows;
    info_.line_bytes += row.line.size();
    return {};
  }

  Status Copy(const std::shared_ptr<const StoredRowGroup>& group) {
    if (writer_ == nullptr) {
      NARFI_ASSIGN(writer_, SegmentWriter::Create(store_, name_, std::move(about_), options_));
    }
    CountRuns(*group, info_);
    return writer_->CopyGroup(group);
  }

  Status Commit() {
    if (writer_ == nullptr) return {};
    NARFI_ASSIGN(const auto written, writer_->Commit());
    info_.file_bytes = written.file_bytes;
    return {};
  }

 private:
  ObjectStore& store_;
  const std::string& name_;
  SegmentFooter about_;
  const RowGroupWriter::Options options_;
  SegmentInfo& info_;
  std::unique_ptr<SegmentWriter> writer_;
};

Status EncodeRuns(const std::vector<RunRef>& runs, MergeOutput& output) {
  MergedRows rows(runs, INT64_MIN, INT64_MAX);
  const StreamRun& stream = runs.front().info();
  MergedRows::Row row;
  for (;;) {
    NARFI_ASSIGN(const bool more, rows.Next(row));
    if (!more) return {};
    NARFI_TRY(output.Append(stream, row));
  }
}

}  // namespace

std::unordered_set<const RowGroupReader*> WholeGroups(std::vector<RunRef> runs) {
  MarkOverlaps(runs);
  std::unordered_map<const RowGroupReader*, uint32_t> alone;  // rows of runs that overlap none
  for (const RunRef& run : runs) {
    if (run.overlap == 0) alone[run.group.get()] += run.info().rows;
  }
  std::unordered_set<const RowGroupReader*> out;
  for (const auto& [group, rows] : alone) {
    uint64_t all = 0;
    for (const StreamRun& run : group->runs()) all += run.rows;
    if (rows == all && rows >= kLeastToCopy) out.insert(group);
  }
  return out;
}

void CountRuns(const RowGroupReader& group, SegmentInfo& info) {
  for (const StreamRun& run : group.runs()) {
    info.min_time_ns =
        info.rows == 0 ? run.min_time_ns : std::min(info.min_time_ns, run.min_time_ns);
    info.max_time_ns =
        info.rows == 0 ? run.max_time_ns : std::max(info.max_time_ns, run.max_time_ns);
    info.rows += run.rows;
    info.line_bytes += run.line_bytes;
  }
}

Result<std::vector<MergeStep>> PlanMerge(
    const std::vector<std::shared_ptr<const SegmentReader>>& parts, const HiddenOf& hidden) {
  std::vector<RunRef> visible;
  for (const auto& part : parts) {
    for (const auto& group : part->groups()) {
      for (uint32_t run = 0; run < group->runs().size(); ++run)
        NARFI_TRY(AppendVisible({group, run, 0}, hidden(group->runs()[run]), visible));
    }
  }
  const auto whole = WholeGroups(visible);
  std::vector<MergeStep> steps;
  for (const auto& part : parts) {
    for (const auto& group : part->groups()) {
      if (whole.contains(group.get())) steps.push_back({group, {}});
    }
  }
  std::map<StreamId, std::vector<RunRef>> streams;
  for (RunRef& run : visible) {
    run.overlap = 0;
    if (!whole.contains(run.group.get())) streams[run.info().id].push_back(std::move(run));
  }
  for (auto& [id, runs] : streams) steps.push_back({nullptr, std::move(runs)});
  return steps;
}

Status RunMerge(const std::vector<MergeStep>& steps, ObjectStore& store, const std::string& name,
                SegmentFooter about, const RowGroupWriter::Options& options, SegmentInfo& info) {
  MergeOutput output(store, name, std::move(about), options, info);
  for (const MergeStep& step : steps) {
    if (step.copied != nullptr) {
      NARFI_TRY(output.Copy(step.copied));
    } else {
      NARFI_TRY(EncodeRuns(step.runs, output));
    }
  }
  return output.Commit();
}

}  // namespace narfi::storage
