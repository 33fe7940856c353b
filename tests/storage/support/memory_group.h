// Row groups in memory, made of lines.
//
// Threads: free functions without state.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "storage/row_group_writer.h"

namespace narfi::storage {

// One stream; each entry has the metadata, if any, of its place.
std::shared_ptr<const StoredRowGroup> MakeMemoryGroup(
    std::span<const std::string> lines, std::span<const int64_t> times,
    std::span<const std::vector<MetadataPair>> metadata = {});

}  // namespace narfi::storage
