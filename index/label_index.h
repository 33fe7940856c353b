// From labels to streams to runs: what the footers of all live segments say, in one LevelDB.
//
// It may lag behind or run ahead of the manifest: callers drop locations in segments that do not
// live. CatchUp() at start brings it to the manifest's state, whatever it held before.
//
// Threads: safe; writers (CatchUp, AddSegment, RemoveSegment, Remake) one at a time.
// Errors:  kCorrupt when what is asked for is damaged, kIo with LevelDB's words: Remake() and
//          CatchUp() help, and until both have passed FindRuns() is kUnavailable. Open() and
//          CatchUp() help themselves. Where no disk takes it, it is kept in memory.
// Format:  docs/format/index.md.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <shared_mutex>
#include <string>
#include <vector>

#include "base/labels.h"
#include "base/result.h"
#include "index/keys.h"
#include "storage/manifest.h"
#include "storage/segment_reader.h"

namespace leveldb {
class WriteBatch;
}  // namespace leveldb

namespace narfi::index {

class Database;

class LabelIndex {
 public:
  // `folder` is a path of the machine; see index/database.h.
  static Result<std::unique_ptr<LabelIndex>> Open(const std::string& folder);
  ~LabelIndex();

  using OpenSegment = std::function<Result<std::shared_ptr<const storage::SegmentReader>>(
      const storage::SegmentInfo&)>;
  // Adds and removes segments until it knows exactly those of `state`. A segment that `open` cannot
  // read is left out and handed to `unreadable`; the rest is indexed.
  using Unreadable = std::function<void(const storage::SegmentInfo&, const Error&)>;
  Status CatchUp(const storage::ManifestState& state, const OpenSegment& open,
                 const Unreadable& unreadable);
  // Throws all of it away; CatchUp() must follow.
  Status Remake();
  // How often that happened: tells whether somebody else has seen to an error already.
  uint64_t remakes() const { return remakes_.load(); }
  bool is_whole() const { return is_whole_.load(); }

  Status AddSegment(const storage::SegmentReader& segment);
  Status RemoveSegment(Hash128 id);

  // Where the streams that pass `predicates` have runs that touch [start_ns, end_ns), on `days`.
  Result<std::vector<RunLocation>> FindRuns(const std::string& tenant,
                                            const std::vector<int64_t>& days,
                                            const std::vector<LabelPredicate>& predicates,
                                            int64_t start_ns, int64_t end_ns) const;
  Result<Labels> LabelsOf(const std::string& tenant, int64_t day, StreamId id) const;
  // The newest entry that any segment ever held of the stream; INT64_MIN when none did.
  Result<int64_t> NewestTime(const std::string& tenant, StreamId id) const;

 private:
  explicit LabelIndex(std::string folder);
  Status TryCatchUp(const storage::ManifestState& state, const OpenSegment& open,
                    const Unreadable& unreadable);
  Result<int64_t> ReadNewest(const std::string& tenant, StreamId id) const;
  static void PutRun(const storage::SegmentFooter& footer, uint32_t group, uint32_t run,
                     const storage::StreamRun& info, leveldb::WriteBatch& batch);

  const std::string folder_;
  // Shared by whoever uses db_, exclusive for changing it.
  mutable std::shared_mutex gate_;
  std::unique_ptr<Database> db_;
  std::atomic<uint64_t> remakes_ = 0;
  std::atomic<bool> is_whole_ = false;
};

}  // namespace narfi::index
