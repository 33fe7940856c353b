// logfmt [--strict] [--keep-empty] [a, b="c"]
#include <algorithm>

#include "line/label_name.h"
#include "line/logfmt.h"
#include "query/exec/parsed_fields.h"
#include "query/exec/stage.h"

namespace narfi::query {
namespace {

constexpr std::string_view kLogfmtError = "LogfmtParserErr";

class LogfmtOp final : public StageOp {
 public:
  LogfmtOp(const logql::LogfmtStage& stage, const StageContext& context)
      : context_(context), reader_(context.demand, stage.strict, stage.keep_empty) {}

  bool needs_line() const override { return true; }

  void Run(Batch& batch) override {
    for (const uint32_t row : batch.selection()) {
      MarkFound(batch, row, context_.demand, found_);
      fields_.clear();
      const line::Outcome outcome =
          reader_.Extract(batch.line(row), found_, fields_, batch.arena());
      AddParsedFields(batch, row, fields_);
      if (outcome.failed)
        batch.SetError(row, kLogfmtError, outcome.details, context_.preserve_errors);
    }
  }

 private:
  const StageContext& context_;
  line::LogfmtFields reader_;
  std::vector<uint8_t> found_;
  std::vector<line::Field> fields_;
};

// The name in the line that an extraction asks for.
std::string WantedKey(const logql::Extraction& extraction) {
  return extraction.path.empty() ? extraction.expression : extraction.path.front().field;
}

class LogfmtExpressionsOp final : public StageOp {
 public:
  LogfmtExpressionsOp(const logql::LogfmtStage& stage, const StageContext& context)
      : stage_(stage), context_(context) {
    for (const logql::Extraction& extraction : stage.extractions)
      keys_.push_back(WantedKey(extraction));
  }

  bool needs_line() const override { return true; }

  void Run(Batch& batch) override {
    for (const uint32_t row : batch.selection()) ReadRow(batch, row);
  }

 private:
  struct Value {
    bool found = false;
    std::string_view text;
  };

  void ReadRow(Batch& batch, uint32_t row) {
    values_.assign(keys_.size(), Value{});
    const std::string_view line = batch.line(row);
    if (line.empty()) return;
    line::LogfmtScanner scanner(line, batch.arena());
    while (!scanner.done()) {
      if (scanner.Next()) {
        Take(batch, row, scanner);
      } else if (stage_.strict && scanner.failed()) {
        batch.SetError(row, kLogfmtError, batch.arena().Copy(scanner.ErrorText()),
                       context_.preserve_errors);
        break;
      }
    }
    for (size_t i = 0; i < keys_.size(); ++i) {
      SetExtraction(batch, row, stage_.extractions[i].label, values_[i].found, values_[i].text);
    }
  }

  // Of equal keys the last one counts here, and an empty value is one. A key that is itself the
  // label of an extraction counts as well, unless the entry has such a label.
  void Take(Batch& batch, uint32_t row, const line::LogfmtScanner& scanner) {
    name_.clear();
    line::AppendLabelName(name_, scanner.key());
    const bool is_key = std::find(keys_.begin(), keys_.end(), name_) != keys_.end();
    for (size_t i = 0; i < keys_.size(); ++i) {
      if ((is_key ? keys_[i] : stage_.extractions[i].label) != name_) continue;
      if (!is_key && batch.InStreamOrMetadata(row, name_)) continue;
      values_[i] = {true, line::ToLabelValue(scanner.value(), batch.arena())};
    }
  }

  const logql::LogfmtStage& stage_;
  const StageContext& context_;
  std::vector<std::string> keys_;
  std::vector<Value> values_;
  std::string name_;
};

}  // namespace

std::unique_ptr<StageOp> MakeLogfmt(const logql::LogfmtStage& stage, const StageContext& context) {
  if (stage.extractions.empty()) return std::make_unique<LogfmtOp>(stage, context);
  return std::make_unique<LogfmtExpressionsOp>(stage, context);
}

}  // namespace narfi::query
