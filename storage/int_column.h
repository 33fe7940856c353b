// Columns of integers: as they are or as distances, in as few bits or bytes as they need.
//
// Format:  docs/format/segment.md, "Integers".
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace narfi::storage {

// Appends the form that is smallest, after zstd at `level` where bytes are chosen.
void AppendInts(std::string& dst, std::span<const int64_t> values, int level);
// Replaces `values` by `count` integers; false when the bytes are not as many.
bool ReadInts(ByteReader& reader, uint64_t count, std::vector<int64_t>& values);

}  // namespace narfi::storage
