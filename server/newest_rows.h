// The newest entries of a selector, about in order of time from new to old, without the exact merge
// that a log query does: for looking at what lines are like.
//
// Reads a page at a time from the run whose unread part is the newest.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "base/result.h"
#include "storage/source.h"

namespace narfi::server {

struct RowsBudget {
  uint64_t rows = 20'000;
  uint64_t bytes = 32 << 20;  // of lines
};

using SeeRow = std::function<void(int64_t time_ns, std::string_view line,
                                  std::span<const storage::MetadataPair> metadata)>;

// `go_on` is asked before each page: false ends the walk early.
Status WalkNewestRows(storage::Source& source, const storage::Selector& selector, RowsBudget budget,
                      const std::function<bool()>& go_on, const SeeRow& see);

}  // namespace narfi::server
