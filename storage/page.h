// Pages: up to kBatchRows rows of one column, packed into a block and unpacked again.
//
// Format: docs/format/segment.md, "Pages". Times: signed varint deltas. Metadata: the distinct sets
//         of pairs, then each row's set. Lines are in line_page.h.
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/block.h"
#include "storage/source.h"

namespace narfi::storage {

// Where the three columns of a page lie.
struct PageRef {
  uint32_t rows = 0;
  BlockRef time;
  BlockRef line;
  BlockRef metadata;
};

std::string EncodeTimes(std::span<const int64_t> times);
// `offsets` has one more element than there are rows; row i owns pairs [offsets[i], offsets[i +
// 1]).
std::string EncodeMetadata(std::span<const MetadataPair> pairs, std::span<const uint32_t> offsets);

// Unpacked pages; the views point into `text`.
struct TimePage {
  std::vector<int64_t> times;
};
struct MetadataPage {
  std::string text;
  std::vector<MetadataPair> pairs;    // of the distinct sets
  std::vector<uint32_t> set_offsets;  // distinct sets + 1
  std::vector<uint32_t> row_sets;     // which set a row has
};

Result<std::shared_ptr<const TimePage>> DecodeTimes(std::string_view payload, uint32_t rows);
Result<std::shared_ptr<const MetadataPage>> DecodeMetadata(std::string payload, uint32_t rows);

}  // namespace narfi::storage
