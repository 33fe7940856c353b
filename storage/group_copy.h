// Row groups on their way into a segment: copied without being encoded again, but for their ids,
// which go into dictionaries that all of them share.
//
// Ownership: keeps the row groups until they are written.
// Threads:   one at a time.
// Errors:    kCorrupt when a block of a row group is damaged; nothing more may be asked then.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "storage/block.h"
#include "storage/row_group.h"

namespace narfi::storage {

class GroupCopier {
 public:
  // Blocks go to `out`; heads of dictionaries to `dictionaries`, behind those that are there.
  GroupCopier(BlockWriter& out, std::vector<BlockRef>& dictionaries)
      : out_(out), dictionaries_(dictionaries) {}

  // Reads which ids the row group has.
  Status Add(std::shared_ptr<const StoredRowGroup> group);
  // Writes the dictionaries of what was added.
  void WriteDictionaries();
  // Writes the row group that was added as number `index`; describes it as it lies now.
  Result<RowGroupMeta> Write(size_t index);

 private:
  struct Ids {
    std::string packed;                // of all row groups, then distinct and sorted
    uint64_t added = 0;                // ids that came in
    uint32_t dictionary = UINT32_MAX;  // UINT32_MAX: not worth sharing
  };
  struct Column {
    uint32_t number = 0;      // in the row group's directory
    std::string pattern_key;  // names the ids that it belongs to
    std::string packed;       // its own, sorted
  };
  struct Added {
    std::shared_ptr<const StoredRowGroup> group;
    std::vector<Column> columns;
  };

  BlockWriter& out_;
  std::vector<BlockRef>& dictionaries_;
  std::vector<Added> added_;
  std::map<std::string, Ids> ids_;  // by flags and pattern
};

}  // namespace narfi::storage
