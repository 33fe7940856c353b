// Reads the files that an earlier start left in the write-ahead log.
//
// Threads: pure, but for the calls of `push`.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/file.h"
#include "base/result.h"
#include "ingest/wal_format.h"

namespace narfi::ingest {

struct ReplayReport {
  uint64_t records = 0;
  uint64_t torn_bytes = 0;                 // cut off the tail: a write that was never answered
  uint64_t damaged_records = 0;            // inside the file: something that was answered is lost
  std::map<std::string, uint64_t> newest;  // tenant -> last sequence in the file
};

// Calls `push` for every whole record of the file in order; its views live for that call. An error
// of `push` ends the replay.
Result<ReplayReport> ReplayFile(FileSystem& fs, const std::string& path, uint64_t number,
                                const std::function<Status(const WalPush&)>& push);

}  // namespace narfi::ingest
