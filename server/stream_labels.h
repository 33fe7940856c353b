// The streams of a tenant and their labels: what labels, label values and series answer, over HTTP
// and over gRPC.
//
// Order:  sets are sorted.
// Errors: kInvalidArgument in Loki's words for a selector that is none; those of the source.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/labels.h"
#include "base/result.h"
#include "server/params.h"
#include "server/services.h"

namespace narfi::server {

// Of the streams on the days of the range that `selector` selects, or all of them where it is
// empty.
Result<std::set<std::string>> FindLabelNames(const Services& services, const std::string& tenant,
                                             TimeRange range, std::string_view selector);
Result<std::set<std::string>> FindLabelValues(const Services& services, const std::string& tenant,
                                              TimeRange range, std::string_view selector,
                                              std::string_view name);

// The streams of the range that any of `selectors` selects, or all of them where there are none.
Result<std::set<Labels>> FindSeries(const Services& services, const std::string& tenant,
                                    TimeRange range, const std::vector<std::string>& selectors);

}  // namespace narfi::server
