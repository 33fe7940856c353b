// Several tenants read as one: "a|b" sees the streams of both, each with the label __tenant_id__.
//
// A tenant's name has no '|', so that the names of a selector say themselves whether they are
// several; what asks for one tenant passes through unchanged. Matchers of __tenant_id__ choose
// among the tenants. A stream that has that label already keeps it as original___tenant_id__, as in
// Loki.
//
// Ownership: borrows the source; snapshots keep what they need of it.
// Threads:   safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "storage/source.h"

namespace narfi::server {

constexpr std::string_view kTenantLabel = "__tenant_id__";

// "a|b" is a and b.
std::vector<std::string> SplitTenants(std::string_view tenants);

class TenantsSource final : public storage::Source {
 public:
  explicit TenantsSource(storage::Source& source) : source_(source) {}

  Result<storage::Snapshot> TakeSnapshot(const storage::Selector& selector) override;
  Result<storage::CountedSnapshot> TakeCounts(const storage::Selector& selector) override;
  Result<std::vector<Labels>> Series(const storage::Selector& selector) override;
  std::vector<std::string> Tenants() override { return source_.Tenants(); }
  bool Quarantine(const storage::RowGroupReader& group, const Error& error) override;

 private:
  storage::Source& source_;
};

}  // namespace narfi::server
