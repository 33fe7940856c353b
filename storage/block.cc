#include "storage/block.h"

#include <fmt/format.h>
#include <cstring>

#include "base/bytes.h"
#include "base/check.h"
#include "base/clock.h"
#include "storage/block_tally.h"
#include "storage/pack.h"

namespace narfi::storage {
namespace {

uint64_t ChecksumSeed(Hash128 owner, uint64_t offset) {
  return owner.high ^ (owner.low * 0x9E3779B97F4A7C15ULL) ^ offset;
}

tl::unexpected<Error> BadBlock(BlockRef ref, std::string_view why) {
  return Fail(Code::kCorrupt, fmt::format("block at {}: {}", ref.offset, why));
}

Result<std::string> UnpackBlock(BlockRef ref, BlockEncoding encoding, std::string_view payload,
                                uint32_t unpacked) {
  if (encoding == BlockEncoding::kRaw) {
    if (payload.size() != unpacked) return BadBlock(ref, "its length does not fit");
    return std::string(payload);
  }
  if (encoding != BlockEncoding::kZstd) return BadBlock(ref, "unknown encoding");
  if (UnpackedBytes(payload) != unpacked) return BadBlock(ref, "its length does not fit");
  std::string out(unpacked, '\0');
  if (!Unpack(payload, out)) return BadBlock(ref, "it does not unpack");
  return out;
}

}  // namespace

BlockRef BlockWriter::Append(std::string_view payload, int level) {
  NARFI_CHECK(payload.size() <= kMaxBlockBytes);
  const uint64_t offset = end();
  const size_t begin = bytes_.size();
  PutU32(bytes_, 0);  // stored length, set below
  PutU8(bytes_, static_cast<uint8_t>(BlockEncoding::kRaw));
  PutU32(bytes_, static_cast<uint32_t>(payload.size()));
  if (AppendPacked(bytes_, payload, level)) {
    bytes_[begin + 4] = static_cast<char>(BlockEncoding::kZstd);
  } else {
    bytes_.append(payload);
  }
  const auto length = static_cast<uint32_t>(bytes_.size() - begin - kBlockHeaderBytes);
  std::memcpy(bytes_.data() + begin, &length, sizeof length);
  PutU64(bytes_, Hash64(std::string_view(bytes_).substr(begin), ChecksumSeed(owner_, offset)));
  return {offset, static_cast<uint32_t>(bytes_.size() - begin)};
}

BlockRef BlockWriter::AppendBlob(std::string_view stored, bool is_packed, uint32_t unpacked) {
  const uint64_t offset = end();
  const size_t begin = bytes_.size();
  PutU32(bytes_, static_cast<uint32_t>(stored.size()));
  PutU8(bytes_, static_cast<uint8_t>(is_packed ? BlockEncoding::kZstd : BlockEncoding::kRaw));
  PutU32(bytes_, unpacked);
  bytes_ += stored;
  PutU64(bytes_, Hash64(std::string_view(bytes_).substr(begin), ChecksumSeed(owner_, offset)));
  return {offset, static_cast<uint32_t>(bytes_.size() - begin)};
}

namespace {

// A block's parts, in `raw`, once its checksum is right.
struct Framed {
  std::string raw;
  BlockEncoding encoding = BlockEncoding::kRaw;
  uint32_t unpacked = 0;
  std::string_view payload;
};

Status CheckFramed(const BlockSource& source, BlockRef ref, Framed& out) {
  if (ref.length < kBlockHeaderBytes + kBlockTrailerBytes)
    return BadBlock(ref, "too short to be one");
  NARFI_TRY(source.ReadRaw(ref, out.raw));
  const std::string_view framed =
      std::string_view(out.raw).substr(0, out.raw.size() - kBlockTrailerBytes);
  ByteReader trailer(std::string_view(out.raw).substr(framed.size()));
  if (trailer.U64() != Hash64(framed, ChecksumSeed(source.owner(), ref.offset)))
    return BadBlock(ref, "bad checksum");
  ByteReader reader(framed);
  const uint32_t stored = reader.U32();
  out.encoding = static_cast<BlockEncoding>(reader.U8());
  out.unpacked = reader.U32();
  out.payload = reader.Bytes(stored);
  if (!reader.ok() || !reader.done() || out.unpacked > kMaxBlockBytes)
    return BadBlock(ref, "its length does not fit");
  return {};
}

Status ReadFramed(const BlockSource& source, BlockRef ref, Framed& out) {
  BlockTally* const tally = BlockTallyScope::current();
  if (tally == nullptr) return CheckFramed(source, ref, out);
  const int64_t begin_ns = SystemClock().MonotonicNs();
  const Status checked = CheckFramed(source, ref, out);
  BlockTally::Blocks& blocks = source.is_memory() ? tally->from_memory : tally->from_files;
  ++blocks.count;
  blocks.stored_bytes += ref.length;
  blocks.read_ns += static_cast<uint64_t>(SystemClock().MonotonicNs() - begin_ns);
  return checked;
}

}  // namespace

Result<std::string> ReadBlock(const BlockSource& source, BlockRef ref) {
  Framed framed;
  NARFI_TRY(ReadFramed(source, ref, framed));
  return UnpackBlock(ref, framed.encoding, framed.payload, framed.unpacked);
}

Result<Blob> ReadStored(const BlockSource& source, BlockRef ref) {
  Framed framed;
  NARFI_TRY(ReadFramed(source, ref, framed));
  if (framed.encoding != BlockEncoding::kRaw && framed.encoding != BlockEncoding::kZstd)
    return BadBlock(ref, "unknown encoding");
  return Blob{std::string(framed.payload), framed.unpacked,
              framed.encoding == BlockEncoding::kZstd};
}

}  // namespace narfi::storage
