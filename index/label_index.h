// From labels to streams to runs: what the footers of all live segments say, in one LevelDB.
//
// It may lag behind or run ahead of the manifest: callers drop locations in segments that do not
// live. CatchUp() at start brings it to the manifest's state, whatever it held before.
//
// Threads: safe; writers one at a time.
// Errors:  kCorrupt and kIo with LevelDB's words. A damaged or newer-format index is thrown away
// and
//          made anew by Open() and CatchUp().
// Format:  docs/format/index.md.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/labels.h"
#include "base/result.h"
#include "index/keys.h"
#include "storage/manifest.h"
#include "storage/segment_reader.h"

namespace leveldb {
class DB;
class WriteBatch;
}  // namespace leveldb

namespace narfi::index {

class LabelIndex {
 public:
  // `folder` is a path of the machine: LevelDB goes around our file seam, since what it holds can
  // always be made again.
  static Result<std::unique_ptr<LabelIndex>> Open(const std::string& folder);
  ~LabelIndex();

  using OpenSegment = std::function<Result<std::shared_ptr<const storage::SegmentReader>>(
      const storage::SegmentInfo&)>;
  // Adds and removes segments until it knows exactly those of `state`. A segment that `open` cannot
  // read is left out and handed to `unreadable`; the rest is indexed.
  Status CatchUp(const storage::ManifestState& state, const OpenSegment& open,
                 const std::function<void(const storage::SegmentInfo&, const Error&)>& unreadable);

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
  explicit LabelIndex(std::unique_ptr<leveldb::DB> db);
  Result<std::vector<StreamId>> SelectStreams(const std::string& tenant, int64_t day,
                                              const std::vector<LabelPredicate>& predicates) const;
  Result<std::vector<StreamId>> StreamsWith(const std::string& tenant, int64_t day,
                                            const LabelPredicate& predicate) const;
  Result<std::vector<StreamId>> AllStreams(const std::string& tenant, int64_t day) const;
  Status CollectRuns(const std::string& prefix, const std::string& day_prefix, int64_t start_ns,
                     int64_t end_ns, std::vector<RunLocation>& out) const;
  void PutRun(const storage::SegmentFooter& footer, uint32_t group, uint32_t run,
              const storage::StreamRun& info, leveldb::WriteBatch& batch) const;

  const std::unique_ptr<leveldb::DB> db_;
};

}  // namespace narfi::index
