#include "tests/storage/support/memory_group.h"

namespace narfi::storage {

std::shared_ptr<const StoredRowGroup> MakeMemoryGroup(
    std::span<const std::string> lines, std::span<const int64_t> times,
    std::span<const std::vector<MetadataPair>> metadata) {
  RowGroupWriter writer({7, 8}, {});
  const auto labels = std::make_shared<const Labels>(std::vector<Label>{{"app", "web"}});
  for (size_t i = 0; i < lines.size(); ++i) {
    writer.Append(labels->Id(), labels, times[i], lines[i],
                  metadata.empty() ? std::span<const MetadataPair>() : metadata[i]);
  }
  return writer.Finish("memory", nullptr);
}

}  // namespace narfi::storage
