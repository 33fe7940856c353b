// What of a tenant's entries is in no answer although it is still stored: deleted or expired.
//
// Ownership: HiddenEntries borrows the rules and shares the deletes.
// Threads:   immutable.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/labels.h"
#include "base/result.h"
#include "ingest/retention.h"
#include "storage/manifest.h"
#include "storage/visible_rows.h"

namespace narfi::ingest {

// A delete of the manifest, its matchers compiled.
struct EntryDelete {
  std::shared_ptr<const storage::DeletePredicate> what;
  std::vector<LabelPredicate> predicates;
};
// kInvalidArgument when a matcher does not compile, there is none, or the range is empty.
Result<EntryDelete> CompileDelete(std::shared_ptr<const storage::DeletePredicate> what);

// The deletes of one tenant, by id.
using EntryDeletes = std::map<Hash128, std::shared_ptr<const EntryDelete>>;

class HiddenEntries {
 public:
  // `deletes` may be null. Only what lies in [start_ns, end_ns) matters to whoever asks.
  HiddenEntries(const RetentionRules& rules, const EntryDeletes* deletes, int64_t now_ns,
                int64_t start_ns = INT64_MIN, int64_t end_ns = INT64_MAX);

  // Nothing is hidden, whatever the stream.
  bool empty() const { return deletes_.empty() && !expires_; }
  std::vector<storage::HiddenTimes> Of(const Labels& labels) const;

 private:
  const RetentionRules& rules_;
  const int64_t now_ns_;
  bool expires_ = false;
  std::vector<std::shared_ptr<const EntryDelete>> deletes_;
};

}  // namespace narfi::ingest
