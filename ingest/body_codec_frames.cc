// Packings in frames: zstd and LZ4.
#include <fmt/format.h>
#include <lz4frame.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <memory>

#include "base/check.h"
#include "ingest/body_codec.h"

namespace narfi::ingest {
namespace {

struct FreeZstd {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};
struct FreeLz4 {
  void operator()(LZ4F_dctx* context) const { LZ4F_freeDecompressionContext(context); }
};
using Lz4Context = std::unique_ptr<LZ4F_dctx, FreeLz4>;

ZSTD_DCtx* ThreadZstd() {
  thread_local std::unique_ptr<ZSTD_DCtx, FreeZstd> context(ZSTD_createDCtx());
  return context.get();
}

// A context after an error cannot go on, and blocks are too large to be kept: one a body.
Lz4Context MakeLz4() {
  LZ4F_dctx* context = nullptr;
  const auto code = LZ4F_createDecompressionContext(&context, LZ4F_VERSION);
  NARFI_CHECK(!LZ4F_isError(code));
  return Lz4Context(context);
}

std::string RoomFor(std::string_view encoding, std::string_view body, uint64_t max_bytes) {
  return TakeText(std::min(std::max<uint64_t>(ClaimedUnpacked(encoding, body), 1), max_bytes));
}

void Widen(std::string& out, uint64_t max_bytes) {
  const size_t more = std::min<uint64_t>(out.size() * 2 + 4096, max_bytes);
  out.reserve(more + kBodySlack);
  out.resize(more);
}

tl::unexpected<Error> ZstdFailed(size_t code) {
  if (ZSTD_getErrorCode(code) == ZSTD_error_srcSize_wrong)
    return Fail(Code::kInvalidArgument, "unexpected EOF");
  return Fail(Code::kInvalidArgument, fmt::format("zstd: {}", ZSTD_getErrorName(code)));
}

}  // namespace

// A frame that does not fit is unpacked once more into twice the room: in place it needs no window
// of its own, which a few bytes of a hostile body could ask hundreds of megabytes for.
Result<std::string> UnpackZstd(std::string_view body, uint64_t max_bytes) {
  if (body.empty()) return Fail(Code::kInvalidArgument, "EOF");
  std::string out = RoomFor("zstd", body, max_bytes);
  size_t used = 0;
  do {
    const size_t frame_bytes = ZSTD_findFrameCompressedSize(body.data(), body.size());
    if (ZSTD_isError(frame_bytes)) return ZstdFailed(frame_bytes);
    const size_t written = ZSTD_decompressDCtx(ThreadZstd(), out.data() + used, out.size() - used,
                                               body.data(), frame_bytes);
    if (ZSTD_getErrorCode(written) == ZSTD_error_dstSize_tooSmall) {
      if (out.size() >= max_bytes) return BodyTooLarge(max_bytes + 1, max_bytes);
      Widen(out, max_bytes);
      continue;
    }
    if (ZSTD_isError(written)) return ZstdFailed(written);
    used += written;
    body.remove_prefix(frame_bytes);
  } while (!body.empty());
  out.resize(used);
  return out;
}

Result<std::string> UnpackLz4(std::string_view body, uint64_t max_bytes) {
  if (body.empty()) return Fail(Code::kInvalidArgument, "EOF");
  const Lz4Context context = MakeLz4();
  // A byte more than may be: that it was written tells that the body is too large, while of one
  // that fits the end mark can still be read.
  const uint64_t room = max_bytes + 1;
  std::string out = RoomFor("lz4", body, room);
  size_t used = 0;
  size_t wanted = 1;  // 0: at the end of a frame
  do {
    size_t written = out.size() - used;
    size_t read = body.size();
    wanted =
        LZ4F_decompress(context.get(), out.data() + used, &written, body.data(), &read, nullptr);
    if (LZ4F_isError(wanted))
      return Fail(Code::kInvalidArgument, fmt::format("lz4: {}", LZ4F_getErrorName(wanted)));
    used += written;
    body.remove_prefix(read);
    if (used > max_bytes) return BodyTooLarge(max_bytes + 1, max_bytes);
    if (used == out.size()) {
      Widen(out, room);
    } else if (wanted > 0 && body.empty()) {
      return Fail(Code::kInvalidArgument, "unexpected EOF");
    }
  } while (wanted > 0 || !body.empty());
  out.resize(used);
  return out;
}

}  // namespace narfi::ingest
