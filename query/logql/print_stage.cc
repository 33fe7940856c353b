// Selectors, stages and label filters to text.
#include "base/duration.h"
#include "base/go_text.h"
#include "query/logql/print_number.h"
#include "query/logql/printer.h"

namespace narfi::logql {
namespace {

void Append(std::string& out, const LineFilterStage& stage) {
  out += ToText(stage.op);
  const char* before = " ";
  for (const LineNeedle& needle : stage.needles) {
    out += before;
    if (needle.is_ip) out += "ip(";
    AppendGoQuoted(out, needle.text);
    if (needle.is_ip) out += ')';
    before = " or ";
  }
}

void Append(std::string& out, const std::vector<Extraction>& extractions) {
  const char* before = " ";
  for (const Extraction& extraction : extractions) {
    out += before;
    out += extraction.label;
    out += '=';
    AppendGoQuoted(out, extraction.expression);
    before = ",";
  }
}

void Append(std::string& out, const JsonStage& stage) {
  out += "| json";
  Append(out, stage.extractions);
}

void Append(std::string& out, const LogfmtStage& stage) {
  out += "| logfmt";
  if (stage.strict) out += " --strict";
  if (stage.keep_empty) out += " --keep-empty";
  Append(out, stage.extractions);
}

void Append(std::string& out, const RegexpStage& stage) {
  out += "| regexp ";
  AppendGoQuoted(out, stage.pattern);
}

void Append(std::string& out, const PatternStage& stage) {
  out += "| pattern ";
  AppendGoQuoted(out, stage.pattern);
}

void Append(std::string& out, const UnpackStage&) { out += "| unpack"; }

void Append(std::string& out, const DecolorizeStage&) { out += "| decolorize"; }

void Append(std::string& out, const LineFormatStage& stage) {
  out += "| line_format ";
  AppendGoQuoted(out, stage.text);
}

void Append(std::string& out, const LabelFormatStage& stage) {
  out += "| label_format ";
  bool first = true;
  for (const LabelFormat& format : stage.formats) {
    if (!first) out += ',';
    first = false;
    out += format.name;
    out += '=';
    if (format.is_rename) {
      out += format.value;
    } else {
      AppendGoQuoted(out, format.value);
    }
  }
}

void Append(std::string& out, const std::vector<NameOrMatcher>& labels) {
  bool first = true;
  for (const NameOrMatcher& entry : labels) {
    if (!first) out += ',';
    first = false;
    out += entry.matcher ? Print(*entry.matcher) : entry.name;
  }
}

void Append(std::string& out, const DropStage& stage) {
  out += "| drop ";
  Append(out, stage.labels);
}

void Append(std::string& out, const KeepStage& stage) {
  out += "| keep ";
  Append(out, stage.labels);
}

void Append(std::string& out, const LabelFilterStage& stage) {
  out += "| ";
  out += Print(stage.filter);
}

struct FilterPrinter {
  std::string operator()(const StringFilter& filter) const { return Print(filter.matcher); }
  std::string operator()(const NumberFilter& filter) const {
    return Join(filter, filter.value == 0 ? "0" : FormatSample(filter.value));  // -0 is a duration
  }
  std::string operator()(const DurationFilter& filter) const {
    return Join(filter, FormatGoDuration(filter.value_ns));
  }
  std::string operator()(const BytesFilter& filter) const {
    return Join(filter, PrintBytes(filter.value_bytes));
  }
  std::string operator()(const IpFilter& filter) const {
    return filter.label + (filter.negated ? "!=" : "=") + "ip(" + GoQuote(filter.pattern) + ")";
  }
  std::string operator()(const LogicFilter& filter) const {
    return "( " + Print(*filter.left) + (filter.is_or ? " or " : " , ") + Print(*filter.right) +
           " )";
  }

 private:
  template <class Filter>
  static std::string Join(const Filter& filter, const std::string& value) {
    return filter.label + std::string(ToText(filter.op)) + value;
  }
};

}  // namespace

std::string Print(const Matcher& matcher) {
  std::string out = matcher.name + std::string(ToText(matcher.op));
  AppendGoQuoted(out, matcher.value);
  return out;
}

std::string Print(const std::vector<Matcher>& matchers) {
  std::string out = "{";
  for (const Matcher& matcher : matchers) {
    if (out.size() > 1) out += ", ";
    out += Print(matcher);
  }
  return out + "}";
}

std::string Print(const LabelFilter& filter) { return std::visit(FilterPrinter{}, filter.node); }

std::string Print(const Stage& stage) {
  std::string out;
  std::visit([&out](const auto& s) { Append(out, s); }, stage);
  return out;
}

std::string Print(const Unwrap& unwrap) {
  std::string out = "| unwrap ";
  if (unwrap.conversion == Conversion::kNone) {
    out += unwrap.label;
  } else {
    out += std::string(ToText(unwrap.conversion)) + "(" + unwrap.label + ")";
  }
  for (const LabelFilter& filter : unwrap.filters) out += " | " + Print(filter);
  return out;
}

std::string Print(const LogSelector& selector) {
  std::string out = Print(selector.matchers);
  for (const Stage& stage : selector.stages) out += " " + Print(stage);
  return out;
}

}  // namespace narfi::logql
