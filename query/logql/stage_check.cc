#include "query/logql/stage_check.h"

#include <fmt/format.h>
#include <set>

#include "base/go_text.h"
#include "line/go_regex.h"
#include "line/ip_match.h"
#include "line/template/template.h"
#include "query/logql/json_path.h"
#include "query/logql/pattern_parts.h"
#include "query/logql/printer.h"

namespace narfi::logql {
namespace {

tl::unexpected<Error> Bad(std::string text) {
  return Fail(Code::kInvalidArgument, std::move(text));
}

Status CheckNeedle(LineOp op, const LineNeedle& needle) {
  if (needle.is_ip) {
    if (op != LineOp::kContains && op != LineOp::kNotContains) return Bad("ip: invalid operation");
    return CheckIpPattern(needle.text);
  }
  if (op == LineOp::kRegex || op == LineOp::kNotRegex) {
    if (needle.regex != nullptr) return {};
    return line::CompileRegex(needle.text).map([](auto&&) {});
  }
  if (op == LineOp::kPattern || op == LineOp::kNotPattern) return CheckFilterPattern(needle.text);
  return {};
}

Status FinishJson(JsonStage& stage) {
  for (Extraction& extraction : stage.extractions) {
    NARFI_ASSIGN(extraction.path, ParseJsonPath(extraction.expression));
  }
  return {};
}

Status FinishLogfmt(LogfmtStage& stage) {
  for (Extraction& extraction : stage.extractions) {
    NARFI_ASSIGN(std::string key, ParseLogfmtKey(extraction.expression));
    extraction.path = {PathStep{.is_index = false, .field = std::move(key), .index = 0}};
  }
  return {};
}

Status CheckLabelFormat(const LabelFormatStage& stage) {
  std::set<std::string_view> names;
  for (const LabelFormat& format : stage.formats) {
    if (format.name == "__error__") return Bad("__error__ cannot be formatted");
    if (!names.insert(format.name).second) {
      return Bad(fmt::format("multiple label name '{}' not allowed in a single format operation",
                             format.name));
    }
  }
  return {};
}

Status CheckTemplates(const LabelFormatStage& stage) {
  for (const LabelFormat& format : stage.formats) {
    if (format.is_rename) continue;
    const auto form = line::tmpl::Template::Parse("label", format.value);
    if (form) continue;
    return Bad(fmt::format("invalid template for label '{}': {}", format.name, form.error().text));
  }
  return {};
}

Status CheckLineFormat(const LineFormatStage& stage) {
  const auto form = line::tmpl::Template::Parse("line", stage.text);
  if (!form) return Bad("invalid line template: " + form.error().text);
  return {};
}

Status FinishStage(Stage& stage) {
  if (auto* json = std::get_if<JsonStage>(&stage)) return FinishJson(*json);
  if (auto* logfmt = std::get_if<LogfmtStage>(&stage)) return FinishLogfmt(*logfmt);
  if (const auto* format = std::get_if<LineFormatStage>(&stage)) return CheckLineFormat(*format);
  if (const auto* formats = std::get_if<LabelFormatStage>(&stage)) {
    NARFI_TRY(CheckLabelFormat(*formats));
    return CheckTemplates(*formats);
  }
  if (const auto* filter = std::get_if<LabelFilterStage>(&stage)) {
    const auto* ip = std::get_if<IpFilter>(&filter->filter.node);
    if (ip != nullptr) return CheckIpPattern(ip->pattern);
  }
  return {};
}

tl::unexpected<Error> Quote(std::string_view stage, const Error& error) {
  return Bad(fmt::format("parse error : stage '{}' : {}", stage, error.text));
}

// Line filters that stand together act as one stage; the last of them is built first.
Status CheckLineFilters(const std::vector<const LineFilterStage*>& filters) {
  for (auto filter = filters.rbegin(); filter != filters.rend(); ++filter) {
    for (const LineNeedle& needle : (*filter)->needles) {
      const auto status = CheckNeedle((*filter)->op, needle);
      if (status) continue;
      std::string text;
      for (const LineFilterStage* member : filters) {
        if (!text.empty()) text += ' ';
        text += Print(Stage(*member));
      }
      return Quote(text, status.error());
    }
  }
  return {};
}

bool ChangesLine(const Stage& stage) {
  return std::holds_alternative<LineFormatStage>(stage) ||
         std::holds_alternative<UnpackStage>(stage);
}

// Line filters move to the front, up to the stage before them that changes the line.
Status FinishPipeline(std::vector<Stage>& stages) {
  for (size_t begin = 0; begin < stages.size();) {
    size_t end = begin;
    std::vector<const LineFilterStage*> filters;
    while (end < stages.size()) {
      if (const auto* filter = std::get_if<LineFilterStage>(&stages[end]))
        filters.push_back(filter);
      ++end;
      if (ChangesLine(stages[end - 1])) break;
    }
    NARFI_TRY(CheckLineFilters(filters));
    for (; begin < end; ++begin) {
      const auto status = FinishStage(stages[begin]);
      if (!status) return Quote(Print(stages[begin]), status.error());
    }
  }
  return {};
}

Status FinishSample(SampleExpr& expr) {
  if (auto* range = std::get_if<RangeAggregation>(&expr.node))
    return FinishPipeline(range->selector.stages);
  if (auto* vector = std::get_if<VectorAggregation>(&expr.node))
    return FinishSample(*vector->inner);
  if (auto* replace = std::get_if<LabelReplace>(&expr.node)) return FinishSample(*replace->inner);
  if (auto* binary = std::get_if<BinaryOperation>(&expr.node)) {
    NARFI_TRY(FinishSample(*binary->left));
    return FinishSample(*binary->right);
  }
  return {};
}

}  // namespace

Status FillRegexpStage(RegexpStage& stage) {
  NARFI_ASSIGN(stage.regex, line::CompileRegex(stage.pattern, {.names = &stage.names}));
  std::set<std::string_view> seen;
  for (const std::string& name : stage.names) {
    if (!name.empty() && !seen.insert(name).second) {
      return Bad(fmt::format("duplicate extracted label name '{}'", name));
    }
  }
  if (seen.empty()) return Bad("at least one named capture must be supplied");
  return {};
}

Status CheckParserPattern(std::string_view pattern) {
  const auto parts = SplitPattern(pattern);
  if (parts.empty()) {
    return Bad(
        "parse error at line 1, col 1: syntax error: unexpected $end, expecting IDENTIFIER or "
        "LITERAL");
  }
  bool captures = false;
  for (const PatternPart& part : parts) captures |= part.IsNamed();
  if (!captures) return Bad("at least one capture is required");
  NARFI_TRY(CheckNeighbours(parts));
  std::set<std::string_view> seen;
  for (const PatternPart& part : parts) {
    if (part.IsNamed() && !seen.insert(part.name()).second) {
      return Bad(fmt::format("duplicate capture name ({}): invalid expression", part.name()));
    }
  }
  return {};
}

Status CheckFilterPattern(std::string_view pattern) {
  const auto parts = SplitPattern(pattern);
  NARFI_TRY(CheckNeighbours(parts));
  for (const PatternPart& part : parts) {
    if (part.IsNamed())
      return Bad(fmt::format("named captures are not allowed: found '{}'", part.text));
  }
  return {};
}

Status CheckIpPattern(std::string_view pattern) {
  return line::IpMatcher::Parse(pattern).map([](auto&&) {});
}

Status FinishStages(Expr& expr) {
  if (auto* log = std::get_if<LogSelector>(&expr)) return FinishPipeline(log->stages);
  return FinishSample(std::get<SampleExpr>(expr));
}

}  // namespace narfi::logql
