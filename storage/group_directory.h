// The directory of a row group: its columns, and the templates of its lines and its metadata.
//
// Format:  docs/format/segment.md, "Directory"; that page and this header change together.
// Threads: pure functions; values.
// Limits:  kMaxColumns columns, kMaxGroupTemplates templates.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "storage/blob_store.h"
#include "storage/column_encoder.h"
#include "storage/column_node.h"
#include "storage/columnar.h"
#include "storage/source.h"

namespace narfi::storage {

constexpr uint32_t kMaxGroupTemplates = 4096;
constexpr uint64_t kMaxGroupValues = 16 << 20;  // of one column
constexpr size_t kInlineBlobBytes = 128;        // a smaller blob is part of the directory

// The names that an entry's metadata has, and the column of each one's values.
struct MetadataTemplate {
  std::vector<std::string_view> names;  // sorted
  std::vector<uint32_t> columns;
  // Where names are too many for columns of their own: one column, whose values are all pairs.
  bool is_packed() const { return names.empty() && !columns.empty(); }
};

struct GroupDirectory {
  uint32_t rows = 0;
  std::vector<ColumnInfo> columns;
  uint32_t line_templates_column = 0;  // which template each row has
  std::vector<LineTemplate> line_templates;
  uint32_t metadata_templates_column = 0;
  std::vector<MetadataTemplate> metadata_templates;
};

// What is written: the columns' blobs become blocks in `out`, one after the other, and the
// directory behind them; its place is returned.
BlockRef WriteDirectory(uint32_t rows, const std::vector<EncodedColumn>& columns,
                        uint32_t line_templates_column,
                        const std::vector<LineTemplate>& line_templates,
                        uint32_t metadata_templates_column,
                        const std::vector<MetadataTemplate>& metadata_templates, BlockWriter& out);

// Views point into `bytes`. The blocks begin at `start` and end before the directory; false when
// that is not so, or the bytes are no directory.
bool ReadDirectory(std::string_view bytes, uint64_t start, uint64_t end, GroupDirectory& directory,
                   BlobStore& blobs);

}  // namespace narfi::storage
