#include "storage/row_group_writer.h"

#include <algorithm>

#include "storage/line_page.h"
#include "storage/page.h"

namespace narfi::storage {

void RowGroupWriter::Append(StreamId id, const std::shared_ptr<const Labels>& labels,
                            int64_t time_ns, std::string_view line,
                            std::span<const MetadataPair> metadata) {
  if (meta_.runs.empty() || meta_.runs.back().id != id) {
    meta_.runs.push_back({.id = id,
                          .labels = labels,
                          .first_row = rows_,
                          .rows = 0,
                          .min_time_ns = time_ns,
                          .max_time_ns = time_ns});
  }
  StreamRun& run = meta_.runs.back();
  ++run.rows;
  run.max_time_ns = std::max(run.max_time_ns, time_ns);
  run.line_bytes += line.size();
  uint64_t metadata_bytes = 0;
  for (const MetadataPair& pair : metadata) metadata_bytes += pair.name.size() + pair.value.size();
  run.metadata_bytes += metadata_bytes;
  times_.push_back(time_ns);
  lines_.push_back(page_texts_.Copy(line));
  for (const MetadataPair& pair : metadata)
    pairs_.push_back({page_texts_.Copy(pair.name), page_texts_.Copy(pair.value)});
  pair_offsets_.push_back(static_cast<uint32_t>(pairs_.size()));
  if (options_.word_filter) words_.AddLine(line);
  ++rows_;
  text_bytes_ += line.size() + metadata_bytes;
  page_bytes_ += line.size() + metadata_bytes;
  if (times_.size() == kBatchRows || page_bytes_ >= options_.page_bytes) ClosePage();
}

void RowGroupWriter::ClosePage() {
  if (times_.empty()) return;
  PageRef page{
      .rows = static_cast<uint32_t>(times_.size()), .time = {}, .line = {}, .metadata = {}};
  page.time = out_.Append(EncodeTimes(times_), options_.zstd_level);
  page.line = out_.Append(options_.line_columns ? EncodeLines(lines_, times_, options_.zstd_level)
                                                : EncodeTextLines(lines_, options_.zstd_level),
                          0);
  page.metadata = out_.Append(EncodeMetadata(pairs_, pair_offsets_), options_.zstd_level);
  meta_.pages.push_back(page);
  page_bytes_ = 0;
  times_.clear();
  lines_.clear();
  pairs_.clear();
  pair_offsets_ = {0};
  page_texts_.Clear();
}

RowGroupMeta RowGroupWriter::Finish() {
  ClosePage();
  if (options_.word_filter) meta_.filter = out_.Append(words_.Finish(), 0);
  return std::move(meta_);
}

}  // namespace narfi::storage
