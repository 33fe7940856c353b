// A segment file: one immutable file of many row groups of one tenant and one UTC day.
//
// Format: docs/format/segment.md; that page and this header change together.
// Limits: a footer of kMaxFooterBytes, unpacked.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "storage/row_group.h"

namespace narfi::storage {

constexpr std::string_view kSegmentMagic = "NARFISEG";
constexpr uint32_t kSegmentVersion = 3;        // 1 and 2 were in no release and are not read
constexpr uint32_t kSegmentHeaderBytes = 32;   // magic, version, reserved, id
constexpr uint32_t kSegmentTrailerBytes = 32;  // footer offset and length, version, checksum, magic
constexpr uint32_t kMaxFooterBytes = 512u << 20;

// What a footer says.
struct SegmentFooter {
  Hash128 id;
  std::string tenant;
  int64_t day = 0;  // UTC days since 1970
  int64_t created_ns = 0;
  // Every push of the tenant up to this sequence is in this segment, in older ones, or in segments
  // of other days written by the same flush.
  uint64_t covered_sequence = 0;
  std::vector<Hash128> replaces;       // what this one was merged from, and what that was
  std::vector<BlockRef> dictionaries;  // of ids that row groups share: where their heads lie
  std::vector<RowGroupMeta> groups;
};

std::string EncodeFooter(const SegmentFooter& footer);
Result<SegmentFooter> DecodeFooter(std::string_view bytes);

// "<tenant folder>/<day>/<id>.seg": the name in the object store.
std::string SegmentName(std::string_view tenant_folder, int64_t day, Hash128 id);

}  // namespace narfi::storage
