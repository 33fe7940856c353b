// Sets of the row groups of a segment, and what is known of each of them.
//
// Limits: kMaxSetGroups row groups; of a segment with more nothing is known.
#pragma once

#include <cstddef>
#include <cstdint>

namespace narfi::storage {

// A bit for each row group, the first the lowest.
using GroupSet = uint64_t;
constexpr size_t kMaxSetGroups = 64;

constexpr GroupSet FirstGroups(size_t count) {
  return count >= kMaxSetGroups ? ~GroupSet{0} : (GroupSet{1} << count) - 1;
}

// Which row groups may have something. Those in neither set have it not.
struct GroupAnswer {
  GroupSet may_have = 0;
  GroupSet unknown = 0;  // must be asked themselves
  // Whether some are unknown because what tells has not been made yet.
  bool waits = false;

  // Row groups that have the one or the other.
  GroupAnswer Or(const GroupAnswer& other) const {
    const GroupSet may = may_have | other.may_have;
    return {may, (unknown | other.unknown) & ~may, waits || other.waits};
  }
  // Row groups that have both.
  GroupAnswer And(const GroupAnswer& other) const {
    const GroupSet may = may_have & other.may_have;
    return {may, (may_have | unknown) & (other.may_have | other.unknown) & ~may,
            waits || other.waits};
  }
};

// Whether to look into row groups for what is not known of their segment yet. That takes some
// milliseconds, once.
enum class LookupEffort : uint8_t { kKnown, kMake };

}  // namespace narfi::storage
