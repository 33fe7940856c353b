// Which row groups of a segment have a text in their lines, or a value in their structured
// metadata, answered for all of them at once where that can be told without asking each.
//
// An id that the segment's dictionary has is in the row groups that name its number; whether it may
// be in another column is told by the longest stretch of hexadecimal digits there. Both are found
// out once, from all row groups, and kept in the page cache: for each id of a dictionary a byte,
// which names one of the 255 most frequent sets of row groups.
//
// Ownership: borrows the segment and the cache. What is kept holds on to neither.
// Threads:   safe.
// Limits:    kMaxSetGroups row groups, kMaxTableIds ids of a dictionary, and no more than have room
//            as a page of the cache, kMaxLookupNames names.
// Errors:    none: of what is damaged nothing is known, and who asks the row group learns why.
#pragma once

#include <memory>
#include <string_view>

#include "storage/byte_runs.h"
#include "storage/group_set.h"
#include "storage/page_cache.h"
#include "storage/segment_reader.h"

namespace narfi::storage {

constexpr size_t kLeastLookup = kLeastRun;  // bytes of a text
constexpr uint32_t kMaxTableIds = 4 << 20;  // of a dictionary
constexpr size_t kMaxLookupNames = 256;     // of labels and structured metadata in a segment

class SegmentLookup {
 public:
  SegmentLookup(const SegmentReader& segment, PageCache& cache);

  // Whether anything is ever told of the text: it looks like an id.
  static bool CanTell(std::string_view text);
  GroupAnswer Unknown() const { return {0, all_}; }

  // Lines that hold the text.
  GroupAnswer WithText(std::string_view text, LookupEffort effort) const;
  // The same for one that is asked for again and again: with kMake each row group is asked, and
  // what they said is remembered.
  GroupAnswer WithCommonText(std::string_view text, LookupEffort effort) const;
  // Streams that have a label of this name.
  GroupAnswer WithLabel(std::string_view name, LookupEffort effort) const;
  // Entries that have structured metadata of this name, or this value under it.
  GroupAnswer WithMetadataName(std::string_view name, LookupEffort effort) const;
  GroupAnswer WithMetadata(std::string_view name, std::string_view value,
                           LookupEffort effort) const;

 private:
  struct Summary;
  struct IdTable;
  struct TextAnswer;

  bool HasTooMany() const { return segment_.groups().size() > kMaxSetGroups; }
  GroupAnswer Waiting() const { return {0, all_, true}; }
  // What make() gives, remembered under the number; null when it is not known and shall not be
  // made.
  template <class T, class Make>
  std::shared_ptr<const T> Remember(uint64_t number, LookupEffort effort, Make make) const;
  std::shared_ptr<const Summary> GetSummary(LookupEffort effort) const;
  // Lines, or structured metadata, that hold the text: an id.
  GroupAnswer WithId(std::string_view text, bool in_metadata, LookupEffort effort) const;
  Summary MakeSummary() const;
  IdTable MakeTable(uint32_t dictionary, uint32_t ids) const;

  const SegmentReader& segment_;
  PageCache& cache_;
  const GroupSet all_;
};

}  // namespace narfi::storage
