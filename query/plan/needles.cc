#include "query/plan/needles.h"

#include <algorithm>
#include <string_view>

#include "query/logql/pattern_parts.h"
#include "query/plan/regex_literals.h"

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

// The longest piece of a value without spaces: one may stand for a byte that is no UTF-8, as fields
// are cleaned of those.
std::string_view SurePiece(std::string_view value) {
  std::string_view best;
  while (!value.empty()) {
    const std::string_view piece = value.substr(0, value.find(' '));
    if (piece.size() > best.size()) best = piece;
    value.remove_prefix(std::min(piece.size() + 1, value.size()));
  }
  return best;
}

// Calls take(matcher) for each `a="x"` that must hold whatever else the filter says.
template <class Take>
void ForEqualities(const logql::LabelFilter& filter, Take take) {
  if (const auto* logic = std::get_if<logql::LogicFilter>(&filter.node)) {
    if (logic->is_or) return;
    ForEqualities(*logic->left, take);
    ForEqualities(*logic->right, take);
    return;
  }
  const auto* text = std::get_if<logql::StringFilter>(&filter.node);
  if (text == nullptr || text->matcher.op != logql::MatchOp::kEqual) return;
  if (!text->matcher.name.starts_with("__")) take(text->matcher);
}

void AppendEqualities(const logql::LabelFilter& filter, std::vector<Needle>& needles) {
  ForEqualities(filter, [&](const logql::Matcher& matcher) {
    if (!IsPlain(matcher.value)) return;
    const std::string_view piece = SurePiece(matcher.value);
    if (!piece.empty()) needles.push_back({{std::string(piece)}, matcher.name, matcher.value});
  });
}

void AppendTextNeedle(const logql::LineFilterStage& stage, std::vector<Needle>& needles) {
  Needle needle;
  for (const logql::LineNeedle& one : stage.needles) {
    if (one.is_ip || one.text.empty()) return;
    needle.any_of.push_back(one.text);
  }
  needles.push_back(std::move(needle));
}

// A line must hold every literal of a pattern; of several patterns, the longest literal of one.
void AppendPatternNeedles(const logql::LineFilterStage& stage, std::vector<Needle>& needles) {
  Needle longest;
  for (const logql::LineNeedle& one : stage.needles) {
    std::string_view best;
    for (const logql::PatternPart& part : logql::SplitPattern(one.text)) {
      if (part.is_capture) continue;
      if (part.text.size() > best.size()) best = part.text;
      if (stage.needles.size() == 1) needles.push_back({{std::string(part.text)}, {}});
    }
    if (best.empty()) return;
    longest.any_of.emplace_back(best);
  }
  if (stage.needles.size() > 1) needles.push_back(std::move(longest));
}

// Of several regexes, the required texts of each.
void AppendRegexNeedle(const logql::LineFilterStage& stage, std::vector<Needle>& needles) {
  Needle needle;
  for (const logql::LineNeedle& one : stage.needles) {
    const RequiredTexts required = RequiredTextsOf(one.text);
    if (required.any_of.empty() || required.folded) return;
    needle.any_of.insert(needle.any_of.end(), required.any_of.begin(), required.any_of.end());
  }
  needles.push_back(std::move(needle));
}

void AppendLineNeedles(const logql::LineFilterStage& stage, std::vector<Needle>& needles) {
  if (stage.op == logql::LineOp::kContains) AppendTextNeedle(stage, needles);
  if (stage.op == logql::LineOp::kRegex) AppendRegexNeedle(stage, needles);
  if (stage.op == logql::LineOp::kPattern) AppendPatternNeedles(stage, needles);
}

// Stages that give labels pieces of the line, at most unescaped.
bool IsFieldParser(const logql::Stage& stage) {
  return std::holds_alternative<logql::JsonStage>(stage) ||
         std::holds_alternative<logql::LogfmtStage>(stage) ||
         std::holds_alternative<logql::PatternStage>(stage) ||
         std::holds_alternative<logql::RegexpStage>(stage) ||
         std::holds_alternative<logql::UnpackStage>(stage);
}

// Stages behind which a plain value is still one that stands in the stored line. The line inside a
// packed one is a piece of it, unescaped once more: an escape of either shows as kEscapeNeedle.
bool KeepsValues(const logql::Stage& stage) {
  return IsFieldParser(stage) || std::holds_alternative<logql::LineFilterStage>(stage) ||
         std::holds_alternative<logql::LabelFilterStage>(stage) ||
         std::holds_alternative<logql::DropStage>(stage) ||
         std::holds_alternative<logql::KeepStage>(stage);
}

// Stages that line filters do not move ahead of (see OrderStages); all others they do, so that they
// see the stored line.
bool HidesLine(const logql::Stage& stage) {
  return std::holds_alternative<logql::LineFormatStage>(stage) ||
         std::holds_alternative<logql::UnpackStage>(stage);
}

constexpr size_t kRareBytes = 24;   // of any text
constexpr size_t kRareIdBytes = 6;  // of one with a digit
constexpr size_t kIdBytes = 16;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool HasDigit(std::string_view text) { return std::any_of(text.begin(), text.end(), IsDigit); }

}  // namespace

bool IsRare(std::string_view text) {
  if (text.size() >= kRareBytes) return true;
  // A short number may be part of any time or id, and all of those would be looked at.
  const bool is_number = std::all_of(text.begin(), text.end(), IsDigit);
  return text.size() >= (is_number ? kIdBytes : kRareIdBytes) && HasDigit(text);
}

bool IsId(std::string_view text) { return text.size() >= kIdBytes && HasDigit(text); }

std::vector<Needle> NeedlesOf(const std::vector<logql::Stage>& stages) {
  std::vector<Needle> needles;
  bool parsed = false;
  bool keeps_values = true;
  bool sees_line = true;
  for (const logql::Stage& stage : stages) {
    keeps_values &= KeepsValues(stage);
    sees_line &= !HidesLine(stage);
    parsed |= IsFieldParser(stage);
    if (const auto* line = std::get_if<logql::LineFilterStage>(&stage)) {
      if (sees_line) AppendLineNeedles(*line, needles);
    } else if (const auto* filter = std::get_if<logql::LabelFilterStage>(&stage);
               filter != nullptr && parsed && keeps_values) {
      AppendEqualities(filter->filter, needles);
    }
  }
  return needles;
}

std::vector<MetadataNeedle> MetadataNeedlesOf(const std::vector<logql::Stage>& stages) {
  std::vector<MetadataNeedle> needles;
  for (const logql::Stage& stage : stages) {
    if (std::holds_alternative<logql::LineFilterStage>(stage)) continue;
    const auto* filter = std::get_if<logql::LabelFilterStage>(&stage);
    if (filter == nullptr) break;
    ForEqualities(filter->filter, [&](const logql::Matcher& matcher) {
      // `x_extracted` may be the x of an entry whose stream has one.
      if (matcher.value.empty() || matcher.name.ends_with(kExtractedSuffix)) return;
      needles.push_back({matcher.name, matcher.value});
    });
  }
  return needles;
}

}  // namespace narfi::query
