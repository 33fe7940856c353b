// `narfi segment inspect|verify|dump FILE...`: segment files, read without a server.
//
// Every file is worked off, also after one that is damaged; the exit status is the worst.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "cli/console.h"
#include "cli/options.h"
#include "storage/object_store.h"
#include "storage/segment_reader.h"

namespace narfi::cli {

// The exit status.
int RunSegment(const SegmentOptions& options, Console& console,
               const std::atomic<bool>& interrupted);

// A file of the machine as an object of the store of its folder.
struct SegmentFile {
  std::unique_ptr<storage::ObjectStore> store;
  std::string name;
};
SegmentFile FindSegmentFile(const std::string& path);

// What `inspect` prints of an open segment. Errors: kCorrupt when a directory is damaged.
Result<std::string> DescribeSegment(const std::string& path, const storage::SegmentReader& segment,
                                    bool columns, bool color);

// Writes the entries of the streams that pass as JSON lines. What cannot be read is left out and
// said on stderr; false then. Ends early when nobody reads any more or when interrupted.
bool DumpSegment(const storage::SegmentReader& segment,
                 const std::vector<LabelPredicate>& predicates, Console& console,
                 const std::atomic<bool>& interrupted);

}  // namespace narfi::cli
