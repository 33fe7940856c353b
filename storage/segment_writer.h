// Writes one segment: entries in order, row group after row group, then the footer.
//
// Order:     entries by (stream id, time, arrival), equal ones already dropped.
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

class SegmentWriter {
 public:
  // `about` names the segment: id, tenant, day, created_ns, covered_sequence, replaces.
  static Result<std::unique_ptr<SegmentWriter>> Create(ObjectStore& store, const std::string& name,
                                                       SegmentFooter about,
                                                       RowGroupWriter::Options options);

  // Cuts by itself when a row group is full.
  Status Append(StreamId id, const std::shared_ptr<const Labels>& labels, int64_t time_ns,
                std::string_view line, std::span<const MetadataPair> metadata);
  // Copies a whole row group block by block, after checking each: nothing is encoded again.
  Status CopyGroup(const StoredRowGroup& group);
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
  Status WriteOut();

  const std::unique_ptr<ObjectWriter> object_;
  SegmentFooter footer_;
  const RowGroupWriter::Options options_;
  BlockWriter blocks_;
  std::optional<RowGroupWriter> group_;
  uint64_t rows_ = 0;
};

}  // namespace narfi::storage
