#include "storage/segment_writer.h"

#include "base/bytes.h"

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
  if (!group_) group_.emplace(blocks_, options_);
  group_->Append(id, labels, time_ns, line, metadata);
  ++rows_;
  return group_->full() ? Cut() : Status();
}

Status SegmentWriter::CopyGroup(const StoredRowGroup& group) {
  NARFI_TRY(Cut());
  RowGroupMeta meta = group.meta();
  std::string raw;
  NARFI_TRY(group.source().ReadRaw({meta.start, static_cast<uint32_t>(group.stored_bytes())}, raw));
  const uint64_t start = blocks_.end();
  if (auto copied = CopyBlocks(raw, group.source().owner(), meta.start, blocks_); !copied)
    return Wrap(group.name(), std::move(copied).error());
  const uint64_t moved = start - meta.start;  // wraps
  meta.start = start;
  meta.directory.offset += moved;
  meta.times.offset += moved;
  rows_ += RowsOf(meta);
  footer_.groups.push_back(std::move(meta));
  return WriteOut();
}

Status SegmentWriter::Cut() {
  if (!group_) return {};
  footer_.groups.push_back(group_->Finish());
  group_.reset();
  return WriteOut();
}

Status SegmentWriter::WriteOut() {
  NARFI_TRY(object_->Append(blocks_.bytes()));
  blocks_.Drop();
  return {};
}

Result<SegmentWriter::Written> SegmentWriter::Commit() {
  NARFI_TRY(Cut());
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
