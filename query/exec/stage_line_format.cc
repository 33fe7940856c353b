// line_format "{{.a}}": the line becomes the output of a template.
#include "base/check.h"
#include "query/exec/stage.h"
#include "query/exec/template_row.h"

namespace narfi::query {
namespace {

class LineFormatOp final : public StageOp {
 public:
  explicit LineFormatOp(line::tmpl::Template form) : form_(std::move(form)) {}

  bool needs_line() const override { return true; }

  // A row whose template fails keeps its line.
  void Run(Batch& batch) override {
    runner_.StartBatch();
    for (const uint32_t row : batch.selection()) {
      const auto line = runner_.Run(form_, BatchLabels(batch, row), batch, row);
      if (line) batch.SetLine(row, *line);
      if (batch.stopped()) return;
    }
  }

 private:
  const line::tmpl::Template form_;
  TemplateRunner runner_;
};

}  // namespace

std::unique_ptr<StageOp> MakeLineFormat(const logql::LineFormatStage& stage) {
  auto form = line::tmpl::Template::Parse("line", stage.text);
  NARFI_CHECK(form.has_value());  // a parsed stage is valid
  return std::make_unique<LineFormatOp>(std::move(*form));
}

}  // namespace narfi::query
