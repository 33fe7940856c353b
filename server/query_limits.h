// The limits of a tenant that a query's text and range are held to before it runs.
//
// Texts are Loki's. Threads: pure.
#pragma once

#include "base/result.h"
#include "config/limits.h"
#include "query/exec/engine.h"
#include "server/services.h"

namespace narfi::server {

// Moves the start to where max_query_lookback of every tenant that the request reads lets it; the
// end of a range wholly before it is the start.
void ClampLookback(query::Request& request, const Services& services, int64_t now_ns);
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
