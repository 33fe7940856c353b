// `output`: an extracted value becomes the line.
#include "shipper/stage.h"

namespace narfi::shipper {
namespace {

class OutputStage final : public Stage {
 public:
  explicit OutputStage(std::string source) : source_(std::move(source)) {}

  bool Process(Entry& entry) override {
    const auto value = entry.extracted.find(source_);
    if (value != entry.extracted.end()) entry.SetLine(value->second);
    return true;
  }

 private:
  const std::string source_;
};

}  // namespace

std::unique_ptr<Stage> MakeOutputStage(const config::OutputStageSettings& settings) {
  return std::make_unique<OutputStage>(settings.source);
}

}  // namespace narfi::shipper
