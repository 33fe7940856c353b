// What a query knows about row groups that cannot hold what it wants, for a Source to leave them
// out of a snapshot before their runs are looked for.
//
// A segment is asked as a whole first (MayHoldIn); the row groups of which that tells nothing are
// asked one by one (MayHold). Both are right when in doubt: no entry that is wanted may be lost.
//
// Ownership: shared by the selector and by what runs after the snapshot was taken.
// Threads:   safe; MayHold is called on the threads of ForAll.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

#include "base/result.h"
#include "storage/group_set.h"

namespace narfi::storage {

class RowGroupReader;
class SegmentLookup;

class GroupFilter {
 public:
  virtual ~GroupFilter() = default;

  // False only when it is proven that no entry of the row group is wanted, whatever its stream. An
  // error fails the snapshot, but for kCorrupt, which takes the row group out of it.
  virtual Result<bool> MayHold(const RowGroupReader& group) const = 0;

  // The same for all row groups of a segment at once, so far as it can be told. Asked only when
  // AsksSegments().
  virtual bool AsksSegments() const { return false; }
  virtual GroupAnswer MayHoldIn(const SegmentLookup& /*lookup*/, LookupEffort /*effort*/) const {
    return {0, ~GroupSet{0}};
  }

  // Two filters of one name answer alike for the same row group. Empty: it has none.
  virtual std::string_view name() const { return {}; }

  // Calls body(0) .. body(count - 1), each once, and returns when all are done.
  virtual void ForAll(size_t count, const std::function<void(size_t)>& body) const {
    for (size_t i = 0; i < count; ++i) body(i);
  }

  // Runs the task. True: it is done. False: another thread does it some time after, or it was
  // dropped; the source and what it has given out must outlive it.
  virtual bool Run(std::function<void()> task) const {
    task();
    return true;
  }
};

}  // namespace narfi::storage
