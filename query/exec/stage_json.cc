// json, json a, b="x.y[0]"
#include "line/json_fields.h"
#include "query/exec/parsed_fields.h"
#include "query/exec/stage.h"

namespace narfi::query {
namespace {

constexpr std::string_view kJsonError = "JSONParserErr";

class JsonOp final : public StageOp {
 public:
  explicit JsonOp(const StageContext& context) : context_(context), reader_(context.demand) {}

  bool needs_line() const override { return true; }

  void Run(Batch& batch) override {
    for (const uint32_t row : batch.selection()) {
      MarkFound(batch, row, context_.demand, found_);
      fields_.clear();
      const line::Outcome outcome =
          reader_.Extract(batch.line(row), found_, fields_, batch.arena());
      AddParsedFields(batch, row, fields_);
      if (outcome.failed)
        batch.SetError(row, kJsonError, outcome.details, context_.preserve_errors);
    }
  }

 private:
  const StageContext& context_;
  line::JsonFields reader_;
  std::vector<uint8_t> found_;
  std::vector<line::Field> fields_;
};

std::vector<line::JsonPath> PathsOf(const logql::JsonStage& stage) {
  std::vector<line::JsonPath> paths;
  for (const logql::Extraction& extraction : stage.extractions) {
    line::JsonPath path;
    for (const logql::PathStep& step : extraction.path)
      path.push_back({step.is_index, step.field, step.index});
    paths.push_back(std::move(path));
  }
  return paths;
}

class JsonExpressionsOp final : public StageOp {
 public:
  JsonExpressionsOp(const logql::JsonStage& stage, const StageContext& context)
      : stage_(stage),
        context_(context),
        reader_(PathsOf(stage)),
        values_(stage.extractions.size()) {}

  bool needs_line() const override { return true; }

  void Run(Batch& batch) override {
    for (const uint32_t row : batch.selection()) {
      const std::string_view line = batch.line(row);
      const line::Outcome outcome = reader_.Extract(line, values_, batch.arena());
      if (outcome.failed) {
        batch.SetError(row, kJsonError, outcome.details, context_.preserve_errors);
        if (outcome.details.empty()) continue;  // no JSON at all
      }
      if (line.empty()) continue;
      for (size_t i = 0; i < values_.size(); ++i) {
        SetExtraction(batch, row, stage_.extractions[i].label, values_[i].found, values_[i].text);
      }
    }
  }

 private:
  const logql::JsonStage& stage_;
  const StageContext& context_;
  line::JsonPaths reader_;
  std::vector<line::JsonPaths::Value> values_;
};

}  // namespace

std::unique_ptr<StageOp> MakeJson(const logql::JsonStage& stage, const StageContext& context) {
  if (stage.extractions.empty()) return std::make_unique<JsonOp>(context);
  return std::make_unique<JsonExpressionsOp>(stage, context);
}

}  // namespace narfi::query
