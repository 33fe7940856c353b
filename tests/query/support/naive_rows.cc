#include <algorithm>

#include "base/duration.h"
#include "base/go_number.h"
#include "base/size.h"
#include "line/json_fields.h"
#include "line/logfmt.h"
#include "line/template/template.h"
#include "tests/query/support/naive.h"

namespace narfi::query_test {
namespace {

const std::string* FindLabel(const NaiveRow& row, const std::string& name) {
  for (const LabelMap* map : {&row.parsed, &row.metadata, &row.stream}) {
    if (const auto found = map->find(name); found != map->end()) return &found->second;
  }
  return nullptr;
}

bool IsGiven(const NaiveRow& row, const std::string& name) {
  return row.base.count(name) != 0 || row.metadata.count(name) != 0;
}

void EraseLabel(NaiveRow& row, const std::string& name) {
  row.parsed.erase(name);
  row.metadata.erase(name);
  row.stream.erase(name);
}

template <class T>
bool Holds(T left, logql::CompareOp op, T right) {
  switch (op) {
    case logql::CompareOp::kEqual:
      return left == right;
    case logql::CompareOp::kNotEqual:
      return left != right;
    case logql::CompareOp::kGreater:
      return left > right;
    case logql::CompareOp::kGreaterEqual:
      return left >= right;
    case logql::CompareOp::kLess:
      return left < right;
    case logql::CompareOp::kLessEqual:
      return left <= right;
  }
  return false;
}

template <class Read, class T>
bool PassesNumber(NaiveRow& row, const std::string& label, Read read, logql::CompareOp op, T want) {
  if (!row.error.empty()) return true;
  const std::string* text = FindLabel(row, label);
  if (text == nullptr) return false;
  const auto value = read(*text);
  if (value) return Holds<T>(*value, op, want);
  row.error = "LabelFilterErr";
  row.details = value.error().text;
  return true;
}

line::Demand DemandOf(const NaiveContext& context) { return {context.all_fields, context.fields}; }

// Names that earlier parsers gave.
std::vector<uint8_t> AlreadyFound(const NaiveContext& context, const NaiveRow& row) {
  std::vector<uint8_t> found;
  for (const std::string& name : context.fields)
    found.push_back(row.parsed.count(name) != 0 ? 1 : 0);
  return found;
}

void TakeFields(const std::vector<line::Field>& fields, NaiveRow& row) {
  for (const line::Field& field : fields) {
    std::string name(field.name);
    if (IsGiven(row, name)) name += "_extracted";
    row.parsed.emplace(name, std::string(field.value));
  }
}

// The labels that a template sees: all but what is wrong.
class TemplateLabels final : public line::tmpl::LabelSource {
 public:
  explicit TemplateLabels(const NaiveRow& row) : labels_(AllLabels(row)) {
    for (const char* name : {"__error__", "__error_details__", "__preserve_error__"})
      labels_.erase(name);
  }
  std::optional<std::string_view> Get(std::string_view name) const override {
    const auto found = labels_.find(std::string(name));
    if (found == labels_.end()) return std::nullopt;
    return found->second;
  }
  void CopyAll(std::vector<line::Field>& out) const override {
    out.clear();
    for (const auto& [name, value] : labels_) out.push_back({name, value});
  }

 private:
  LabelMap labels_;
};

// False after an error.
bool Fill(const char* name, const std::string& text, const TemplateLabels& labels, NaiveRow& row,
          std::string& out) {
  line::tmpl::Runtime runtime;
  const auto form = line::tmpl::Template::Parse(name, text);
  const auto status = form->Execute({&labels, row.line, row.time_ns, 0}, runtime, out);
  if (status) return true;
  row.error = "TemplateFormatErr";
  row.details = status.error().text;
  return false;
}

struct NaiveStage {
  const NaiveContext& context;
  NaiveRow& row;

