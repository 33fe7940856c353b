// `static_labels`: labels that every line gets.
#include "shipper/stage.h"

namespace narfi::shipper {
namespace {

class StaticLabelsStage final : public Stage {
 public:
  explicit StaticLabelsStage(const config::TextMap& labels) : labels_(labels) {}

  bool Process(Entry& entry) override {
    for (const auto& [name, value] : labels_) entry.SetLabel(name, value);
    return true;
  }

 private:
  const config::TextMap labels_;
};

}  // namespace

std::unique_ptr<Stage> MakeStaticLabelsStage(const config::StaticLabelsStageSettings& settings) {
  return std::make_unique<StaticLabelsStage>(settings.labels);
}

}  // namespace narfi::shipper
