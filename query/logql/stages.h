// The stages of a log pipeline, as parsed: everything after the stream selector's closing brace.
//
// A stage that came out of Parse() is valid: its regexes compile, its patterns, templates and paths
// parse. Compiled regexes are kept; templates and patterns stay text, compiled by who runs them.
// Ownership: values. Threads: immutable after parsing; share freely.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "line/json_fields.h"
#include "query/logql/matcher.h"

namespace narfi::logql {

// ------------------------------------------------------------------ |= != |~ !~ |> !>

enum class LineOp : uint8_t {
  kContains,     // |=
  kNotContains,  // !=
  kRegex,        // |~
  kNotRegex,     // !~
  kPattern,      // |>
  kNotPattern,   // !>
};

std::string_view ToText(LineOp op);
// True for !=, !~ and !>.
bool IsNegative(LineOp op);

struct LineNeedle {
  bool is_ip = false;  // ip("..."): only with |= and !=
  std::string text;
  std::shared_ptr<const re2::RE2> regex;  // set for |~ and !~; to be searched, not anchored
};

// `|= "a" or "b"`: the line passes when one needle matches; for the negative operators when none
// does.
struct LineFilterStage {
  LineOp op = LineOp::kContains;
  std::vector<LineNeedle> needles;  // never empty
};

// ------------------------------------------------------------------ parsers

// One step of a json path: a field name, or an array index.
using PathStep = line::JsonStep;

// label="expression"; a bare `label` stands for label="label".
struct Extraction {
  std::string label;
  std::string expression;
  std::vector<PathStep> path;  // of json; for logfmt one field
};

struct JsonStage {
  std::vector<Extraction> extractions;  // empty: every field
};

struct LogfmtStage {
  bool strict = false;
  bool keep_empty = false;
  std::vector<Extraction> extractions;  // empty: every field
};

struct RegexpStage {
  std::string pattern;
  std::shared_ptr<const re2::RE2> regex;  // to be searched
  // Capturing groups by number - 1; unnamed groups are "". Names as written, not sanitised.
  std::vector<std::string> names;
};

struct PatternStage {
  std::string pattern;
};

struct UnpackStage {};
struct DecolorizeStage {};

// ------------------------------------------------------------------ formats, drop, keep

struct LineFormatStage {
  std::string text;  // a Go template
};

struct LabelFormat {
  std::string name;
  bool is_rename = false;  // name=other: `value` is a label; else a template
  std::string value;
};

struct LabelFormatStage {
  std::vector<LabelFormat> formats;
};

struct NameOrMatcher {
  std::string name;
  std::optional<Matcher> matcher;  // absent: any value
};

struct DropStage {
  std::vector<NameOrMatcher> labels;
};

struct KeepStage {
  std::vector<NameOrMatcher> labels;
};

// ------------------------------------------------------------------ label filters

enum class CompareOp : uint8_t { kEqual, kNotEqual, kGreater, kGreaterEqual, kLess, kLessEqual };

// "==", "!=", ">", ">=", "<", "<=".
std::string_view ToText(CompareOp op);

struct LabelFilter;

struct StringFilter {
  Matcher matcher;
};
struct NumberFilter {
  std::string label;
  CompareOp op = CompareOp::kEqual;
  double value = 0;
};
struct DurationFilter {
  std::string label;
  CompareOp op = CompareOp::kEqual;
  int64_t value_ns = 0;
};
struct BytesFilter {
  std::string label;
  CompareOp op = CompareOp::kEqual;
  uint64_t value_bytes = 0;  // as RoundAsPrinted gives it
};
struct IpFilter {
  std::string label;
  bool negated = false;  // label != ip("...")
  // An address, a range a-b or a CIDR. Checked where the filter stands alone; inside and/or it may
  // be none of these, as Loki looks at it only when it meets a line.
  std::string pattern;
};
// `and`, `,` and juxtaposition are all kAnd.
struct LogicFilter {
  bool is_or = false;
  std::unique_ptr<LabelFilter> left;
  std::unique_ptr<LabelFilter> right;
};

struct LabelFilter {
  std::variant<StringFilter, NumberFilter, DurationFilter, BytesFilter, IpFilter, LogicFilter> node;
};

struct LabelFilterStage {
  LabelFilter filter;
};

using Stage = std::variant<LineFilterStage, JsonStage, LogfmtStage, RegexpStage, PatternStage,
                           UnpackStage, DecolorizeStage, LineFormatStage, LabelFormatStage,
                           DropStage, KeepStage, LabelFilterStage>;

}  // namespace narfi::logql
