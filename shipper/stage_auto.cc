// The stage of scrape configurations that set none: a JSON line's own service, tenant and time.
//
// Of each label auto_label_max_values distinct values become labels, and of all of them together
// auto_label_max_streams distinct combinations; from then on what is new stays in the line, so that
// neither a field which is no label nor two that multiply can use up the server's limit of streams.
#include <map>
#include <set>
#include <unordered_set>
#include <utility>

#include "base/log.h"
#include "base/metrics.h"
#include "base/time.h"
#include "shipper/json_fields.h"
#include "shipper/stage.h"

namespace narfi::shipper {
namespace {

// What the server accepts at most; a longer value is no label.
constexpr size_t kMaxLabelBytes = 2048;
constexpr int64_t kReportEveryNs = kMinute;

class AutoStage final : public Stage {
 public:
  AutoStage(const config::TextMap& labels, const StageContext& context) : context_(context) {
    for (const auto& [label, field] : labels) labels_.push_back({label, field, {}, false, {}});
  }

  bool Process(Entry& entry) override {
    // Only what begins like an object is worth parsing.
    const size_t first = entry.line.find_first_not_of(" \t");
    if (first == std::string_view::npos || entry.line[first] != '{') return true;
    if (!fields_.Parse(entry.line) || !fields_.is_object()) return true;
    SetAutoLabels(entry);
    if (const auto text = fields_.GetScalar("timestamp")) SetTime(*text, entry);
    return true;
  }

  void Report() override {
    if (outside_window_ == 0) return;
    const int64_t now = context_.clock->MonotonicNs();
    if (reported_once_ && now - reported_ns_ < kReportEveryNs) return;
    reported_once_ = true;
    reported_ns_ = now;
    Log(LogLevel::kWarn, "lines with a time that the server would refuse got the time of reading",
        {{"job", context_.job_name}, {"lines", outside_window_}, {"last", last_outside_}});
    outside_window_ = 0;
  }

 private:
  struct AutoLabel {
    std::string label;
    std::string field;
    std::set<std::string, std::less<>> values;
    bool warned;
    std::string value;  // in the line at hand; empty: none that may be a label
  };

  void SetAutoLabels(Entry& entry) {
    key_.clear();
    for (AutoLabel& label : labels_) {
      label.value = ValueOf(label, entry);
      key_.append(label.value).append(1, '\0');
    }
    if (key_.size() == labels_.size() || !MayCombine()) return;
    for (const AutoLabel& label : labels_) {
      if (!label.value.empty()) entry.SetLabel(label.label, label.value);
    }
  }

  std::string ValueOf(AutoLabel& label, const Entry& entry) {
    if (entry.HasLabel(label.label)) return {};  // the configuration's own labels win
    auto value = fields_.GetScalar(label.field);
    if (!value || value->size() > kMaxLabelBytes) return {};
    if (!value->empty() && label.values.count(*value) == 0) {
      if (label.values.size() >= context_.limits.auto_label_max_values) {
        WarnFull(label);
        return {};
      }
      label.values.insert(*value);
    }
    return std::move(*value);
  }

  // True when the values at hand were seen together before, or may be seen from now on.
  bool MayCombine() {
    if (combinations_.count(key_) != 0) return true;
    if (combinations_.size() < context_.limits.auto_label_max_streams) {
      combinations_.insert(key_);
      return true;
    }
    if (!std::exchange(warned_combinations_, true)) {
      Log(LogLevel::kWarn,
          "the automatic labels make too many streams: of new combinations they stay in the line",
          {{"job", context_.job_name}, {"limit", context_.limits.auto_label_max_streams}});
    }
    return false;
  }

  void WarnFull(AutoLabel& label) {
    if (label.warned) return;
    label.warned = true;
    Log(LogLevel::kWarn, "an automatic label has too many values: new ones stay in the line",
        {{"job", context_.job_name},
         {"label", label.label},
         {"field", label.field},
         {"limit", context_.limits.auto_label_max_values}});
  }

  void SetTime(const std::string& text, Entry& entry) {
    const auto time_ns = ParseRfc3339(text);
    if (!time_ns) return;
    const int64_t now = context_.clock->NowNs();
    const config::ShipperLimits& limits = context_.limits;
    // A minute to spare, since the server looks at its clock when the line arrives.
    const int64_t oldest = now - limits.reject_old_samples_max_age_ns + kMinute;
    const bool old = limits.reject_old_samples_max_age_ns > 0 && *time_ns < oldest;
    // 0 is no "no limit" here: the server then takes nothing from the future.
    const bool future = *time_ns > now + limits.creation_grace_period_ns;
    if (!old && !future) {
      entry.time_ns = *time_ns;
      return;
    }
    ++outside_window_;
    last_outside_ = text;
    outside_total_.Increment();
  }

  const StageContext context_;
  std::vector<AutoLabel> labels_;
  std::string key_;  // of the values at hand
  std::unordered_set<std::string> combinations_;
  bool warned_combinations_ = false;
  JsonFields fields_;
  uint64_t outside_window_ = 0;
  std::string last_outside_;
  bool reported_once_ = false;
  int64_t reported_ns_ = 0;
  CounterMetricRef outside_total_ =
      CounterMetric("narfi_shipper_time_of_reading_total",
                    "Lines whose own time lies outside the server's reject window.");
};

}  // namespace

std::unique_ptr<Stage> MakeAutoStage(const config::TextMap& labels, const StageContext& context) {
  return std::make_unique<AutoStage>(labels, context);
}

}  // namespace narfi::shipper
