// What a piece of work cost in blocks, told by whoever reads them on its thread.
//
//   BlockTally tally;
//   {
//     const BlockTallyScope scope(tally);
//     group->ReadRows(...);
//   }
//
// Ownership: a scope borrows the tally.
// Threads:   a scope counts its own thread alone; scopes nest, and the innermost counts.
#pragma once

#include <cstdint>

namespace narfi::storage {

struct BlockTally {
  struct Blocks {
    uint64_t count = 0;
    uint64_t stored_bytes = 0;  // as they lie there, frames included
    uint64_t read_ns = 0;       // reading and checking them

    void Add(const Blocks& other);
  };
  Blocks from_files;
  Blocks from_memory;  // of sealed heads

  // Of the block cache.
  uint64_t pages_asked = 0;
  uint64_t pages_found = 0;
  uint64_t found_bytes = 0;
  uint64_t pages_kept = 0;
  uint64_t kept_bytes = 0;

  void Add(const BlockTally& other);
};

class BlockTallyScope {
 public:
  explicit BlockTallyScope(BlockTally& tally);
  ~BlockTallyScope();
  BlockTallyScope(const BlockTallyScope&) = delete;
  BlockTallyScope& operator=(const BlockTallyScope&) = delete;

  // That of this thread; null when nobody counts.
  static BlockTally* current();

 private:
  BlockTally* const outer_;
};

}  // namespace narfi::storage
