// Files in the object store that the manifest does not list: what flushes and merges that never
// came to their end left behind, and what an older copy of the manifest does not know.
//
// Removed is only what is proven to be nobody's: what an edit removed; unfinished files; segments
// of a flush that was not committed, whose entries the write-ahead log still holds; segments that a
// living one replaced; merged segments of which all parts live. Anything else stays where it is,
// with a warning.
#pragma once

#include <string>
#include <vector>

#include "storage/manifest.h"
#include "storage/object_store.h"

namespace narfi::ingest {

// `names`: all that the store holds. `is_cut`: the manifest lost its tail, so that nothing is known
// about what was committed last.
void ClearStrangers(storage::ObjectStore& store, const std::vector<std::string>& names,
                    const storage::ManifestState& state, bool is_cut);

}  // namespace narfi::ingest
