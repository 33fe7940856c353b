// `json`: values of a JSON line (or of an extracted value) are extracted.
#include <fmt/format.h>

#include "shipper/json_fields.h"
#include "shipper/stage.h"

namespace narfi::shipper {
namespace {

class JsonStage final : public Stage {
 public:
  JsonStage(std::string source, bool drop_malformed)
      : source_(std::move(source)), drop_malformed_(drop_malformed) {}

  Status Add(const std::string& name, const std::string& expression) {
    NARFI_ASSIGN(JsonPath path,
                 ParseJsonPath(expression.empty() ? "\"" + name + "\"" : expression));
    paths_.emplace_back(name, std::move(path));
    return {};
  }

  bool Process(Entry& entry) override {
    std::string_view text = entry.line;
    if (!source_.empty()) {
      const auto value = entry.extracted.find(source_);
      if (value == entry.extracted.end()) return true;
      text = value->second;
    }
    if (!fields_.Parse(text)) return !drop_malformed_;
    for (const auto& [name, path] : paths_) {
      if (auto value = fields_.Get(path)) entry.extracted.insert_or_assign(name, std::move(*value));
    }
    return true;
  }

 private:
  const std::string source_;
  const bool drop_malformed_;
  std::vector<std::pair<std::string, JsonPath>> paths_;
  JsonFields fields_;
};

}  // namespace

Result<std::unique_ptr<Stage>> MakeJsonStage(const config::JsonStageSettings& settings) {
  auto stage = std::make_unique<JsonStage>(settings.source, settings.drop_malformed);
  for (const auto& [name, expression] : settings.expressions) {
    if (auto added = stage->Add(name, expression); !added) {
      return Wrap(fmt::format("json stage: \"{}\"", name), std::move(added).error());
    }
  }
  return stage;
}

}  // namespace narfi::shipper
