// label_replace(v, "destination", "replacement", "source", "regex")
#include <re2/re2.h>

#include <algorithm>
#include <unordered_map>

#include "line/go_expand.h"
#include "line/go_regex.h"
#include "query/exec/eval.h"

namespace narfi::query {
namespace {

// A match of a whole text, and replacements that speak of its groups.
class Expansion {
 public:
  // `names` are those of the capturing groups.
  Expansion(const re2::RE2& regex, std::vector<std::string> names)
      : regex_(regex),
        names_(std::move(names)),
        groups_(static_cast<size_t>(regex.NumberOfCapturingGroups()) + 1) {}

  bool Match(std::string_view text) {
    const re2::StringPiece piece(text.data(), text.size());
    return regex_.Match(piece, 0, piece.size(), re2::RE2::ANCHOR_BOTH, groups_.data(),
                        static_cast<int>(groups_.size()));
  }

  std::string Expand(std::string_view replacement) const {
    std::vector<std::string_view> groups;
    for (const re2::StringPiece& group : groups_) groups.emplace_back(group.data(), group.size());
    std::string out;
    line::AppendExpansion(out, replacement, groups, names_);
    return out;
  }

 private:
  const re2::RE2& regex_;
  const std::vector<std::string> names_;
  std::vector<re2::StringPiece> groups_;
};

void PutLabel(LabelPairs& labels, const std::string& name, std::string value) {
  std::erase_if(labels, [&](const Label& label) { return label.name == name; });
  if (value.empty()) return;
  labels.push_back({name, std::move(value)});
  std::sort(labels.begin(), labels.end());
}

}  // namespace

Result<VectorSteps> ReplaceLabels(const logql::LabelReplace& node, VectorSteps input,
                                  EvalContext& context) {
  std::vector<std::string> names;
  NARFI_TRY(line::CompileRegex(node.pattern, {.dot_matches_newline = false, .names = &names}));
  Expansion expansion(*node.regex, std::move(names));
  std::unordered_map<std::string, size_t> places;
  VectorSteps out;
  for (StepSeries& series : input.series) {
    NARFI_TRY(context.monitor.Check());
    std::string source;
    for (const Label& label : series.labels) {
      if (label.name == node.source) source = label.value;
    }
    if (expansion.Match(source))
      PutLabel(series.labels, node.destination, expansion.Expand(node.replacement));
    const auto [place, is_new] = places.try_emplace(LabelsKey(series.labels), out.series.size());
    if (is_new) {
      out.series.push_back(std::move(series));
      continue;
    }
    // Two series that became one: at each step the later one counts.
    for (size_t step = 0; step < series.values.size(); ++step) {
      if (series.present[step] != 0) out.series[place->second].Set(step, series.values[step]);
    }
  }
  out.sorted_by_value = input.sorted_by_value;
  return out;
}

}  // namespace narfi::query
