#include "storage/block_tally.h"

#include <doctest/doctest.h>

#include <string>
#include <thread>

#include "storage/blob_store.h"

namespace narfi::storage {
namespace {

// The bytes of a file, without one.
class FileBlocks final : public BlockSource {
 public:
  FileBlocks(Hash128 owner, std::string bytes) : blocks_(owner, std::move(bytes)) {}
  Hash128 owner() const override { return blocks_.owner(); }
  Status ReadRaw(BlockRef ref, std::string& dst) const override {
    return blocks_.ReadRaw(ref, dst);
  }

 private:
  const MemoryBlocks blocks_;
};

constexpr Hash128 kOwner{1, 2};

TEST_CASE("blocks and pages are counted, files and memory apart") {
  BlockWriter writer(kOwner, 0);
  const std::string text(1000, 'x');
  const BlockRef ref = writer.Append(text, 1);
  const std::string bytes = writer.Take();
  PageCache cache(1 << 20);
  for (const bool in_memory : {true, false}) {
    CAPTURE(in_memory);
    std::shared_ptr<const BlockSource> source;
    if (in_memory) source = std::make_shared<const MemoryBlocks>(kOwner, bytes);
    if (!in_memory) source = std::make_shared<const FileBlocks>(kOwner, bytes);
    BlobStore store(source, in_memory ? nullptr : &cache, 0);
    const uint32_t blob = store.AddBlock(ref, 1000);
    BlockTally tally;
    BlockTally outer;
    {
      const BlockTallyScope around(outer);
      const BlockTallyScope scope(tally);
      CHECK(store.Get(blob).has_value());
      CHECK(store.Get(blob).has_value());
      std::thread([&] { CHECK(store.Get(blob).has_value()); }).join();  // nobody counts
    }
    CHECK(store.Get(blob).has_value());
    const BlockTally::Blocks& read = in_memory ? tally.from_memory : tally.from_files;
    const BlockTally::Blocks& other = in_memory ? tally.from_files : tally.from_memory;
    CHECK(read.count == (in_memory ? 2 : 1));
    CHECK(read.stored_bytes == read.count * ref.length);
    CHECK(other.count == 0);
    CHECK(tally.pages_asked == (in_memory ? 0 : 2));
    CHECK(tally.pages_found == (in_memory ? 0 : 1));
    CHECK(tally.pages_kept == (in_memory ? 0 : 1));
    CHECK(tally.kept_bytes == (in_memory ? 0 : 1128));
    CHECK(tally.found_bytes == tally.kept_bytes);
    CHECK(outer.pages_asked == 0);
    CHECK(outer.from_files.count + outer.from_memory.count == 0);
    outer.Add(tally);
    CHECK(outer.pages_asked == tally.pages_asked);
    CHECK(outer.from_files.read_ns == tally.from_files.read_ns);
  }
}

}  // namespace
}  // namespace narfi::storage
