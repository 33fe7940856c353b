// `labels`: extracted values become labels.
#include "shipper/stage.h"

namespace narfi::shipper {
namespace {

class LabelsStage final : public Stage {
 public:
  explicit LabelsStage(const config::LabelsStageSettings& settings) : labels_(settings.labels) {
    for (auto& [label, source] : labels_) {
      if (source.empty()) source = label;
    }
  }

  bool Process(Entry& entry) override {
    for (const auto& [label, source] : labels_) {
      const auto value = entry.extracted.find(source);
      if (value != entry.extracted.end()) entry.SetLabel(label, value->second);
    }
    return true;
  }

 private:
  config::TextMap labels_;
};

}  // namespace

std::unique_ptr<Stage> MakeLabelsStage(const config::LabelsStageSettings& settings) {
  return std::make_unique<LabelsStage>(settings);
}

}  // namespace narfi::shipper
