#include "storage/pack.h"

#include <zstd.h>

#include <memory>

namespace narfi::storage {
namespace {

// One context a thread: making one costs more than packing a page.
ZSTD_CCtx* PackContext() {
  static thread_local const std::unique_ptr<ZSTD_CCtx, size_t (*)(ZSTD_CCtx*)> context(
      ZSTD_createCCtx(), ZSTD_freeCCtx);
  return context.get();
}

ZSTD_DCtx* UnpackContext() {
  static thread_local const std::unique_ptr<ZSTD_DCtx, size_t (*)(ZSTD_DCtx*)> context(
      ZSTD_createDCtx(), ZSTD_freeDCtx);
  return context.get();
}

// Frames shorter than this never pay for their header.
constexpr size_t kLeastToPack = 33;

}  // namespace

bool AppendPacked(std::string& dst, std::string_view text, int level) {
  if (level <= 0 || text.size() < kLeastToPack) return false;
  const size_t begin = dst.size();
  dst.resize(begin + ZSTD_compressBound(text.size()));
  const size_t packed = ZSTD_compressCCtx(PackContext(), dst.data() + begin, dst.size() - begin,
                                          text.data(), text.size(), level);
  const bool smaller = ZSTD_isError(packed) == 0 && packed < text.size();
  dst.resize(begin + (smaller ? packed : 0));
  return smaller;
}

bool Unpack(std::string_view frame, std::string& out) {
  const size_t got =
      ZSTD_decompressDCtx(UnpackContext(), out.data(), out.size(), frame.data(), frame.size());
  return ZSTD_isError(got) == 0 && got == out.size();
}

uint64_t UnpackedBytes(std::string_view frame) {
  const unsigned long long size = ZSTD_getFrameContentSize(frame.data(), frame.size());
  return size >= ZSTD_CONTENTSIZE_ERROR ? UINT64_MAX : size;
}

}  // namespace narfi::storage
