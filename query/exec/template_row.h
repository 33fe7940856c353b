// Executing the templates of line_format and label_format on rows of a batch.
//
// Threads: one at a time; it keeps its buffers from row to row.
// Limits:  kMaxBatchBytes of output for one batch, over it the query fails; a row's own limits are
//          line/template/runtime.h's, and a query of which more than kMaxCostlyRows meet them
//          or have more than kMaxDetails bytes to say of what went wrong fails; as much is kept.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "line/template/template.h"
#include "query/exec/batch.h"

namespace narfi::query {

constexpr std::string_view kTemplateError = "TemplateFormatErr";

class TemplateRunner {
 public:
  static constexpr size_t kMaxBatchBytes = 64 << 20;
  static constexpr size_t kMaxCostlyRows = 10;
  static constexpr size_t kMaxDetails = 4 << 10;

  TemplateRunner();

  // Called before the first row of a batch.
  void StartBatch() { batch_bytes_ = 0; }
  // The output, in the arena of the batch; nothing when the row got an error, or the batch failed.
  // `labels` are the row's, or what it had before.
  std::optional<std::string_view> Run(const line::tmpl::Template& form,
                                      const line::tmpl::LabelSource& labels, Batch& batch,
                                      uint32_t row);

 private:
  void Fail(const Error& error, Batch& batch, uint32_t row);

  const int64_t now_ns_;
  size_t batch_bytes_ = 0;
  size_t costly_rows_ = 0;
  line::tmpl::Runtime runtime_;
  std::string out_;
};

// The labels of a row as they are now.
class BatchLabels final : public line::tmpl::LabelSource {
 public:
  BatchLabels(const Batch& batch, uint32_t row) : batch_(batch), row_(row) {}
  std::optional<std::string_view> Get(std::string_view name) const override;
  void CopyAll(std::vector<line::Field>& out) const override;

 private:
  const Batch& batch_;
  const uint32_t row_;
};

}  // namespace narfi::query
