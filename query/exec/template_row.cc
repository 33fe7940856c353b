#include "query/exec/template_row.h"

#include "base/clock.h"
#include "base/size.h"
#include "query/exec/row_labels.h"

namespace narfi::query {

// Templates do not see what went wrong before them.
std::optional<std::string_view> BatchLabels::Get(std::string_view name) const {
  if (name == kErrorLabel) return std::nullopt;
  return batch_.Get(row_, name);
}

void BatchLabels::CopyAll(std::vector<line::Field>& out) const {
  RowLabels labels;
  std::vector<Field> all;
  labels.Collect(batch_, row_);
  labels.AppendAll(all);
  out.clear();
  for (const Field& field : all) {
    if (field.name != kErrorLabel && field.name != kErrorDetailsLabel &&
        field.name != kPreserveErrorLabel)
      out.push_back({field.name, field.value});
  }
}

TemplateRunner::TemplateRunner() : now_ns_(SystemClock().NowNs()) {}

void TemplateRunner::Fail(const Error& error, Batch& batch, uint32_t row) {
  // What a value looks like is part of Go's texts: a long one took long to make.
  const bool is_costly = error.code == Code::kLimit || error.text.size() > kMaxDetails;
  const std::string_view details = std::string_view(error.text).substr(0, kMaxDetails);
  if (is_costly && ++costly_rows_ > kMaxCostlyRows)
    return batch.Stop({Code::kLimit, std::string(details)});
  batch.SetError(row, kTemplateError, batch.arena().Copy(details), false);
}

std::optional<std::string_view> TemplateRunner::Run(const line::tmpl::Template& form,
                                                    const line::tmpl::LabelSource& labels,
                                                    Batch& batch, uint32_t row) {
  if (!batch.MayGoOn()) return std::nullopt;
  out_.clear();
  const line::tmpl::Input input{&labels, batch.has_lines() ? batch.line(row) : std::string_view(),
                                batch.time(row), now_ns_};
  const auto status = form.Execute(input, runtime_, out_);
  if (!status) {
    Fail(status.error(), batch, row);
    return std::nullopt;
  }
  batch_bytes_ += out_.size();
  if (batch_bytes_ > kMaxBatchBytes) {
    batch.Stop({Code::kLimit, "the template makes more than " + FormatBytes(kMaxBatchBytes) +
                                  " of text for " + std::to_string(batch.rows()) + " lines"});
    return std::nullopt;
  }
  return batch.arena().Copy(out_);
}

}  // namespace narfi::query
