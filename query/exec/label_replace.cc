// label_replace(v, "destination", "replacement", "source", "regex")
#include <re2/re2.h>

#include <algorithm>
#include <cctype>
#include <unordered_map>

#include "query/exec/eval.h"
#include "query/logql/regex.h"

namespace narfi::query {
namespace {

// "$1", "${1}", "$name" in a replacement, as Go's Regexp.Expand has them: a name is as long as it
// can be, and one that the regex does not have is empty.
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
    std::string out;
    while (!replacement.empty()) {
      const char c = replacement.front();
      replacement.remove_prefix(1);
      if (c != '$') {
        out += c;
      } else if (replacement.starts_with('$')) {
        out += '$';
        replacement.remove_prefix(1);
      } else {
        AppendGroup(replacement, out);
      }
    }
    return out;
  }

 private:
  void AppendGroup(std::string_view& rest, std::string& out) const {
    const bool braces = rest.starts_with('{');
    const std::string_view text = braces ? rest.substr(1) : rest;
    size_t length = 0;
    while (length < text.size() &&
           (std::isalnum(static_cast<unsigned char>(text[length])) != 0 || text[length] == '_'))
      ++length;
    if (length == 0 || (braces && (length >= text.size() || text[length] != '}'))) {
      out += '$';  // no name: it stands for itself
      return;
    }
    rest.remove_prefix(length + (braces ? 2 : 0));
    const int group = GroupOf(text.substr(0, length));
    if (group >= 0 && static_cast<size_t>(group) < groups_.size())
      out.append(groups_[static_cast<size_t>(group)].data(),
                 groups_[static_cast<size_t>(group)].size());
  }

  int GroupOf(std::string_view name) const {
    const bool is_number =
        std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (is_number) return name.size() > 4 ? -1 : std::stoi(std::string(name));
    const auto found = std::find(names_.begin(), names_.end(), name);
    return found == names_.end() ? -1 : static_cast<int>(found - names_.begin()) + 1;
  }

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
  NARFI_TRY(logql::CompileRegex(node.pattern, {.dot_matches_newline = false, .names = &names}));
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
