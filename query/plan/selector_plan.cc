#include "query/plan/selector_plan.h"

#include <algorithm>

#include "query/logql/printer.h"
#include "query/plan/needs.h"

namespace narfi::query {
namespace {

bool ChangesLine(const logql::Stage& stage) {
  return std::holds_alternative<logql::LineFormatStage>(stage) ||
         std::holds_alternative<logql::UnpackStage>(stage);
}

// Line filters in front, up to the stage before them that changes the line.
std::vector<const logql::Stage*> OrderStages(const std::vector<logql::Stage>& stages) {
  std::vector<const logql::Stage*> ordered;
  size_t front = 0;  // where the next line filter goes
  for (const logql::Stage& stage : stages) {
    if (std::holds_alternative<logql::LineFilterStage>(stage)) {
      ordered.insert(ordered.begin() + static_cast<ptrdiff_t>(front++), &stage);
      continue;
    }
    ordered.push_back(&stage);
    if (ChangesLine(stage)) front = ordered.size();
  }
  return ordered;
}

// `x_extracted` comes from the field `x` where the stream has a label x.
void AddWanted(std::vector<std::string>& names, const std::string& name) {
  if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  if (name.size() > kExtractedSuffix.size() && name.ends_with(kExtractedSuffix)) {
    const std::string plain = name.substr(0, name.size() - kExtractedSuffix.size());
    if (std::find(names.begin(), names.end(), plain) == names.end()) names.push_back(plain);
  }
}

// A metric query looks only at some labels, so that parsers may stop when they have found them;
// what is wrong with the rest of a line then does not fail the query.
StageContext MakeContext(const std::vector<const logql::Stage*>& stages, const SelectorUse& use) {
  StageContext context;
  std::vector<std::string> names;
  bool everything = false;
  for (const logql::Stage* stage : stages) {
    const StageNeeds needs = NeedsOf(*stage);
    for (const std::string& name : needs.names) AddWanted(names, name);
    everything |= needs.all_labels;
  }
  if (use.series.mode == SeriesLabels::Mode::kBy) {
    for (const std::string& name : use.series.names) AddWanted(names, name);
  }
  if (!use.unwrap_label.empty()) AddWanted(names, use.unwrap_label);
  for (const logql::LabelFilter* filter : use.late_filters) {
    std::vector<std::string> late;
    AppendFilterLabels(*filter, late);
    for (const std::string& name : late) AddWanted(names, name);
  }
  context.preserve_errors =
      use.is_metric && std::find(names.begin(), names.end(), kErrorLabel) != names.end();
  if (!use.is_metric || use.series.mode != SeriesLabels::Mode::kBy || everything) return context;
  if (names.empty()) {
    context.skip_parsers = true;
  } else {
    context.demand = {false, std::move(names)};
  }
  return context;
}

std::string JoinNames(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text.append(text.empty() ? "" : ", ").append(name);
  return text;
}

std::string DescribeSeries(const SeriesLabels& series) {
  if (series.mode == SeriesLabels::Mode::kAll) return "all labels";
  const char* word = series.mode == SeriesLabels::Mode::kBy ? "by (" : "without (";
  return word + JoinNames(series.names) + ")";
}

}  // namespace

bool OneSeriesPerStream(const SeriesLabels& series, const Labels& stream) {
  if (series.mode != SeriesLabels::Mode::kBy) return false;
  return std::all_of(series.names.begin(), series.names.end(),
                     [&](const std::string& name) { return stream.Has(name); });
}

SelectorPlan MakeSelectorPlan(const logql::LogSelector& selector, const SelectorUse& use,
                              const std::string& tenant, int64_t start_ns, int64_t end_ns) {
  SelectorPlan plan;
  plan.selector.tenant = tenant;
  plan.selector.predicates = logql::ToPredicates(selector.matchers);
  plan.selector.start_ns = start_ns;
  plan.selector.end_ns = end_ns;
  plan.context = MakeContext(OrderStages(selector.stages), use);
  plan.needles = NeedlesOf(selector.stages);
  plan.metadata_needles = MetadataNeedlesOf(selector.stages);
  plan.series = use.series;
  plan.reads_line = use.reads_line;
  // The output sees metadata unless it groups everything into one.
  plan.reads_metadata = !use.is_metric || use.series.mode != SeriesLabels::Mode::kBy ||
                        !use.series.names.empty() || !use.unwrap_label.empty();
  for (const logql::Stage* stage : OrderStages(selector.stages)) {
    const StageNeeds needs = NeedsOf(*stage);
    if (needs.is_parser && plan.context.skip_parsers) continue;
    plan.stages.push_back(stage);
    plan.reads_line |= needs.line;
    plan.reads_metadata |= needs.labels;
  }
  plan.counts_suffice =
      use.is_metric && plan.stages.empty() && use.unwrap_label.empty() && use.late_filters.empty();
  return plan;
}

bool OnlyDropsErrors(const logql::Stage& stage) {
  const auto* drop = std::get_if<logql::DropStage>(&stage);
  return drop != nullptr &&
         std::all_of(drop->labels.begin(), drop->labels.end(), [](const auto& entry) {
           return entry.name == kErrorLabel || entry.name == kErrorDetailsLabel;
         });
}

size_t ColumnStages(const SelectorPlan& plan) {
  bool parsed = false;
  for (size_t i = 0; i < plan.stages.size(); ++i) {
    const logql::Stage& stage = *plan.stages[i];
    const auto* json = std::get_if<logql::JsonStage>(&stage);
    const bool first_json = json != nullptr && json->extractions.empty() && !parsed;
    const bool line = std::holds_alternative<logql::LineFilterStage>(stage) && !parsed;
    parsed |= first_json;
    if (!first_json && !line && !OnlyDropsErrors(stage) &&
        !std::holds_alternative<logql::LabelFilterStage>(stage))
      return i;
  }
  return plan.stages.size();
}

std::vector<std::string> SelectorPlan::Describe() const {
  std::vector<std::string> steps;
  std::string columns = "time";
  if (reads_metadata) columns += ", metadata";
  if (reads_line) columns += ", line";
  for (const Needle& needle : needles) {
    std::string step = needle.field.empty() ? "skip runs without "
                                            : "skip runs where " + needle.field + " cannot be ";
    for (size_t i = 0; i < needle.any_of.size(); ++i)
      step.append(i == 0 ? "\"" : " or \"").append(needle.any_of[i]).append("\"");
    steps.push_back(std::move(step));
  }
  if (counts_suffice) steps.push_back("answer from the counts of runs that lie in one window");
  steps.push_back("read " + columns);
  const size_t by_column = ColumnStages(*this);
  for (size_t i = 0; i < stages.size(); ++i) {
    const logql::Stage* const stage = stages[i];
    std::string step = (i < by_column ? "* " : "") + logql::Print(*stage);
    if (NeedsOf(*stage).is_parser && !context.demand.everything)
      step += "  (fields " + JoinNames(context.demand.names) + ")";
    steps.push_back(std::move(step));
  }
  if (context.skip_parsers) steps.push_back("no field is looked at: parsers are skipped");
  if (series.mode != SeriesLabels::Mode::kAll) steps.push_back("series " + DescribeSeries(series));
  return steps;
}

}  // namespace narfi::query
