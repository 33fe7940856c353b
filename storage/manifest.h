// The manifest: the only truth about which segments live, and up to which sequence of the WAL each
// tenant is covered by them.
//
// It changes by edits; Commit() is compare-and-commit on the generation, so that a store shared by
// several nodes can stand behind the same interface later. An edit is durable when Commit()
// returns.
//
// Removed segments stay in the state, apart from the living, until an edit says that their files
// are gone: a start knows by that which files it may remove.
//
// Ownership: states are immutable and shared.
// Threads:   state() from anywhere; Commit() one at a time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/hash.h"
#include "base/result.h"

namespace narfi::storage {

struct SegmentInfo {
  Hash128 id;
  std::string tenant;
  int64_t day = 0;  // UTC days since 1970
  int64_t min_time_ns = 0;
  int64_t max_time_ns = 0;
  uint64_t rows = 0;
  uint64_t line_bytes = 0;
  uint64_t file_bytes = 0;
  uint64_t covered_sequence = 0;  // as its footer says; segments of a tenant age by it
  uint8_t level = 0;              // how often its lines were merged, at most
  int64_t created_ns = 0;         // as its footer says; 0 when an older version wrote it
};

// Entries that were deleted: hidden from every answer at once, and dropped from files by merges.
struct DeletePredicate {
  struct Matcher {
    std::string name;
    std::string op;  // "=", "!=", "=~", "!~"
    std::string value;
    bool operator==(const Matcher&) const = default;
  };
  Hash128 id;
  std::string tenant;
  std::vector<Matcher> matchers;  // of the streams, all of them
  int64_t start_ns = 0;           // both ends are deleted too
  int64_t end_ns = 0;
  int64_t created_ns = 0;
  uint64_t generation = 0;  // the edit that brought it; given by that edit
  bool operator==(const DeletePredicate&) const = default;
};

struct ManifestState {
  uint64_t generation = 0;
  std::map<Hash128, std::shared_ptr<const SegmentInfo>> segments;
  std::map<std::string, uint64_t> covered;  // tenant -> sequence
  // Segments that live no more and whose files may still be there.
  std::map<Hash128, std::shared_ptr<const SegmentInfo>> removed;
  std::map<Hash128, std::shared_ptr<const DeletePredicate>> deletes;
};

struct ManifestEdit {
  std::vector<SegmentInfo> add;
  std::vector<Hash128> remove;  // must live
  std::vector<std::pair<std::string, uint64_t>> covered;
  std::vector<Hash128> gone = {};  // removed before; their files are no longer there, durably
  std::vector<SegmentInfo> removed = {};  // of a checkpoint: what earlier edits removed
  std::vector<DeletePredicate> add_deletes = {};
  std::vector<Hash128> remove_deletes = {};  // must be there
};

class Manifest {
 public:
  virtual ~Manifest() = default;
  virtual std::shared_ptr<const ManifestState> state() const = 0;
  // True when the log that was opened ended in a record that was not whole.
  virtual bool is_cut() const = 0;
  // Applies `edit` to generation `expected`: all of it or nothing. kUnavailable when the generation
  // is another one by now; kIo when it could not be made durable (then the edit may or may not be
  // there after a restart, but this process goes on without it).
  virtual Result<std::shared_ptr<const ManifestState>> Commit(uint64_t expected,
                                                              const ManifestEdit& edit) = 0;
};

// Opens or creates the manifest in `folder`. A manifest that is there is only read: the first
// Commit() starts a new log, so that opening needs no space. What was cut from a torn tail is
// logged. kCorrupt when a durable part is damaged.
Result<std::unique_ptr<Manifest>> OpenLocalManifest(FileSystem& fs, const std::string& folder);

}  // namespace narfi::storage