  bool operator()(const logql::LineFilterStage& stage) const {
    const bool negative = logql::IsNegative(stage.op);
    for (const logql::LineNeedle& needle : stage.needles) {
      if (row.line.find(needle.text) != std::string::npos) return !negative;
    }
    return negative;
  }
  bool operator()(const logql::JsonStage& stage) const {
    if (context.skip_parsers) return true;
    Arena arena;
    if (!stage.extractions.empty()) return Paths(stage, arena);
    std::vector<line::Field> fields;
    std::vector<uint8_t> found = AlreadyFound(context, row);
    line::JsonFields reader(DemandOf(context));
    Finish(reader.Extract(row.line, found, fields, arena), "JSONParserErr", fields);
    return true;
  }
  bool operator()(const logql::LogfmtStage& stage) const {
    if (context.skip_parsers) return true;
    Arena arena;
    std::vector<line::Field> fields;
    std::vector<uint8_t> found = AlreadyFound(context, row);
    line::LogfmtFields reader(DemandOf(context), stage.strict, stage.keep_empty);
    Finish(reader.Extract(row.line, found, fields, arena), "LogfmtParserErr", fields);
    return true;
  }
  bool operator()(const logql::LabelFilterStage& stage) const {
    return PassesNaively(stage.filter, row);
  }
  bool operator()(const logql::DropStage& stage) const {
    for (const logql::NameOrMatcher& entry : stage.labels) {
      const std::string* value = FindLabel(row, entry.name);
      const std::string text = entry.name == "__error__" ? row.error
                               : value != nullptr        ? *value
                                                         : "";
      if (entry.matcher && !entry.matcher->Accepts(text)) continue;
      if (entry.name == "__error__") row.error.clear();
      if (entry.name == "__error_details__") row.details.clear();
      EraseLabel(row, entry.name);
    }
    return true;
  }
  bool operator()(const logql::KeepStage& stage) const {
    const LabelMap labels = [&] {
      LabelMap all = row.stream;
      for (const auto& [name, value] : row.metadata) all[name] = value;
      for (const auto& [name, value] : row.parsed) all[name] = value;
      return all;
    }();
    for (const auto& [name, value] : labels) {
      const bool kept =
          std::any_of(stage.labels.begin(), stage.labels.end(),
                      [&, n = name, v = value](const logql::NameOrMatcher& entry) {
                        return entry.name == n && (!entry.matcher || entry.matcher->Accepts(v));
                      });
      if (!kept) EraseLabel(row, name);
    }
    row.preserve = false;
    return true;
  }
  bool operator()(const logql::LineFormatStage& stage) const {
    std::string out;
    if (Fill("line", stage.text, TemplateLabels(row), row, out)) row.line = out;
    return true;
  }
  bool operator()(const logql::LabelFormatStage& stage) const {
    std::optional<TemplateLabels> before;
    for (const logql::LabelFormat& format : stage.formats) {
      if (format.is_rename) {
        const std::string* value = FindLabel(row, format.value);
        if (value == nullptr) continue;
        row.parsed[format.name] = std::string(*value);
        EraseLabel(row, format.value);
        continue;
      }
      if (!before) before.emplace(row);
      std::string out;
      if (Fill("label", format.value, *before, row, out)) row.parsed[format.name] = out;
    }
    return true;
  }
  template <class Other>
  bool operator()(const Other&) const {
    return false;
  }

 private:
  void Finish(const line::Outcome& outcome, const char* error,
              const std::vector<line::Field>& fields) const {
    TakeFields(fields, row);
    if (!outcome.failed) return;
    row.error = error;
    row.details = std::string(outcome.details);
    row.preserve |= context.preserve;
  }
  bool Paths(const logql::JsonStage& stage, Arena& arena) const {
    std::vector<line::JsonPath> paths;
    for (const logql::Extraction& extraction : stage.extractions) {
      line::JsonPath& path = paths.emplace_back();
      for (const logql::PathStep& step : extraction.path)
        path.push_back({step.is_index, step.field, step.index});
    }
    std::vector<line::JsonPaths::Value> values(paths.size());
    const line::Outcome outcome = line::JsonPaths(paths).Extract(row.line, values, arena);
    Finish(outcome, "JSONParserErr", {});
    if (row.line.empty() || (outcome.failed && outcome.details.empty())) return true;
    for (size_t i = 0; i < values.size(); ++i) {
      const std::string& label = stage.extractions[i].label;
      if (values[i].found) {
        row.parsed[IsGiven(row, label) ? label + "_extracted" : label] =
            std::string(values[i].text);
      } else if (FindLabel(row, label) == nullptr) {
        row.parsed[label] = "";
      }
    }
    return true;
  }
};

}  // namespace

bool PassesNaively(const logql::LabelFilter& filter, NaiveRow& row) {
  if (const auto* logic = std::get_if<logql::LogicFilter>(&filter.node)) {
    const bool left = PassesNaively(*logic->left, row);
    if (logic->is_or && left) return true;
    const bool right = PassesNaively(*logic->right, row);
    return logic->is_or ? right : left && right;
  }
  if (const auto* text = std::get_if<logql::StringFilter>(&filter.node)) {
    if (text->matcher.name == "__error__") return text->matcher.Accepts(row.error);
    const std::string* value = FindLabel(row, text->matcher.name);
    return text->matcher.Accepts(value == nullptr ? "" : *value);
  }
  if (const auto* number = std::get_if<logql::NumberFilter>(&filter.node))
    return PassesNumber(row, number->label, ParseGoFloat, number->op, number->value);
  if (const auto* duration = std::get_if<logql::DurationFilter>(&filter.node))
    return PassesNumber(row, duration->label, ParseGoDuration, duration->op, duration->value_ns);
  if (const auto* bytes = std::get_if<logql::BytesFilter>(&filter.node))
    return PassesNumber(row, bytes->label, ParseHumanBytes, bytes->op, bytes->value_bytes);
  return false;
}

bool RunNaiveStages(const std::vector<logql::Stage>& stages, const NaiveContext& context,
                    NaiveRow& row) {
  return std::all_of(stages.begin(), stages.end(), [&](const logql::Stage& stage) {
    return std::visit(NaiveStage{context, row}, stage);
  });
}

LabelMap AllLabels(const NaiveRow& row) {
  LabelMap labels = row.stream;
  for (const auto& [name, value] : row.metadata) labels[name] = value;
  for (const auto& [name, value] : row.parsed) labels[name] = value;
  if (!row.error.empty()) labels["__error__"] = row.error;
  if (!row.details.empty()) labels["__error_details__"] = row.details;
  if (!row.error.empty() && row.preserve) labels["__preserve_error__"] = "true";
  return labels;
}

}  // namespace narfi::query_test
