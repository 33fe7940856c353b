// Whether runs of one stream have entries of one moment: only those can be equal.
#pragma once

#include <vector>

#include "base/result.h"
#include "storage/source.h"

namespace narfi::storage {

// Reads times where two of the runs overlap.
Result<bool> ShareMoments(std::vector<RunRef> runs);

}  // namespace narfi::storage
