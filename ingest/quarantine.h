// Row groups of which a block was found to be damaged: snapshots go without them, and say so.
//
// A row group stays here until the process ends; what is repaired on disk is read again after the
// next start.
//
// Threads: safe.
#pragma once

#include <atomic>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/thread_annotations.h"
#include "storage/source.h"

namespace narfi::ingest {

class Quarantine {
 public:
  // Counts and logs it the first time.
  void Add(const storage::RowGroupReader& group, const Error& error);
  bool empty() const { return is_empty_; }
  // Takes the runs of such row groups out; a warning for each row group says what is missing.
  void LeaveOut(storage::Snapshot& snapshot) const;

 private:
  std::atomic<bool> is_empty_ = true;  // so that nobody waits while there is nothing
  mutable Mutex mutex_;
  std::map<std::string, std::string> reasons_ GUARDED_BY(mutex_);  // by name of the row group
};

// "12 entries are missing from this answer: <reason>".
std::string MissingEntries(uint64_t rows, const std::string& reason);

}  // namespace narfi::ingest
