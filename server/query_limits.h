// The limits of a tenant that a query's text and range are held to before it runs.
//
// Texts are Loki's. Threads: pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/limits.h"
#include "query/exec/engine.h"
#include "server/params.h"
#include "server/services.h"

namespace narfi::server {

// What is asked for of names, series and volumes, as far as max_query_lookback of all these tenants
// lets it be seen; nothing of a range wholly before it. kLimit when what is left is longer than
// max_query_length.
Result<std::optional<TimeRange>> VisibleRange(const Services& services, const std::string& tenants,
                                              TimeRange range);

// The streams that pass, in as much of the range as VisibleRange gives; a range of no moment where
// that is nothing.
Result<storage::Selector> VisibleSelector(const Services& services, const std::string& tenants,
                                          std::vector<LabelPredicate> predicates, TimeRange range);

// Moves the start of a range query to where max_query_lookback of every tenant that it reads lets
// it, before its length is judged; the end of a range wholly before that is the start.
void ClampLookback(query::Request& request, const Services& services);
// The same for everything else that reads entries: what they see begins here.
int64_t OldestVisible(const Services& services, const std::string& tenants);
// So many entries as all of these tenants ("a|b") may be asked for.
uint64_t ClampEntries(uint64_t entries, const std::string& tenants, const Services& services);

// Whether they all may be asked for volumes, and for so many sums.
bool VolumeIsEnabled(const std::string& tenants, const Services& services);
uint64_t ClampVolumes(uint64_t sums, const std::string& tenants, const Services& services);

// kLimit with what is too large; `request.expr` must be there.
Status CheckQueryLimits(const query::Request& request, const config::Limits& limits);
// By the limits of each tenant that the request reads.
Status CheckTenantLimits(const query::Request& request, const Services& services);

}  // namespace narfi::server
