// Metrics for /metrics: the one global registry of the process, prometheus-cpp inside.
//
// Metric references live as long as the process: look one up once and keep it. Updates are atomic.
//
//   static auto& pushes = CounterMetric("loki_distributor_lines_received_total", "...", {{"tenant",
//   t}}); pushes.Increment(n);
#pragma once

#include <map>
#include <string>
#include <vector>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
}  // namespace prometheus

namespace narfi {

using MetricLabels = std::map<std::string, std::string>;

class CounterMetricRef {
 public:
  explicit CounterMetricRef(prometheus::Counter& counter) : counter_(&counter) {}
  void Increment(double by = 1);
  double value() const;

 private:
  prometheus::Counter* counter_;
};

class GaugeMetricRef {
 public:
  explicit GaugeMetricRef(prometheus::Gauge& gauge) : gauge_(&gauge) {}
  void Set(double value);
  void Add(double by);
  double value() const;

 private:
  prometheus::Gauge* gauge_;
};

class HistogramMetricRef {
 public:
  explicit HistogramMetricRef(prometheus::Histogram& histogram) : histogram_(&histogram) {}
  void Observe(double value);

 private:
  prometheus::Histogram* histogram_;
};

// The metric of this name and these labels, made on first use. `help` counts the first time.
CounterMetricRef CounterMetric(const std::string& name, const std::string& help,
                               const MetricLabels& labels = {});
GaugeMetricRef GaugeMetric(const std::string& name, const std::string& help,
                           const MetricLabels& labels = {});
HistogramMetricRef HistogramMetric(const std::string& name, const std::string& help,
                                   const MetricLabels& labels = {},
                                   const std::vector<double>& bounds = {.005, .01, .025, .05, .1,
                                                                        .25, .5, 1, 2.5, 5, 10, 25,
                                                                        50, 100});

// Everything, in Prometheus' text format 0.0.4, with the process metrics (resident memory, CPU
// seconds, open files, start time) that dashboards expect.
std::string MetricsText();

}  // namespace narfi
