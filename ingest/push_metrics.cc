#include "ingest/push_metrics.h"

#include <array>
#include <map>
#include <memory>
#include <optional>

#include "base/metrics.h"
#include "base/thread_annotations.h"

namespace narfi::ingest {
namespace {

struct LinesAndBytes {
  CounterMetricRef lines;
  CounterMetricRef bytes;

  void Increment(uint64_t more_lines, uint64_t more_bytes) {
    lines.Increment(static_cast<double>(more_lines));
    bytes.Increment(static_cast<double>(more_bytes));
  }
};

LinesAndBytes MakeDiscarded(const std::string& tenant, RejectReason reason) {
  const MetricLabels labels = {{"reason", std::string(RejectReasonName(reason))},
                               {"tenant", tenant}};
  return {
      CounterMetric("loki_discarded_samples_total", "Log lines that were refused.", labels),
      CounterMetric("loki_discarded_bytes_total", "Bytes of log lines that were refused.", labels)};
}

LinesAndBytes MakeReceived(const std::string& tenant) {
  const MetricLabels labels = {{"tenant", tenant}};
  return {CounterMetric("loki_distributor_lines_received_total", "Log lines received.", labels),
          CounterMetric("loki_distributor_bytes_received_total",
                        "Bytes received, unpacked, structured metadata included.", labels)};
}

LinesAndBytes MakeTruncated(const std::string& tenant) {
  const MetricLabels labels = {{"reason", "line_too_long"}, {"tenant", tenant}};
  return {CounterMetric("loki_mutated_samples_total", "Log lines that were cut.", labels),
          CounterMetric("loki_mutated_bytes_total", "Bytes that were cut off log lines.", labels)};
}

struct TenantMetrics {
  explicit TenantMetrics(const std::string& tenant) : received(MakeReceived(tenant)) {}
  LinesAndBytes received;
  std::optional<LinesAndBytes> truncated;
  std::array<std::optional<LinesAndBytes>, kRejectReasons> discarded;
};

class PushMetrics {
 public:
  template <class Use>
  void With(const std::string& tenant, Use use) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    auto found = tenants_.find(tenant);
    if (found == tenants_.end()) found = tenants_.try_emplace(tenant, tenant).first;
    use(found->second);
  }

 private:
  Mutex mutex_;
  std::map<std::string, TenantMetrics> tenants_ GUARDED_BY(mutex_);
};

PushMetrics& AllPushMetrics() {
  static auto* metrics = new PushMetrics;  // lives as long as the process
  return *metrics;
}

}  // namespace

void CountReceived(const std::string& tenant, uint64_t lines, uint64_t bytes) {
  AllPushMetrics().With(tenant, [&](TenantMetrics& all) { all.received.Increment(lines, bytes); });
}

void CountDiscarded(const std::string& tenant, RejectReason reason, uint64_t lines,
                    uint64_t bytes) {
  AllPushMetrics().With(tenant, [&](TenantMetrics& all) {
    std::optional<LinesAndBytes>& slot = all.discarded[static_cast<size_t>(reason)];
    if (!slot) slot = MakeDiscarded(tenant, reason);
    slot->Increment(lines, bytes);
  });
}

void CountTruncated(const std::string& tenant, uint64_t lines, uint64_t bytes) {
  AllPushMetrics().With(tenant, [&](TenantMetrics& all) {
    if (!all.truncated) all.truncated = MakeTruncated(tenant);
    all.truncated->Increment(lines, bytes);
  });
}

}  // namespace narfi::ingest
