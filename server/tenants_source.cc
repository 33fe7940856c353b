#include "server/tenants_source.h"

#include <algorithm>
#include <map>
#include <memory>

namespace narfi::server {
namespace {

Labels WithTenant(const Labels& labels, const std::string& tenant) {
  std::vector<Label> pairs;
  for (const Label& label : labels)
    pairs.push_back(
        {label.name == kTenantLabel ? "original_" + label.name : label.name, label.value});
  pairs.push_back({std::string(kTenantLabel), tenant});
  return Labels(std::move(pairs));
}

// A row group of a tenant: all as it is, but for the labels of its streams. Its runs stay in their
// order, which is by the ids that they had.
class TenantGroup final : public storage::RowGroupReader {
 public:
  TenantGroup(std::shared_ptr<const storage::RowGroupReader> group, const std::string& tenant)
      : group_(std::move(group)), runs_(group_->runs()) {
    for (storage::StreamRun& run : runs_) {
      run.labels = std::make_shared<const Labels>(WithTenant(*run.labels, tenant));
      run.id = run.labels->Id();
    }
  }
  const storage::RowGroupReader& inner() const { return *group_; }

  storage::Origin origin() const override { return group_->origin(); }
  const std::vector<storage::StreamRun>& runs() const override { return runs_; }
  bool is_exact() const override { return group_->is_exact(); }
  std::string name() const override { return group_->name(); }
  Status Read(uint32_t run, uint32_t first, uint32_t count, storage::ColumnSet columns,
              storage::RowBatch& out) const override {
    return group_->Read(run, first, count, columns, out);
  }
  bool MayContain(uint32_t run, std::string_view needle) const override {
    return group_->MayContain(run, needle);
  }
  uint64_t ReadCost(uint32_t run, storage::ColumnSet columns) const override {
    return group_->ReadCost(run, columns);
  }
  Result<std::shared_ptr<const storage::Columnar>> columnar() const override {
    return group_->columnar();
  }
  Status ReadRows(std::span<const uint32_t> rows, storage::ColumnSet columns,
                  storage::RowBatch& out) const override {
    return group_->ReadRows(rows, columns, out);
  }
  Result<uint32_t> RowsBefore(uint32_t run, int64_t time_ns) const override {
    return group_->RowsBefore(run, time_ns);
  }

 private:
  const std::shared_ptr<const storage::RowGroupReader> group_;
  std::vector<storage::StreamRun> runs_;
};

// The selectors of the tenants that the predicates let pass, one each.
std::vector<storage::Selector> SelectorsOf(const storage::Selector& selector) {
  std::vector<LabelPredicate> of_tenant;
  storage::Selector one = selector;
  std::erase_if(one.predicates, [&](const LabelPredicate& predicate) {
    if (predicate.name != kTenantLabel) return false;
    of_tenant.push_back(predicate);
    return true;
  });
  std::vector<storage::Selector> out;
  for (std::string& tenant : SplitTenants(selector.tenant)) {
    if (!Matches(WithTenant({}, tenant), of_tenant)) continue;
    one.tenant = std::move(tenant);
    out.push_back(one);
  }
  return out;
}

}  // namespace

std::vector<std::string> SplitTenants(std::string_view tenants) {
  std::vector<std::string> out;
  for (;;) {
    const size_t end = tenants.find('|');
    out.emplace_back(tenants.substr(0, end));
    if (end == std::string_view::npos) return out;
    tenants.remove_prefix(end + 1);
  }
}

Result<storage::Snapshot> TenantsSource::TakeSnapshot(const storage::Selector& selector) {
  if (selector.tenant.find('|') == std::string::npos) return source_.TakeSnapshot(selector);
  storage::Snapshot all;
  uint32_t overlaps = 0;  // numbers of one tenant must not meet those of another
  for (const storage::Selector& one : SelectorsOf(selector)) {
    NARFI_ASSIGN(storage::Snapshot snapshot, source_.TakeSnapshot(one));
    std::map<const storage::RowGroupReader*, std::shared_ptr<const TenantGroup>> groups;
    const uint32_t below = overlaps;
    for (storage::RunRef& run : snapshot.runs) {
      auto& group = groups[run.group.get()];
      if (group == nullptr) group = std::make_shared<const TenantGroup>(run.group, one.tenant);
      if (run.overlap != 0) run.overlap += below;
      overlaps = std::max(overlaps, run.overlap);
      all.runs.push_back({group, run.run, run.overlap});
    }
    for (std::string& warning : snapshot.warnings)
      all.warnings.push_back("tenant " + one.tenant + ": " + warning);
  }
  return all;
}

Result<storage::CountedSnapshot> TenantsSource::TakeCounts(const storage::Selector& selector) {
  if (selector.tenant.find('|') == std::string::npos) return source_.TakeCounts(selector);
  return Source::TakeCounts(selector);
}

Result<std::vector<Labels>> TenantsSource::Series(const storage::Selector& selector) {
  if (selector.tenant.find('|') == std::string::npos) return source_.Series(selector);
  std::vector<Labels> all;
  for (const storage::Selector& one : SelectorsOf(selector)) {
    NARFI_ASSIGN(const auto series, source_.Series(one));
    for (const Labels& labels : series) all.push_back(WithTenant(labels, one.tenant));
  }
  std::sort(all.begin(), all.end());
  return all;
}

bool TenantsSource::Quarantine(const storage::RowGroupReader& group, const Error& error) {
  const auto* of_tenant = dynamic_cast<const TenantGroup*>(&group);
  return source_.Quarantine(of_tenant == nullptr ? group : of_tenant->inner(), error);
}

}  // namespace narfi::server
