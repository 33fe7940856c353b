// Writes one segment: entries in order, row group after row group, then the footer.
//
// Order:     entries by (stream id, time, arrival), equal ones already dropped.
// Limits:    kMaxWaiting row groups share their ids, and kMaxWaitingBytes of those that are encoded
//            here wait in memory.
// Ownership: the store is borrowed; appended texts are copied.
// Threads:   one at a time.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "storage/object_store.h"
#include "storage/row_group_writer.h"
#include "storage/segment_format.h"

namespace narfi::storage {

constexpr size_t kMaxWaiting = 64;
constexpr uint64_t kMaxWaitingBytes = 24 << 20;

class SegmentWriter {
 public:
  // `about` names the segment: id, tenant, day, created_ns, covered_sequence, replaces.
  static Result<std::unique_ptr<SegmentWriter>> Create(ObjectStore& store, const std::string& name,
                                                       SegmentFooter about,
                                                       RowGroupWriter::Options options);

  // Cuts by itself when a row group is full.
  Status Append(StreamId id, const std::shared_ptr<const Labels>& labels, int64_t time_ns,
                std::string_view line, std::span<const MetadataPair> metadata);
  // Takes a whole row group as it is: nothing of it is encoded again but which ids it has.
  Status CopyGroup(std::shared_ptr<const StoredRowGroup> group);
  uint64_t rows() const { return rows_; }

  // Writes the footer and makes the segment durable. Gives its footer and the size of the file.
  struct Written {
    SegmentFooter footer;
    uint64_t file_bytes = 0;
  };
  Result<Written> Commit();

 private:
  SegmentWriter(std::unique_ptr<ObjectWriter> object, SegmentFooter about,
                RowGroupWriter::Options options);
  Status Cut();
  Status Keep(std::shared_ptr<const StoredRowGroup> group, bool is_in_memory);
  // Writes the row groups that wait, and the ids that they share in front of them.
  Status WriteBatch();
  Status WriteOut();

  const std::unique_ptr<ObjectWriter> object_;
  SegmentFooter footer_;
  const RowGroupWriter::Options options_;
  BlockWriter blocks_;
  // The row group that is being encoded, in memory.
  std::optional<RowGroupWriter> group_;
  // Row groups that wait for the ids of others.
  std::vector<std::shared_ptr<const StoredRowGroup>> waiting_;
  uint64_t waiting_bytes_ = 0;  // of those in memory
  uint64_t rows_ = 0;
};

}  // namespace narfi::storage
