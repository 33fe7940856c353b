// Snapshots of selectors that can rule out whole row groups (storage::GroupFilter).
//
// Threads: free functions.
#pragma once

#include <vector>

#include "ingest/quarantine.h"
#include "storage/source.h"

namespace narfi::ingest {

// Takes out the runs whose row group is ruled out. One that is too damaged to be asked stays and
// goes into quarantine.
Status DropRuledOut(const storage::GroupFilter& filter, std::vector<storage::RunRef>& runs,
                    Quarantine& quarantine);

}  // namespace narfi::ingest
