// Row groups in memory, made of lines.
//
// Threads: free functions without state.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "storage/row_group_writer.h"

namespace narfi::storage {

// The blocks of a row group that lies nowhere.
class MemorySource final : public BlockSource {
 public:
  MemorySource(Hash128 owner, std::string bytes) : owner_(owner), bytes_(std::move(bytes)) {}
  Hash128 owner() const override { return owner_; }
  Status ReadRaw(BlockRef ref, std::string& dst) const override {
    if (ref.offset > bytes_.size() || ref.length > bytes_.size() - ref.offset)
      return Fail(Code::kCorrupt, "past the end");
    dst.assign(bytes_, ref.offset, ref.length);
    return {};
  }
  std::string& bytes() { return bytes_; }

 private:
  const Hash128 owner_;
  std::string bytes_;
};

struct MemoryGroup {
  std::shared_ptr<MemorySource> source;
  RowGroupMeta meta;
  std::shared_ptr<const StoredRowGroup> group;
};

// One stream; each entry has the metadata, if any, of its place.
MemoryGroup MakeMemoryGroup(std::span<const std::string> lines, std::span<const int64_t> times,
                            std::span<const std::vector<MetadataPair>> metadata = {},
                            PageCache* cache = nullptr);

}  // namespace narfi::storage
