// Pipeline stages: what happens to a line between reading and sending. One stage, one stage_x.cc.
//
// Threads: a pipeline belongs to the reading thread; stages keep state between lines.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "config/shipper_settings.h"
#include "shipper/entry.h"

namespace narfi::shipper {

class Stage {
 public:
  virtual ~Stage() = default;
  // False: the line is dropped.
  virtual bool Process(Entry& entry) = 0;
  // Called about once a second: for warnings that count what happened since the last one.
  virtual void Report() {}
};

// What stages may need to know.
struct StageContext {
  const Clock* clock = nullptr;  // outlives the stage
  std::string job_name;
  config::ShipperLimits limits;
};

std::unique_ptr<Stage> MakeLabelsStage(const config::LabelsStageSettings& settings);
std::unique_ptr<Stage> MakeOutputStage(const config::OutputStageSettings& settings);
std::unique_ptr<Stage> MakeStaticLabelsStage(const config::StaticLabelsStageSettings& settings);
// kInvalidArgument for an expression outside the subset of JMESPath (json_fields.h).
Result<std::unique_ptr<Stage>> MakeJsonStage(const config::JsonStageSettings& settings);
// kInvalidArgument for a location that is not known.
Result<std::unique_ptr<Stage>> MakeTimestampStage(const config::TimestampStageSettings& settings,
                                                  const StageContext& context);
// What a scrape configuration without pipeline_stages gets.
std::unique_ptr<Stage> MakeAutoStage(const config::TextMap& labels, const StageContext& context);

using Pipeline = std::vector<std::unique_ptr<Stage>>;
Result<Pipeline> MakePipeline(const config::ScrapeSettings& scrape, const StageContext& context);
// False when a stage drops the line.
bool RunPipeline(const Pipeline& pipeline, Entry& entry);

}  // namespace narfi::shipper
