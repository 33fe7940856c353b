// The blobs of a row group's columns, fetched when they are asked for.
//
// Ownership: shares the BlockSource, borrows the cache, which may be null.
// Threads:   safe.
// Errors:    kCorrupt for a damaged block.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/result.h"
#include "storage/blob.h"
#include "storage/block.h"
#include "storage/id_dictionary.h"
#include "storage/page_cache.h"

namespace narfi::storage {

class BlobStore {
 public:
  // `ids` are those of the segment; null where there are none.
  BlobStore(std::shared_ptr<const BlockSource> source, PageCache* cache, uint64_t directory,
            std::shared_ptr<const IdDictionaries> ids = nullptr)
      : source_(std::move(source)), cache_(cache), directory_(directory), ids_(std::move(ids)) {}

  const IdDictionaries* ids() const { return ids_.get(); }

  // Each returns the number of the blob.
  uint32_t AddInline(std::string_view bytes);
  uint32_t AddBlock(BlockRef ref, uint32_t unpacked);

  uint32_t size() const { return static_cast<uint32_t>(blobs_.size()); }
  // Its bytes as they are stored, the checksum looked at.
  Result<Blob> GetStored(uint32_t blob) const;
  // What it takes on disk, its frame included.
  uint64_t StoredBytes(uint32_t blob) const {
    const Entry& entry = blobs_[blob];
    return entry.inlined != nullptr ? entry.inlined->size() : entry.ref.length;
  }
  uint64_t UnpackedBytes(uint32_t blob) const {
    const Entry& entry = blobs_[blob];
    return entry.inlined != nullptr ? entry.inlined->size() : entry.unpacked;
  }
  Result<std::shared_ptr<const std::string>> Get(uint32_t blob) const;
  // The same for what is read once: it is not remembered.
  Result<std::shared_ptr<const std::string>> GetOnce(uint32_t blob) const;
  // Something made of blobs, remembered under `number`, which the caller makes unique within the
  // row group, and not 0. `make` gives Result<std::shared_ptr<const T>>, `bytes` what one takes.
  // `worth` is that of PageCache.
  template <class T, class Make, class Bytes>
  Result<std::shared_ptr<const T>> Remember(uint64_t number, Make make, Bytes bytes,
                                            uint8_t worth = 0) const {
    const PageKey key{source_->owner(), directory_, number};
    if (cache_ != nullptr) {
      if (auto found = cache_->Find(key)) return std::static_pointer_cast<const T>(found);
    }
    NARFI_ASSIGN(std::shared_ptr<const T> made, make());
    if (cache_ != nullptr) cache_->Insert(key, made, bytes(*made) + 128, worth);
    return made;
  }
  // The same for what has a name: `number` is made of a hash of it, so that another name may have
  // that number too; then it is made anew each time. No other type is remembered under `number`.
  template <class T, class Make, class Bytes>
  Result<std::shared_ptr<const T>> RememberNamed(uint64_t number, std::string_view name, Make make,
                                                 Bytes bytes, uint8_t worth = 0) const {
    struct Named {
      std::string name;
      std::shared_ptr<const T> value;
    };
    const auto make_named = [&]() -> Result<std::shared_ptr<const Named>> {
      NARFI_ASSIGN(std::shared_ptr<const T> value, make());
      return std::make_shared<const Named>(Named{std::string(name), std::move(value)});
    };
    const auto named_bytes = [&](const Named& made) -> uint64_t {
      return made.name.size() + bytes(*made.value);
    };
    NARFI_ASSIGN(const auto found, Remember<Named>(number, make_named, named_bytes, worth));
    if (found->name == name) return found->value;
    return make();
  }

 private:
  struct Entry {
    std::shared_ptr<const std::string> inlined;  // null: a block
    BlockRef ref;
    uint32_t unpacked = 0;
  };

  Result<std::shared_ptr<const std::string>> Read(uint32_t blob, bool remember) const;

  const std::shared_ptr<const BlockSource> source_;
  PageCache* const cache_;
  const uint64_t directory_;  // where it lies: names the row group
  const std::shared_ptr<const IdDictionaries> ids_;
  std::vector<Entry> blobs_;
};

// Where texts made of columns live: in the arena, or in what is pinned.
struct TextSink {
  Arena arena{32 << 10};
  std::vector<std::shared_ptr<const void>> pins;
  uint64_t left = 256 << 20;  // a made-up column takes no more

  // Null when there is no more.
  char* Allocate(uint64_t bytes) {
    if (bytes > left) return nullptr;
    left -= bytes;
    return arena.Allocate(bytes == 0 ? 1 : bytes);
  }
};

}  // namespace narfi::storage
