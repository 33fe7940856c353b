// Turns sealed heads into segments: one for each UTC day they touch.
//
// A row group that lies on one day and shares no moment of a stream with another one is copied as
// it is; the rows of the others, and of small ones, are merged and encoded anew.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "storage/manifest.h"
#include "storage/object_store.h"
#include "storage/row_group.h"

namespace narfi::ingest {

// Writes the segments and makes them durable; nobody sees them until a manifest edit names them.
// Entries that several groups hold are written once. `written` grows with every segment that may
// be there, also when it or a later one fails: then they are the caller's to remove.
Status WriteSegments(storage::ObjectStore& store, const std::string& tenant,
                     const std::vector<std::shared_ptr<const storage::StoredRowGroup>>& groups,
                     uint64_t covered_sequence, const Clock& clock,
                     std::vector<storage::SegmentInfo>& written);

// A new id, of a segment or of whatever else needs one.
Hash128 NewSegmentId();

// The name in the object store of a segment that the manifest lists.
std::string ObjectNameOf(const storage::SegmentInfo& info);

}  // namespace narfi::ingest
