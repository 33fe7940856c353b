#include "base/metrics.h"

#include <dirent.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>

#include "base/allocator.h"
#include "base/clock.h"

namespace narfi {
namespace {

prometheus::Registry& TheRegistry() {
  static prometheus::Registry registry;
  return registry;
}

double OpenFiles() {
  DIR* folder = opendir("/proc/self/fd");
  if (folder == nullptr) return 0;
  double count = -3;  // ".", "..", and the folder itself
  while (readdir(folder) != nullptr) ++count;
  closedir(folder);
  return count;
}

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

const double kStartSeconds = static_cast<double>(SystemClock().NowNs()) / 1e9;

}  // namespace

void CounterMetricRef::Increment(double by) { counter_->Increment(by); }
double CounterMetricRef::value() const { return counter_->Value(); }
void GaugeMetricRef::Set(double value) { gauge_->Set(value); }
void GaugeMetricRef::Add(double by) { gauge_->Increment(by); }
double GaugeMetricRef::value() const { return gauge_->Value(); }
void HistogramMetricRef::Observe(double value) { histogram_->Observe(value); }

CounterMetricRef CounterMetric(const std::string& name, const std::string& help,
                               const MetricLabels& labels) {
  return CounterMetricRef(
      prometheus::BuildCounter().Name(name).Help(help).Register(TheRegistry()).Add(labels));
}

GaugeMetricRef GaugeMetric(const std::string& name, const std::string& help,
                           const MetricLabels& labels) {
  return GaugeMetricRef(
      prometheus::BuildGauge().Name(name).Help(help).Register(TheRegistry()).Add(labels));
}

HistogramMetricRef HistogramMetric(const std::string& name, const std::string& help,
                                   const MetricLabels& labels, const std::vector<double>& bounds) {
  return HistogramMetricRef(prometheus::BuildHistogram()
                                .Name(name)
                                .Help(help)
                                .Register(TheRegistry())
                                .Add(labels, bounds));
}

std::string MetricsText() {
  static auto resident =
      GaugeMetric("process_resident_memory_bytes", "Resident memory size in bytes.");
  static auto files = GaugeMetric("process_open_fds", "Number of open file descriptors.");
  static auto start = GaugeMetric("process_start_time_seconds",
                                  "Start time of the process since unix epoch in seconds.");
  static auto cpu =
      GaugeMetric("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.");
  resident.Set(static_cast<double>(ResidentBytes()));
  files.Set(OpenFiles());
  start.Set(kStartSeconds);
  cpu.Set(CpuSeconds());
  return prometheus::TextSerializer().Serialize(TheRegistry().Collect());
}

}  // namespace narfi
