#include "storage/segment_writer.h"

#include "base/bytes.h"
#include "storage/group_copy.h"

namespace narfi::storage {

SegmentWriter::SegmentWriter(std::unique_ptr<ObjectWriter> object, SegmentFooter about,
                             RowGroupWriter::Options options)
    : object_(std::move(object)),
      footer_(std::move(about)),
      options_(options),
      blocks_(footer_.id, kSegmentHeaderBytes) {}

Result<std::unique_ptr<SegmentWriter>> SegmentWriter::Create(ObjectStore& store,
                                                             const std::string& name,
                                                             SegmentFooter about,
                                                             RowGroupWriter::Options options) {
  NARFI_ASSIGN(auto object, store.Create(name));
  std::string header(kSegmentMagic);
  PutU32(header, kSegmentVersion);
  PutU32(header, 0);
  PutU64(header, about.id.high);
  PutU64(header, about.id.low);
  NARFI_TRY(object->Append(header));
  return std::unique_ptr<SegmentWriter>(
      new SegmentWriter(std::move(object), std::move(about), options));
}

Status SegmentWriter::Append(StreamId id, const std::shared_ptr<const Labels>& labels,
                             int64_t time_ns, std::string_view line,
                             std::span<const MetadataPair> metadata) {
  if (!group_) group_.emplace(footer_.id, options_);
  group_->Append(id, labels, time_ns, line, metadata);
  ++rows_;
  return group_->full() ? Cut() : Status();
}

Status SegmentWriter::CopyGroup(std::shared_ptr<const StoredRowGroup> group) {
  NARFI_TRY(Cut());
  rows_ += RowsOf(group->meta());
  return Keep(std::move(group), false);
}

Status SegmentWriter::Cut() {
  if (!group_) return {};
  auto group = group_->Finish("row group on its way", nullptr);
  group_.reset();
  return Keep(std::move(group), true);
}

Status SegmentWriter::Keep(std::shared_ptr<const StoredRowGroup> group, bool is_in_memory) {
  if (is_in_memory) waiting_bytes_ += group->stored_bytes();
  waiting_.push_back(std::move(group));
  const bool is_full = waiting_.size() >= kMaxWaiting || waiting_bytes_ >= kMaxWaitingBytes;
  return is_full ? WriteBatch() : Status();
}

Status SegmentWriter::WriteBatch() {
  if (waiting_.empty()) return {};
  GroupCopier copier(blocks_, footer_.dictionaries);
  for (const auto& group : waiting_) NARFI_TRY(copier.Add(group));
  copier.WriteDictionaries();
  NARFI_TRY(WriteOut());
  for (size_t i = 0; i < waiting_.size(); ++i) {
    NARFI_ASSIGN(RowGroupMeta meta, copier.Write(i));
    footer_.groups.push_back(std::move(meta));
    NARFI_TRY(WriteOut());
  }
  waiting_.clear();
  waiting_bytes_ = 0;
  return {};
}

Status SegmentWriter::WriteOut() {
  NARFI_TRY(object_->Append(blocks_.bytes()));
  blocks_.Drop();
  return {};
}

Result<SegmentWriter::Written> SegmentWriter::Commit() {
  NARFI_TRY(Cut());
  NARFI_TRY(WriteBatch());
  const BlockRef footer = blocks_.Append(EncodeFooter(footer_), 1);
  NARFI_TRY(WriteOut());
  std::string trailer;
  PutU64(trailer, footer.offset);
  PutU32(trailer, footer.length);
  PutU32(trailer, kSegmentVersion);
  PutU64(trailer, Hash64(trailer));
  trailer += kSegmentMagic;
  NARFI_TRY(object_->Append(trailer));
  NARFI_TRY(object_->Commit());
  return Written{std::move(footer_), blocks_.end() + kSegmentTrailerBytes};
}

}  // namespace narfi::storage
