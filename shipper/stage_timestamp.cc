// `timestamp`: an extracted value becomes the entry's time.
#include <map>

#include "base/go_layout.h"
#include "shipper/stage.h"

namespace narfi::shipper {
namespace {

// Streams whose last time is remembered for `fudge`; over it all are forgotten.
constexpr size_t kMaxLastTimes = 10'000;

class TimestampStage final : public Stage {
 public:
  TimestampStage(const config::TimestampStageSettings& settings, TimeZone zone, const Clock& clock)
      : source_(settings.source),
        fudge_(settings.fudge_on_failure),
        zone_(std::move(zone)),
        clock_(clock) {
    layouts_.emplace_back(settings.format, GoLayout::Names::kPromtail);
    for (const std::string& format : settings.fallback_formats)
      layouts_.emplace_back(format, GoLayout::Names::kPromtail);
  }

  bool Process(Entry& entry) override {
    const auto value = entry.extracted.find(source_);
    if (value == entry.extracted.end() || !SetTime(value->second, entry)) {
      if (fudge_) Fudge(entry);
      return true;
    }
    if (fudge_) Remember(entry);
    return true;
  }

 private:
  bool SetTime(const std::string& text, Entry& entry) const {
    for (const GoLayout& layout : layouts_) {
      if (const auto time_ns = layout.Parse(text, zone_, clock_.NowNs())) {
        entry.time_ns = *time_ns;
        entry.time_is_configured = true;
        return true;
      }
    }
    return false;
  }

  // The last time of the stream and 1 ns, so that the order stays.
  void Fudge(Entry& entry) {
    const auto last = last_times_.find(Key(entry));
    if (last == last_times_.end()) return;
    entry.time_ns = ++last->second;
    entry.time_is_configured = true;
  }

  void Remember(const Entry& entry) {
    if (last_times_.size() >= kMaxLastTimes) last_times_.clear();
    last_times_[Key(entry)] = entry.time_ns;
  }

  static std::string Key(const Entry& entry) {
    std::string key;
    for (const Label& label : entry.labels)
      key.append(label.name).append(1, '\0').append(label.value).append(1, '\0');
    return key;
  }

  const std::string source_;
  const bool fudge_;
  const TimeZone zone_;
  const Clock& clock_;
  std::vector<GoLayout> layouts_;
  std::map<std::string, int64_t> last_times_;
};

}  // namespace

Result<std::unique_ptr<Stage>> MakeTimestampStage(const config::TimestampStageSettings& settings,
                                                  const StageContext& context) {
  auto zone = TimeZone::Load(settings.location);
  if (!zone) return Wrap("timestamp stage", std::move(zone).error());
  return std::make_unique<TimestampStage>(settings, std::move(*zone), *context.clock);
}

}  // namespace narfi::shipper
