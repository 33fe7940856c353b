#include <fmt/format.h>

#include "shipper/stage.h"

namespace narfi::shipper {
namespace {

// One row a stage.
struct StageMaker {
  const StageContext& context;

  Result<std::unique_ptr<Stage>> operator()(const config::JsonStageSettings& s) const {
    return MakeJsonStage(s);
  }
  Result<std::unique_ptr<Stage>> operator()(const config::LabelsStageSettings& s) const {
    return MakeLabelsStage(s);
  }
  Result<std::unique_ptr<Stage>> operator()(const config::TimestampStageSettings& s) const {
    return MakeTimestampStage(s, context);
  }
  Result<std::unique_ptr<Stage>> operator()(const config::OutputStageSettings& s) const {
    return MakeOutputStage(s);
  }
  Result<std::unique_ptr<Stage>> operator()(const config::StaticLabelsStageSettings& s) const {
    return MakeStaticLabelsStage(s);
  }
};

}  // namespace

Result<Pipeline> MakePipeline(const config::ScrapeSettings& scrape, const StageContext& context) {
  Pipeline pipeline;
  if (!scrape.pipeline_stages) {
    const config::TextMap labels = scrape.auto_labels.value_or(config::DefaultAutoLabels());
    if (!labels.empty()) pipeline.push_back(MakeAutoStage(labels, context));
    return pipeline;
  }
  for (const config::StageSettings& settings : *scrape.pipeline_stages) {
    auto stage = std::visit(StageMaker{context}, settings);
    if (!stage)
      return Wrap(fmt::format("scrape config \"{}\"", scrape.job_name), std::move(stage).error());
    pipeline.push_back(std::move(*stage));
  }
  return pipeline;
}

bool RunPipeline(const Pipeline& pipeline, Entry& entry) {
  for (const auto& stage : pipeline) {
    if (!stage->Process(entry)) return false;
  }
  return true;
}

}  // namespace narfi::shipper
