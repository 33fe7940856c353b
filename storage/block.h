// Blocks: the checksummed, self-describing pieces that segments and sealed heads are made of.
//
// Format:  docs/format/segment.md, "Block": u32 payload length as stored, u8 encoding, u32 length
//          unpacked, payload, u64 checksum. The checksum is XXH3-64 over everything before it,
//          seeded with the owner's id and the block's offset, so that a block read from the wrong
//          place is a bad block.
// Threads: BlockWriter one at a time; BlockSource safe.
// Limits:  kMaxBlockBytes stored and unpacked; checked before allocating.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/result.h"

namespace narfi::storage {

constexpr uint32_t kMaxBlockBytes = 1u << 30;
constexpr uint32_t kBlockHeaderBytes = 9;
constexpr uint32_t kBlockTrailerBytes = 8;

enum class BlockEncoding : uint8_t { kRaw = 0, kZstd = 1 };

// Where a block lies, frame included.
struct BlockRef {
  uint64_t offset = 0;
  uint32_t length = 0;
  bool operator==(const BlockRef&) const = default;
};

// Collects framed blocks in memory; the owner writes `bytes()` out and calls Drop() as it likes.
class BlockWriter {
 public:
  // `start` is the offset of the first byte within the file of `owner`.
  BlockWriter(Hash128 owner, uint64_t start) : owner_(owner), start_(start) {}

  // Frames `payload`, packed by zstd at `level` when that makes it smaller (level 0: never).
  BlockRef Append(std::string_view payload, int level);

  // Frames what is packed by zstd already, or shall not be.
  BlockRef AppendBlob(std::string_view stored, bool is_packed, uint32_t unpacked);

  uint64_t end() const { return start_ + bytes_.size(); }
  const std::string& bytes() const { return bytes_; }
  std::string Take() { return std::move(bytes_); }
  // Forgets what is collected; offsets go on.
  void Drop() {
    start_ += bytes_.size();
    bytes_.clear();
  }

 private:
  const Hash128 owner_;
  uint64_t start_;
  std::string bytes_;
};

// Gives the raw bytes of a block.
class BlockSource {
 public:
  virtual ~BlockSource() = default;
  virtual Hash128 owner() const = 0;
  // Whether its bytes are in memory, and of no file.
  virtual bool is_memory() const { return false; }
  virtual Status ReadRaw(BlockRef ref, std::string& dst) const = 0;
};

// Blocks in memory, whose first byte is at offset 0.
class MemoryBlocks final : public BlockSource {
 public:
  MemoryBlocks(Hash128 owner, std::string bytes) : owner_(owner), bytes_(std::move(bytes)) {}
  Hash128 owner() const override { return owner_; }
  bool is_memory() const override { return true; }
  Status ReadRaw(BlockRef ref, std::string& dst) const override {
    if (ref.offset > bytes_.size() || ref.length > bytes_.size() - ref.offset)
      return Fail(Code::kCorrupt, "past the end");
    dst.assign(bytes_, ref.offset, ref.length);
    return {};
  }

 private:
  const Hash128 owner_;
  const std::string bytes_;
};

// Reads, checks and unpacks a block: kCorrupt with the reason when it is not what was written.
Result<std::string> ReadBlock(const BlockSource& source, BlockRef ref);

// A payload as it is stored.
struct Blob {
  std::string bytes;
  uint32_t unpacked = 0;   // bytes once unpacked
  bool is_packed = false;  // by zstd
};
// Reads and checks a block without unpacking it.
Result<Blob> ReadStored(const BlockSource& source, BlockRef ref);

}  // namespace narfi::storage
