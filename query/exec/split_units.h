// Cuts units of overlapping runs where their rows do not really meet.
//
// Runs overlap when their first and last times do; often only few rows lie in the stretch that they
// share, or one run leaves a hole for the other. What stands alone then answers from its columns,
// and the rest is merged as before. Equal entries lie at equal times, and so in one piece.
#pragma once

#include <vector>

#include "query/exec/scan_unit.h"

namespace narfi::query {

// Only units whose row groups all have columns are cut; their pieces come last.
Status SplitOverlaps(std::vector<ScanUnit>& units);

}  // namespace narfi::query
