#include "query/plan/needles.h"

#include <string_view>

namespace narfi::query {
namespace {

// True for a value that a JSON or logfmt line holds as it is, or with some \u00XX in it.
bool IsPlain(std::string_view value) {
  if (value.empty()) return false;
  for (const char c : value) {
    if (c < 0x20 || c == 0x7f || c == '"' || c == '\\' || c == '/') return false;
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  }
  return true;
}

// `a="x"` that a line must satisfy whatever else the filter says.
void AppendEqualities(const logql::LabelFilter& filter, std::vector<Needle>& needles) {
  if (const auto* logic = std::get_if<logql::LogicFilter>(&filter.node)) {
    if (logic->is_or) return;
    AppendEqualities(*logic->left, needles);
    AppendEqualities(*logic->right, needles);
    return;
  }
  const auto* text = std::get_if<logql::StringFilter>(&filter.node);
  if (text == nullptr || text->matcher.op != logql::MatchOp::kEqual) return;
  const logql::Matcher& matcher = text->matcher;
  if (!IsPlain(matcher.value) || matcher.name.starts_with("__")) return;
  needles.push_back({{matcher.value}, matcher.name});
}

void AppendLineNeedles(const logql::LineFilterStage& stage, std::vector<Needle>& needles) {
  if (stage.op != logql::LineOp::kContains) return;
  Needle needle;
  for (const logql::LineNeedle& one : stage.needles) {
    if (one.is_ip || one.text.empty()) return;
    needle.any_of.push_back(one.text);
  }
  needles.push_back(std::move(needle));
}

bool IsFieldParser(const logql::Stage& stage) {
  return std::holds_alternative<logql::JsonStage>(stage) ||
         std::holds_alternative<logql::LogfmtStage>(stage);
}

// Stages behind which the line and the values of fields are still those of the entry.
bool KeepsText(const logql::Stage& stage) {
  return IsFieldParser(stage) || std::holds_alternative<logql::LineFilterStage>(stage) ||
         std::holds_alternative<logql::LabelFilterStage>(stage) ||
         std::holds_alternative<logql::DropStage>(stage) ||
         std::holds_alternative<logql::KeepStage>(stage);
}

}  // namespace

std::vector<Needle> NeedlesOf(const std::vector<logql::Stage>& stages) {
  std::vector<Needle> needles;
  bool parsed = false;
  for (const logql::Stage& stage : stages) {
    if (!KeepsText(stage)) break;
    parsed |= IsFieldParser(stage);
    if (const auto* line = std::get_if<logql::LineFilterStage>(&stage)) {
      AppendLineNeedles(*line, needles);
    } else if (const auto* filter = std::get_if<logql::LabelFilterStage>(&stage);
               filter != nullptr && parsed) {
      AppendEqualities(filter->filter, needles);
    }
  }
  return needles;
}

}  // namespace narfi::query
