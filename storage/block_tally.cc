#include "storage/block_tally.h"

#include <utility>

namespace narfi::storage {
namespace {

thread_local BlockTally* current_tally = nullptr;

}  // namespace

void BlockTally::Blocks::Add(const Blocks& other) {
  count += other.count;
  stored_bytes += other.stored_bytes;
  read_ns += other.read_ns;
}

void BlockTally::Add(const BlockTally& other) {
  from_files.Add(other.from_files);
  from_memory.Add(other.from_memory);
  pages_asked += other.pages_asked;
  pages_found += other.pages_found;
  found_bytes += other.found_bytes;
  pages_kept += other.pages_kept;
  kept_bytes += other.kept_bytes;
}

BlockTallyScope::BlockTallyScope(BlockTally& tally)
    : outer_(std::exchange(current_tally, &tally)) {}

BlockTallyScope::~BlockTallyScope() { current_tally = outer_; }

BlockTally* BlockTallyScope::current() { return current_tally; }

}  // namespace narfi::storage
