#include "storage/merge.h"

#include <algorithm>
#include <map>

#include "base/check.h"
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

// Copying whole groups comes with SegmentWriter::CopyGroup(): a group that may be copied becomes a
// step of its own, in front of the first step of a later (stream, time).
Result<std::vector<MergeStep>> PlanMerge(
    const std::vector<std::shared_ptr<const SegmentReader>>& parts, const HiddenOf& hidden) {
  std::map<StreamId, std::vector<RunRef>> streams;
  for (const auto& part : parts) {
    for (const auto& group : part->groups()) {
      for (uint32_t run = 0; run < group->runs().size(); ++run) {
        const StreamRun& info = group->runs()[run];
        NARFI_TRY(AppendVisible({group, run, 0}, hidden(info), streams[info.id]));
      }
    }
  }
  std::vector<MergeStep> steps;
  for (auto& [id, runs] : streams) {
    if (!runs.empty()) steps.push_back({nullptr, std::move(runs)});
  }
  return steps;
}

Status RunMerge(const std::vector<MergeStep>& steps, ObjectStore& store, const std::string& name,
                SegmentFooter about, const RowGroupWriter::Options& options, SegmentInfo& info) {
  MergeOutput output(store, name, std::move(about), options, info);
  for (const MergeStep& step : steps) {
    NARFI_CHECK(step.copied == nullptr);
    NARFI_TRY(EncodeRuns(step.runs, output));
  }
  return output.Commit();
}

}  // namespace narfi::storage
