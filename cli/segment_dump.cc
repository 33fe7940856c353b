#include <algorithm>

#include "base/json_write.h"
#include "base/time.h"
#include "cli/segment_command.h"

namespace narfi::cli {
namespace {

constexpr size_t kWriteAtOnce = 64 << 10;

std::string LabelsAsJson(const Labels& labels) {
  std::string text = "{";
  for (const Label& label : labels) {
    if (text.size() > 1) text += ',';
    AppendJsonString(text, label.name);
    text += ':';
    AppendJsonString(text, label.value);
  }
  return text + "}";
}

void AppendEntry(const std::string& stream, const storage::RowBatch& batch, uint32_t row,
                 std::string& text) {
  text += "{\"stream\":" + stream + ",\"ts\":";
  AppendJsonString(text, FormatRfc3339(batch.times[row]));
  text += ",\"line\":";
  AppendJsonString(text, batch.lines[row]);
  text += ",\"structuredMetadata\":{";
  bool is_first = true;
  for (const storage::MetadataPair& pair : batch.metadata(row)) {
    if (!is_first) text += ',';
    is_first = false;
    AppendJsonString(text, pair.name);
    text += ':';
    AppendJsonString(text, pair.value);
  }
  text += "}}\n";
}

class Dumper {
 public:
  Dumper(Console& console, const std::atomic<bool>& interrupted)
      : console_(console), interrupted_(interrupted) {}

  // False when there is nothing more to do.
  bool DumpRun(const storage::StoredRowGroup& group, uint32_t run) {
    using storage::Column;
    const storage::StreamRun& info = group.runs()[run];
    const std::string stream = LabelsAsJson(*info.labels);
    for (uint32_t first = 0; first < info.rows; first += storage::kBatchRows) {
      if (interrupted_.load()) return false;
      const uint32_t count = std::min(info.rows - first, storage::kBatchRows);
      const Status read =
          group.Read(run, first, count, Column::kTime | Column::kLine | Column::kMetadata, batch_);
      if (!read) {
        is_whole_ = false;
        console_.err.Write("narfi: " + std::to_string(count) +
                           " entries are left out: " + read.error().text + "\n");
        continue;
      }
      for (uint32_t row = 0; row < count; ++row) {
        AppendEntry(stream, batch_, row, text_);
        if (text_.size() >= kWriteAtOnce && !WriteOut()) return false;
      }
    }
    return true;
  }

  bool WriteOut() {
    const bool is_read = console_.out.Write(text_);
    text_.clear();
    return is_read;
  }
  bool is_whole() const { return is_whole_; }

 private:
  Console& console_;
  const std::atomic<bool>& interrupted_;
  storage::RowBatch batch_;
  std::string text_;
  bool is_whole_ = true;
};

}  // namespace

bool DumpSegment(const storage::SegmentReader& segment,
                 const std::vector<LabelPredicate>& predicates, Console& console,
                 const std::atomic<bool>& interrupted) {
  Dumper dumper(console, interrupted);
  for (const auto& group : segment.groups()) {
    for (uint32_t run = 0; run < group->runs().size(); ++run) {
      if (!Matches(*group->runs()[run].labels, predicates)) continue;
      if (!dumper.DumpRun(*group, run)) return dumper.is_whole();
    }
  }
  dumper.WriteOut();
  return dumper.is_whole();
}

}  // namespace narfi::cli
