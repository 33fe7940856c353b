// label_format a=b, c="{{.d}}": labels renamed and made by templates.
#include <optional>

#include "base/check.h"
#include "query/exec/stage.h"
#include "query/exec/template_row.h"

namespace narfi::query {
namespace {

// All labels of a row as they were when it was made.
class LabelsBefore final : public line::tmpl::LabelSource {
 public:
  LabelsBefore(const Batch& batch, uint32_t row) { BatchLabels(batch, row).CopyAll(all_); }

  std::optional<std::string_view> Get(std::string_view name) const override {
    for (const line::Field& field : all_) {
      if (field.name == name) return field.value;
    }
    return std::nullopt;
  }
  void CopyAll(std::vector<line::Field>& out) const override { out = all_; }

 private:
  std::vector<line::Field> all_;
};

class LabelFormatOp final : public StageOp {
 public:
  explicit LabelFormatOp(const logql::LabelFormatStage& stage) : stage_(stage) {
    size_t templates = 0;
    for (const logql::LabelFormat& format : stage.formats) {
      templates += format.is_rename ? 0 : 1;
      if (format.is_rename) {
        forms_.emplace_back();
        continue;
      }
      auto form = line::tmpl::Template::Parse("label", format.value);
      NARFI_CHECK(form.has_value());  // a parsed stage is valid
      reads_line_ |= form->reads().line;
      forms_.emplace_back(std::move(*form));
    }
    single_ = templates <= 1;
  }

  bool needs_line() const override { return reads_line_; }

  void Run(Batch& batch) override {
    runner_.StartBatch();
    for (const uint32_t row : batch.selection()) {
      FormatRow(batch, row);
      if (batch.stopped()) return;
    }
  }

 private:
  // All templates of the stage see the labels as the first of them found them.
  void FormatRow(Batch& batch, uint32_t row) {
    std::optional<LabelsBefore> before;
    for (size_t i = 0; i < forms_.size(); ++i) {
      const logql::LabelFormat& format = stage_.formats[i];
      if (!forms_[i]) {
        Rename(batch, row, format);
        continue;
      }
      std::optional<std::string_view> value;
      if (single_) {
        value = runner_.Run(*forms_[i], BatchLabels(batch, row), batch, row);
      } else {
        if (!before) before.emplace(batch, row);
        value = runner_.Run(*forms_[i], *before, batch, row);
      }
      if (value) batch.Set(row, format.name, *value);
    }
  }

  static void Rename(Batch& batch, uint32_t row, const logql::LabelFormat& format) {
    if (format.value == kErrorLabel) return;  // no label in this respect
    const auto value = batch.Get(row, format.value);
    if (!value) return;
    batch.Set(row, format.name, *value);
    batch.Delete(row, format.value);
  }

  const logql::LabelFormatStage& stage_;
  std::vector<std::optional<line::tmpl::Template>> forms_;  // nothing for renames
  bool single_ = false;  // one template: nothing changes between the labels and it
  bool reads_line_ = false;
  TemplateRunner runner_;
};

}  // namespace

std::unique_ptr<StageOp> MakeLabelFormat(const logql::LabelFormatStage& stage) {
  return std::make_unique<LabelFormatOp>(stage);
}

}  // namespace narfi::query
