#include "query/exec/unwrap.h"

#include <algorithm>
#include <iterator>

#include "base/duration.h"
#include "base/go_number.h"
#include "base/size.h"

namespace narfi::query {
namespace {

bool TakesBytes(logql::RangeOp op) {
  return op == logql::RangeOp::kBytesOverTime || op == logql::RangeOp::kBytesRate;
}

}  // namespace

Result<double> ConvertSample(logql::Conversion conversion, std::string_view text) {
  switch (conversion) {
    case logql::Conversion::kNone:
      return ParseGoFloat(text);
    case logql::Conversion::kDuration:
    case logql::Conversion::kDurationSeconds: {
      NARFI_ASSIGN(const int64_t ns, ParseGoDuration(text));
      return static_cast<double>(ns) / 1e9;
    }
    case logql::Conversion::kBytes: {
      NARFI_ASSIGN(const uint64_t bytes, ParseHumanBytes(text));
      return static_cast<double>(bytes);
    }
  }
  return 0.0;
}

SampleTaker::SampleTaker(const logql::RangeAggregation& node, bool preserve_errors)
    : node_(node),
      preserve_errors_(preserve_errors),
      counts_all_(node.op == logql::RangeOp::kAvgOverTime && node.grouping.has_value()) {
  if (!node.unwrap) return;
  for (const logql::LabelFilter& filter : node.unwrap->filters)
    filters_.push_back(MakeLabelFilter(filter));
}

void SampleTaker::Run(Batch& batch) {
  values_.clear();
  if (node_.unwrap) {
    by_row_.resize(batch.rows());
    if (counts_all_) {
      UnwrapCountingAll(batch);
    } else {
      Unwrap(batch);
    }
    for (const uint32_t row : batch.selection()) values_.push_back(by_row_[row]);
    return;
  }
  if (!TakesBytes(node_.op)) {
    values_.assign(batch.selection().size(), 1.0);
    return;
  }
  for (const uint32_t row : batch.selection())
    values_.push_back(static_cast<double>(batch.line(row).size()));
}

void SampleTaker::Unwrap(Batch& batch) {
  Select(batch, [&](uint32_t row) {
    const auto value = ValueOf(batch, row);
    if (value) by_row_[row] = *value;
    return value.has_value();
  });
  RunFilters(batch);
}

void SampleTaker::RunFilters(Batch& batch) {
  for (const auto& filter : filters_) filter->Run(batch);
}

void SampleTaker::UnwrapCountingAll(Batch& batch) {
  without_value_.assign(batch.rows(), 0);
  std::vector<uint32_t> flawed;
  for (const uint32_t row : batch.selection()) {
    const std::string_view text = batch.Get(row, node_.unwrap->label).value_or(std::string_view());
    const Result<double> value =
        text.empty() ? Result<double>(0.0) : ConvertSample(node_.unwrap->conversion, text);
    by_row_[row] = value.value_or(0);
    without_value_[row] = text.empty() || !value ? 1 : 0;
    if (!value && !batch.has_error(row)) flawed.push_back(row);
  }
  // What is counted passes the filters without the error of the conversion; what is summed with it.
  RunFilters(batch);
  const std::vector<uint32_t> counted = batch.selection();
  batch.selection() = flawed;
  for (const uint32_t row : flawed) (void)ValueOf(batch, row);
  RunFilters(batch);
  const std::vector<uint32_t> failed = batch.selection();
  for (const uint32_t row : flawed) {
    if (std::find(failed.begin(), failed.end(), row) != failed.end()) continue;
    batch.ClearError(row);
    batch.SetErrorDetails(row, {});
  }
  batch.selection().clear();
  std::set_union(counted.begin(), counted.end(), failed.begin(), failed.end(),
                 std::back_inserter(batch.selection()));
}

std::optional<double> SampleTaker::ValueOf(Batch& batch, uint32_t row) const {
  const std::string_view text = batch.Get(row, node_.unwrap->label).value_or(std::string_view());
  if (text.empty()) return std::nullopt;
  const Result<double> value = ConvertSample(node_.unwrap->conversion, text);
  if (value) return *value;
  batch.SetError(row, kUnwrapError, batch.arena().Copy(value.error().text), preserve_errors_);
  return 0.0;
}

}  // namespace narfi::query
