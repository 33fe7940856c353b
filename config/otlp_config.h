// How attributes of OpenTelemetry logs are kept: otlp_config of limits_config.
//
// Source: "limits_config: otlp_config" in Loki's documentation of its configuration. Of a list the
// first rule that names an attribute counts, the default labels before all rules of resources; what
// no rule names is structured metadata.
//
// Threads: immutable after loading.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace narfi::config {

enum class OtlpAction : uint8_t { kIndexLabel, kStructuredMetadata, kDrop };

// Names, or a regex that must match a whole name.
struct OtlpRule {
  OtlpAction action = OtlpAction::kStructuredMetadata;
  std::vector<std::string> attributes;
  std::string regex;
  bool operator==(const OtlpRule&) const = default;
};

struct OtlpConfig {
  // distributor.otlp_config.default_resource_attributes_as_index_labels
  std::vector<std::string> default_labels = {"service.name",
                                             "service.namespace",
                                             "service.instance.id",
                                             "deployment.environment",
                                             "deployment.environment.name",
                                             "cloud.region",
                                             "cloud.availability_zone",
                                             "k8s.cluster.name",
                                             "k8s.namespace.name",
                                             "k8s.pod.name",
                                             "k8s.container.name",
                                             "container.name",
                                             "k8s.replicaset.name",
                                             "k8s.deployment.name",
                                             "k8s.statefulset.name",
                                             "k8s.daemonset.name",
                                             "k8s.cronjob.name",
                                             "k8s.job.name"};
  bool ignore_defaults = false;  // of resources: default_labels are no labels
  std::vector<OtlpRule> resource_attributes;
  std::vector<OtlpRule> scope_attributes;  // no index labels among these two
  std::vector<OtlpRule> log_attributes;
  bool severity_text_as_label = false;
  bool operator==(const OtlpConfig&) const = default;
};

// "index_label", "structured_metadata" or "drop".
const char* OtlpActionName(OtlpAction action);

}  // namespace narfi::config
