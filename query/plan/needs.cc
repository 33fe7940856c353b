#include "query/plan/needs.h"

namespace narfi::query {
namespace {

StageNeeds ParserNeeds() { return {.line = true, .labels = true, .is_parser = true, .names = {}}; }

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
