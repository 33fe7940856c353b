#include "storage/segment_reader.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "storage/id_dictionary.h"

namespace narfi::storage {
namespace {

class SegmentBlocks final : public BlockSource {
 public:
  SegmentBlocks(std::shared_ptr<const Object> object, Hash128 id)
      : object_(std::move(object)), id_(id) {}
  Hash128 owner() const override { return id_; }
  Status ReadRaw(BlockRef ref, std::string& dst) const override {
    return object_->Read(ref.offset, ref.length, dst);
  }

 private:
  const std::shared_ptr<const Object> object_;
  const Hash128 id_;
};

struct Trailer {
  BlockRef footer;
  uint32_t version = 0;
};

Result<Trailer> ReadTrailer(const Object& object) {
  if (object.size() < kSegmentHeaderBytes + kSegmentTrailerBytes)
    return Fail(Code::kCorrupt, "too short for a segment");
  std::string bytes;
  NARFI_TRY(object.Read(object.size() - kSegmentTrailerBytes, kSegmentTrailerBytes, bytes));
  ByteReader reader(bytes);
  const uint64_t offset = reader.U64();
  const uint32_t length = reader.U32();
  const uint32_t version = reader.U32();
  const uint64_t checksum = reader.U64();
  if (reader.rest() != kSegmentMagic) return Fail(Code::kCorrupt, "not a segment, or cut short");
  if (checksum != Hash64(std::string_view(bytes).substr(0, 16)))
    return Fail(Code::kCorrupt, "damaged trailer");
  if (version > kSegmentVersion)
    return Fail(Code::kCorrupt, fmt::format("format version {} is newer than this program's {}",
                                            version, kSegmentVersion));
  if (version < kSegmentVersion)
    return Fail(Code::kCorrupt, fmt::format("format version {} is of before the first release; "
                                            "start with a new storage root",
                                            version));
  return Trailer{{offset, length}, version};
}

Result<Hash128> ReadHeader(const Object& object) {
  std::string bytes;
  NARFI_TRY(object.Read(0, kSegmentHeaderBytes, bytes));
  ByteReader reader(bytes);
  if (reader.Bytes(kSegmentMagic.size()) != kSegmentMagic)
    return Fail(Code::kCorrupt, "not a segment");
  reader.U64();  // version, which the trailer repeats under its checksum, and reserved bytes
  const uint64_t high = reader.U64();
  return Hash128{high, reader.U64()};
}

Result<SegmentFooter> ReadFooter(const SegmentBlocks& blocks, BlockRef ref, Hash128 id) {
  if (ref.length > kMaxFooterBytes) return Fail(Code::kCorrupt, "footer too long");
  NARFI_ASSIGN(const std::string bytes, ReadBlock(blocks, ref));
  NARFI_ASSIGN(SegmentFooter footer, DecodeFooter(bytes));
  if (footer.id != id) return Fail(Code::kCorrupt, "footer of another segment");
  return footer;
}

}  // namespace

Result<std::shared_ptr<const SegmentReader>> SegmentReader::Open(ObjectStore& store,
                                                                 const std::string& name,
                                                                 PageCache* cache) {
  const auto wrap = [&](Error error) { return Wrap("segment " + name, std::move(error)); };
  auto object = store.Open(name);
  if (!object) return wrap(std::move(object).error());
  auto trailer = ReadTrailer(**object);
  if (!trailer) return wrap(std::move(trailer).error());
  auto id = ReadHeader(**object);
  if (!id) return wrap(std::move(id).error());
  const auto blocks = std::make_shared<const SegmentBlocks>(*object, *id);
  auto footer = ReadFooter(*blocks, trailer->footer, *id);
  if (!footer) return wrap(std::move(footer).error());
  std::shared_ptr<SegmentReader> reader(new SegmentReader());
  reader->ids_ = std::make_shared<const IdDictionaries>(blocks, footer->dictionaries, cache);
  for (size_t i = 0; i < footer->groups.size(); ++i) {
    reader->groups_.push_back(std::make_shared<const StoredRowGroup>(
        blocks, std::move(footer->groups[i]), fmt::format("segment {} row group {}", ToHex(*id), i),
        cache, reader->ids_));
  }
  footer->groups.clear();
  reader->footer_ = std::move(*footer);
  reader->file_bytes_ = (*object)->size();
  return std::shared_ptr<const SegmentReader>(std::move(reader));
}

}  // namespace narfi::storage
