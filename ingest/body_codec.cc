#include "ingest/body_codec.h"

#include <fmt/format.h>
#include <libdeflate.h>
#include <snappy.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

namespace narfi::ingest {
namespace {

enum class Wrapping : uint8_t { kGzip, kRawDeflate };

struct FreeDecompressor {
  void operator()(libdeflate_decompressor* d) const { libdeflate_free_decompressor(d); }
};

libdeflate_decompressor* ThreadDecompressor() {
  thread_local std::unique_ptr<libdeflate_decompressor, FreeDecompressor> decompressor(
      libdeflate_alloc_decompressor());
  return decompressor.get();
}

constexpr size_t kUsualPerByte = 8;
constexpr size_t kMostOfLogs = 32;
constexpr size_t kMostPerDeflatedByte = 1032;
constexpr size_t kMostPerSnappyByte = 22;  // a copy of 64 bytes takes three

uint32_t GzipClaim(std::string_view body) {
  uint32_t claimed = 0;
  if (body.size() >= 4) std::memcpy(&claimed, body.data() + body.size() - 4, 4);
  return claimed;
}

// A first guess at the unpacked size. The size that gzip carries at its end is believed only as far
// as real logs go; a body that needs more grows step by step.
size_t FirstGuess(Wrapping wrapping, std::string_view body, uint64_t max_bytes,
                  uint64_t sure_bytes) {
  uint64_t guess = body.size() * kUsualPerByte + 4096;
  if (wrapping == Wrapping::kGzip && body.size() >= 4) {
    const uint32_t claimed = GzipClaim(body);
    if (claimed <= std::max<uint64_t>(body.size() * kMostOfLogs, sure_bytes)) guess = claimed;
  }
  return std::min<uint64_t>(std::max<uint64_t>(guess, 1), max_bytes);
}

struct MemberResult {
  libdeflate_result code;
  size_t read = 0;
  size_t written = 0;
};

MemberResult UnpackMember(Wrapping wrapping, std::string_view in, char* out, size_t room) {
  MemberResult result{};
  libdeflate_decompressor* decompressor = ThreadDecompressor();
  result.code = wrapping == Wrapping::kGzip
                    ? libdeflate_gzip_decompress_ex(decompressor, in.data(), in.size(), out, room,
                                                    &result.read, &result.written)
                    : libdeflate_deflate_decompress_ex(decompressor, in.data(), in.size(), out,
                                                       room, &result.read, &result.written);
  return result;
}

std::string FlateWords(const z_stream& stream, int code, bool gzip) {
  const std::string_view words = stream.msg == nullptr ? "" : stream.msg;
  if (code == Z_BUF_ERROR || code == Z_OK) return "unexpected EOF";
  if (gzip && words == "incorrect header check") return "gzip: invalid header";
  if (words == "incorrect data check" || words == "incorrect length check") {
    return "gzip: invalid checksum";
  }
  return fmt::format("flate: corrupt input before offset {}", stream.total_in);
}

// Why a body that could not be unpacked could not: the slow decoder knows. A body that is corrupt
// before its first byte comes out reads as an empty one, as in Loki.
std::string ExplainFailure(Wrapping wrapping, std::string_view in) {
  const bool gzip = wrapping == Wrapping::kGzip;
  if (in.empty()) return "EOF";
  if (gzip && in.size() < 10) return "unexpected EOF";
  z_stream stream{};
  if (inflateInit2(&stream, gzip ? 15 + 16 : -15) != Z_OK) return "unexpected EOF";
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
  stream.avail_in = static_cast<uInt>(std::min<size_t>(in.size(), UINT32_MAX));
  std::array<Bytef, 16 << 10> scratch;
  int code = Z_OK;
  do {
    stream.next_out = scratch.data();
    stream.avail_out = scratch.size();
    code = inflate(&stream, Z_NO_FLUSH);
  } while (code == Z_OK && (stream.avail_in > 0 || stream.avail_out == 0));
  std::string words = FlateWords(stream, code, gzip);
  if (stream.total_out == 0 && words.starts_with("flate:")) words = "EOF";
  inflateEnd(&stream);
  return words;
}

// Gzip bodies may be several members in a row.
Result<std::string> Unpack(Wrapping wrapping, std::string_view body, uint64_t max_bytes,
                           uint64_t sure_bytes) {
  std::string out = TakeText(FirstGuess(wrapping, body, max_bytes, sure_bytes));
  size_t used = 0;
  std::string_view rest = body;
  do {
    const MemberResult member = UnpackMember(wrapping, rest, out.data() + used, out.size() - used);
    if (member.code == LIBDEFLATE_INSUFFICIENT_SPACE) {
      if (out.size() >= max_bytes) return BodyTooLarge(max_bytes + 1, max_bytes);
      const size_t more = std::min<uint64_t>(out.size() * 2 + 4096, max_bytes);
      out.reserve(more + kBodySlack);
      out.resize(more);
      continue;
    }
    if (member.code != LIBDEFLATE_SUCCESS) {
      return Fail(Code::kInvalidArgument, ExplainFailure(wrapping, rest));
    }
    used += member.written;
    rest.remove_prefix(member.read);
    if (wrapping == Wrapping::kRawDeflate) break;  // what follows is no part of it
  } while (!rest.empty());
  out.resize(used);
  return out;
}

}  // namespace

tl::unexpected<Error> BodyTooLarge(uint64_t bytes, uint64_t max_bytes) {
  return Fail(Code::kLimit,
              fmt::format("Request body too large: {} bytes, limit: {} bytes", bytes, max_bytes));
}

uint64_t ClaimedUnpacked(std::string_view encoding, std::string_view body) {
  const uint64_t usual = body.size() * kUsualPerByte + 4096;
  if (encoding == "gzip")
    return std::max<uint64_t>(
        std::min<uint64_t>(GzipClaim(body), body.size() * kMostPerDeflatedByte), body.size());
  if (encoding == "deflate" || encoding == "lz4") return usual;
  if (encoding == "zstd") {
    // Both words for "not known" are larger than that.
    const uint64_t claim = ZSTD_getFrameContentSize(body.data(), body.size());
    return claim <= body.size() * kMostOfLogs ? std::max<uint64_t>(claim, body.size()) : usual;
  }
  size_t claimed = 0;
  if (encoding == "snappy" && snappy::GetUncompressedLength(body.data(), body.size(), &claimed))
    return std::min<uint64_t>(claimed, body.size() * kMostPerSnappyByte);
  return body.size();
}

Result<std::string> Gunzip(std::string_view body, uint64_t max_bytes, uint64_t sure_bytes) {
  if (body.size() < 10) return Fail(Code::kInvalidArgument, ExplainFailure(Wrapping::kGzip, body));
  return Unpack(Wrapping::kGzip, body, max_bytes, sure_bytes);
}

Result<std::string> Inflate(std::string_view body, uint64_t max_bytes) {
  if (body.empty()) return Fail(Code::kInvalidArgument, "EOF");
  return Unpack(Wrapping::kRawDeflate, body, max_bytes, 0);
}

Result<std::string> UnpackSnappy(std::string_view body, uint64_t max_bytes) {
  size_t claimed = 0;
  if (!snappy::GetUncompressedLength(body.data(), body.size(), &claimed) ||
      claimed > body.size() * kMostPerSnappyByte) {
    return Fail(Code::kInvalidArgument, "snappy: corrupt input");
  }
  if (claimed > max_bytes) return BodyTooLarge(claimed, max_bytes);
  std::string out = TakeText(claimed);
  if (!snappy::RawUncompress(body.data(), body.size(), out.data())) {
    return Fail(Code::kInvalidArgument, "snappy: corrupt input");
  }
  return out;
}

}  // namespace narfi::ingest
