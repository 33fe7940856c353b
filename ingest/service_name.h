// The label service_name that every stream gets: an explicit one, else the value of the first label
// of a list that the stream has, else "unknown_service".
//
// Threads: free functions without state.
#pragma once

#include <string>
#include <vector>

#include "base/labels.h"

namespace narfi::ingest {

constexpr std::string_view kServiceName = "service_name";
constexpr std::string_view kUnknownService = "unknown_service";

// Adds the label to `pairs` (sorted by name, and still so afterwards) unless it is there.
// `candidates` is limits_config.discover_service_name; empty switches the discovery off.
void AddServiceName(const std::vector<std::string>& candidates, std::vector<Label>& pairs);
// `labels` with it.
Labels WithServiceName(const std::vector<std::string>& candidates, const Labels& labels);

}  // namespace narfi::ingest
