#include <re2/re2.h>

#include <algorithm>

#include "base/duration.h"
#include "base/go_number.h"
#include "base/size.h"
#include "line/ip_match.h"
#include "line/json_fields.h"
#include "line/label_name.h"
#include "line/logfmt.h"
#include "line/template/template.h"
#include "line/unpack.h"
#include "query/logql/pattern_parts.h"
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

// The values of the captures of a `| pattern`, as far as the line fits.
std::vector<line::Field> PatternFields(const std::string& pattern, const std::string& text) {
  std::vector<line::Field> fields;
  const auto parts = logql::SplitPattern(pattern);
  size_t at = 0;
  for (size_t i = 0; i < parts.size() && !text.empty(); ++i) {
    if (!parts[i].is_capture) {
      if (text.compare(at, parts[i].text.size(), parts[i].text) != 0) break;
      at += parts[i].text.size();
      continue;
    }
    size_t end = text.size();
    if (i + 1 < parts.size()) end = std::min(end, text.find(parts[i + 1].text, at));
    if (parts[i].IsNamed())
      fields.push_back({parts[i].name(), std::string_view(text).substr(at, end - at)});
    at = end;
  }
  return fields;
}

// True when the line is the literals in order with at least a byte for each capture, taking each
// literal where it comes first.
bool FitsPattern(const std::string& pattern, const std::string& text) {
  size_t at = 0;
  bool may_skip = false;
  for (const logql::PatternPart& part : logql::SplitPattern(pattern)) {
    if (part.is_capture) {
      may_skip = true;
      continue;
    }
    const size_t found = text.find(part.text, at);
    if (found == std::string::npos || (found == at) == may_skip) return false;
    at = found + part.text.size();
    may_skip = false;
  }
  return may_skip == (at < text.size());
}

bool NeedleHolds(logql::LineOp op, const logql::LineNeedle& needle, const std::string& text) {
  if (needle.is_ip) return line::IpMatcher::Parse(needle.text)->IsIn(text);
  if (needle.regex != nullptr) return re2::RE2::PartialMatch(text, *needle.regex);
  if (op == logql::LineOp::kPattern || op == logql::LineOp::kNotPattern)
    return FitsPattern(needle.text, text);
  return text.find(needle.text) != std::string::npos;
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
      if (NeedleHolds(stage.op, needle, row.filtered_line)) return !negative;
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
    if (!stage.extractions.empty()) return Pairs(stage, arena);
    std::vector<line::Field> fields;
    std::vector<uint8_t> found = AlreadyFound(context, row);
    line::LogfmtFields reader(DemandOf(context), stage.strict, stage.keep_empty);
    Finish(reader.Extract(row.line, found, fields, arena), "LogfmtParserErr", fields);
    return true;
  }
  bool operator()(const logql::PatternStage& stage) const {
    if (!context.skip_parsers) TakeWanted(PatternFields(stage.pattern, row.line));
    return true;
  }
  bool operator()(const logql::RegexpStage& stage) const {
    if (context.skip_parsers) return true;
    std::vector<re2::StringPiece> groups(stage.names.size() + 1);
    if (!stage.regex->Match(row.line, 0, row.line.size(), re2::RE2::UNANCHORED, groups.data(),
                            static_cast<int>(groups.size())))
      return true;
    std::vector<line::Field> fields;
    for (size_t i = 0; i < stage.names.size(); ++i) {
      if (!stage.names[i].empty())
        fields.push_back({stage.names[i], {groups[i + 1].data(), groups[i + 1].size()}});
    }
    TakeWanted(fields);
    return true;
  }
  bool operator()(const logql::UnpackStage&) const {
    Arena arena;
    std::vector<line::Field> fields;
    const std::string packed = row.line;
    const auto result = line::UnpackFields({}).Extract(packed, fields, arena);
    if (result.is_packed) row.line = std::string(result.entry);
    row.filtered_line = row.line;
    if (context.skip_parsers) return true;
    TakeWanted(fields);
    Finish(result.outcome, "JSONParserErr", {});
    return true;
  }
  bool operator()(const logql::DecolorizeStage&) const {
    static const re2::RE2 kSequence(
        "[\\x{1b}\\x{9b}][[\\]()#;?]*(?:(?:(?:[a-zA-Z\\d]*(?:;[a-zA-Z\\d]*)*)?\\x07)|"
        "(?:(?:\\d{1,4}(?:;\\d{0,4})*)?[\\dA-PRZcf-ntqry=><~]))");
    re2::RE2::GlobalReplace(&row.line, kSequence, "");
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
    row.filtered_line = row.line;
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
  // logfmt label="key": the last pair of that key; a pair that is named like the label stands in
  // where nobody asks for its key and the entry has no such label itself.
  bool Pairs(const logql::LogfmtStage& stage, Arena& arena) const {
    if (row.line.empty()) return true;
    std::vector<std::pair<std::string, std::string>> pairs;
    const std::string line = row.line;
    for (line::LogfmtScanner scanner(line, arena); !scanner.done();) {
      if (scanner.Next()) {
        std::string name;
        line::AppendLabelName(name, scanner.key());
        pairs.emplace_back(name, line::ToLabelValue(scanner.value(), arena));
      } else if (stage.strict && scanner.failed()) {
        row.error = "LogfmtParserErr";
        row.details = scanner.ErrorText();
        row.preserve |= context.preserve;
        break;
      }
    }
    const auto key_of = [](const logql::Extraction& extraction) {
      return extraction.path.empty() ? extraction.expression : extraction.path.front().field;
    };
    std::vector<const std::string*> values(stage.extractions.size(), nullptr);
    for (const auto& [name, value] : pairs) {
      bool asked = false;
      for (const logql::Extraction& extraction : stage.extractions)
        asked |= key_of(extraction) == name;
      for (size_t i = 0; i < values.size(); ++i) {
        const logql::Extraction& extraction = stage.extractions[i];
        const bool meant =
            asked ? key_of(extraction) == name : extraction.label == name && !IsGiven(row, name);
        if (meant) values[i] = &value;
      }
    }
    for (size_t i = 0; i < values.size(); ++i) {
      const std::string& label = stage.extractions[i].label;
      if (values[i] != nullptr) {
        row.parsed[IsGiven(row, label) ? label + "_extracted" : label] = *values[i];
      } else if (FindLabel(row, label) == nullptr) {
        row.parsed[label] = "";
      }
    }
    return true;
  }

  void TakeWanted(const std::vector<line::Field>& fields) const {
    std::vector<line::Field> wanted;
    for (const line::Field& field : fields) {
      const bool asked = std::find(context.fields.begin(), context.fields.end(), field.name) !=
                         context.fields.end();
      if (context.all_fields || asked) wanted.push_back(field);
    }
    TakeFields(wanted, row);
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
  if (const auto* ip = std::get_if<logql::IpFilter>(&filter.node)) {
    if (!row.error.empty()) return true;
    const std::string* text = FindLabel(row, ip->label);
    if (text == nullptr) return false;
    const auto matcher = line::IpMatcher::Parse(ip->pattern);
    if (matcher) return matcher->IsIn(*text) != ip->negated;
    row.error = "LabelFilterErr";
    row.details = matcher.error().text;
    return true;
  }
  return false;
}

bool RunNaiveStages(const std::vector<logql::Stage>& stages, const NaiveContext& context,
                    NaiveRow& row) {
  row.filtered_line = row.line;
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
