#include "tests/storage/support/memory_group.h"

namespace narfi::storage {

MemoryGroup MakeMemoryGroup(std::span<const std::string> lines, std::span<const int64_t> times,
                            std::span<const std::vector<MetadataPair>> metadata, PageCache* cache) {
  const Hash128 owner{7, 8};
  BlockWriter blocks(owner, 0);
  RowGroupWriter writer(blocks, {});
  const auto labels = std::make_shared<const Labels>(std::vector<Label>{{"app", "web"}});
  for (size_t i = 0; i < lines.size(); ++i) {
    writer.Append(labels->Id(), labels, times[i], lines[i],
                  metadata.empty() ? std::span<const MetadataPair>() : metadata[i]);
  }
  MemoryGroup out;
  out.meta = writer.Finish();
  out.source = std::make_shared<MemorySource>(owner, blocks.Take());
  out.group = std::make_shared<const StoredRowGroup>(out.source, out.meta, "memory", cache);
  return out;
}

}  // namespace narfi::storage
