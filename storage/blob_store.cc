#include "storage/blob_store.h"

namespace narfi::storage {

uint32_t BlobStore::AddInline(std::string_view bytes) {
  blobs_.push_back({std::make_shared<const std::string>(bytes), {}, 0});
  return size() - 1;
}

uint32_t BlobStore::AddBlock(BlockRef ref, uint32_t unpacked) {
  blobs_.push_back({nullptr, ref, unpacked});
  return size() - 1;
}

Result<std::shared_ptr<const std::string>> BlobStore::Read(uint32_t blob, bool remember) const {
  const Entry& entry = blobs_[blob];
  if (entry.inlined != nullptr) return entry.inlined;
  const PageKey key{source_->owner(), entry.ref.offset};
  if (cache_ != nullptr) {
    if (auto found = cache_->Find(key)) return std::static_pointer_cast<const std::string>(found);
  }
  NARFI_ASSIGN(std::string bytes, ReadBlock(*source_, entry.ref));
  if (bytes.size() != entry.unpacked) return Fail(Code::kCorrupt, "a block of another length");
  auto made = std::make_shared<const std::string>(std::move(bytes));
  if (cache_ != nullptr && remember) cache_->Insert(key, made, made->size() + 128);
  return made;
}

Result<std::shared_ptr<const std::string>> BlobStore::Get(uint32_t blob) const {
  return Read(blob, true);
}

Result<std::shared_ptr<const std::string>> BlobStore::GetOnce(uint32_t blob) const {
  return Read(blob, false);
}

Result<Blob> BlobStore::GetStored(uint32_t blob) const {
  const Entry& entry = blobs_[blob];
  if (entry.inlined != nullptr)
    return Blob{*entry.inlined, static_cast<uint32_t>(entry.inlined->size()), false};
  return ReadStored(*source_, entry.ref);
}

}  // namespace narfi::storage
