// Snapshots of selectors that can rule out whole row groups (storage::Selector::may_hold).
//
// Threads: free functions.
#pragma once

#include <vector>

#include "storage/source.h"

namespace narfi::ingest {

// Takes out the runs whose row group is ruled out.
Status DropRuledOut(const storage::Selector& selector, std::vector<storage::RunRef>& runs);

}  // namespace narfi::ingest
