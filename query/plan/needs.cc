#include "query/plan/needs.h"

#include "line/template/template.h"

namespace narfi::query {
namespace {

StageNeeds ParserNeeds() { return {.line = true, .labels = true, .is_parser = true, .names = {}}; }

// The template of a valid stage parses.
void AddTemplate(std::string_view name, const std::string& text, StageNeeds& needs) {
  const auto form = line::tmpl::Template::Parse(name, text);
  if (!form) return;
  const auto& reads = form->reads();
  needs.line |= reads.line;
  needs.all_labels |= reads.all_labels;
  needs.names.insert(needs.names.end(), reads.labels.begin(), reads.labels.end());
}

struct StageNeedsOf {
  StageNeeds operator()(const logql::LineFilterStage&) const { return {.line = true}; }
  StageNeeds operator()(const logql::JsonStage&) const { return ParserNeeds(); }
  StageNeeds operator()(const logql::LogfmtStage&) const { return ParserNeeds(); }
  StageNeeds operator()(const logql::PatternStage&) const { return ParserNeeds(); }
  StageNeeds operator()(const logql::RegexpStage&) const { return ParserNeeds(); }
  // No parser that may be left out: it changes the line.
  StageNeeds operator()(const logql::UnpackStage&) const { return {.line = true, .labels = true}; }
  StageNeeds operator()(const logql::DecolorizeStage&) const { return {.line = true}; }
  StageNeeds operator()(const logql::LabelFilterStage& stage) const {
    StageNeeds needs{.labels = true};
    AppendFilterLabels(stage.filter, needs.names);
    return needs;
  }
  StageNeeds operator()(const logql::DropStage&) const { return {.labels = true}; }
  StageNeeds operator()(const logql::KeepStage&) const { return {.labels = true}; }
  StageNeeds operator()(const logql::LineFormatStage& stage) const {
    StageNeeds needs{.line = true, .labels = true};
    AddTemplate("line", stage.text, needs);
    return needs;
  }
  StageNeeds operator()(const logql::LabelFormatStage& stage) const {
    StageNeeds needs{.labels = true};
    for (const logql::LabelFormat& format : stage.formats) {
      if (format.is_rename) {
        needs.names.push_back(format.value);
      } else {
        AddTemplate("label", format.value, needs);
      }
    }
    return needs;
  }
  template <class Other>
  StageNeeds operator()(const Other&) const {
    return {.line = true, .labels = true};
  }
};

}  // namespace

void AppendFilterLabels(const logql::LabelFilter& filter, std::vector<std::string>& names) {
  if (const auto* text = std::get_if<logql::StringFilter>(&filter.node)) {
    names.push_back(text->matcher.name);
  } else if (const auto* number = std::get_if<logql::NumberFilter>(&filter.node)) {
    names.push_back(number->label);
  } else if (const auto* duration = std::get_if<logql::DurationFilter>(&filter.node)) {
    names.push_back(duration->label);
  } else if (const auto* bytes = std::get_if<logql::BytesFilter>(&filter.node)) {
    names.push_back(bytes->label);
  } else if (const auto* ip = std::get_if<logql::IpFilter>(&filter.node)) {
    names.push_back(ip->label);
  } else if (const auto* logic = std::get_if<logql::LogicFilter>(&filter.node)) {
    AppendFilterLabels(*logic->left, names);
    AppendFilterLabels(*logic->right, names);
  }
}

StageNeeds NeedsOf(const logql::Stage& stage) { return std::visit(StageNeedsOf{}, stage); }

}  // namespace narfi::query
