// What the tests of pushes share: bodies, and batches shown as text.
//
// Threads: free functions without state.
#pragma once

#include <lz4frame.h>
#include <snappy.h>
#include <zlib.h>
#include <zstd.h>

#include <string>
#include <string_view>

#include "ingest/push_body.h"

namespace narfi::ingest {

inline std::string Snappy(std::string_view bytes) {
  std::string out;
  snappy::Compress(bytes.data(), bytes.size(), &out);
  return out;
}

// window_bits: 31 gzip, 15 zlib, -15 raw deflate.
inline std::string Deflated(std::string_view bytes, int window_bits) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, bytes.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

inline std::string Zstd(std::string_view bytes) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), 3));
  return out;
}

// One frame; with a checksum and blocks of 64 KiB that refer to those before them.
inline std::string Lz4(std::string_view bytes) {
  LZ4F_preferences_t preferences = LZ4F_INIT_PREFERENCES;
  preferences.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled;
  std::string out(LZ4F_compressFrameBound(bytes.size(), &preferences), '\0');
  out.resize(LZ4F_compressFrame(out.data(), out.size(), bytes.data(), bytes.size(), &preferences));
  return out;
}

inline tl::expected<PushBatch, PushAnswer> DecodeJson(std::string_view body) {
  return Decode({"application/json", "", body}, {});
}

// {app="x"} 5 first line a=1 b=2; 6 second line|{...} ...
inline std::string Show(const PushBatch& batch) {
  std::string out;
  for (const PushStream& stream : batch.streams) {
    if (!out.empty()) out += '|';
    out += stream.labels.ToString();
    for (const PushEntry& entry : stream.entries) {
      if (&entry != &stream.entries.front()) out += ';';
      out += ' ' + std::to_string(entry.time_ns) + ' ' + std::string(entry.line);
      for (const MetadataPair& pair : entry.metadata) {
        out += ' ' + std::string(pair.name) + '=' + std::string(pair.value);
      }
    }
  }
  return out;
}

// The batch as text, or "<status> <text>".
inline std::string ShowResult(const tl::expected<PushBatch, PushAnswer>& result) {
  if (result) return Show(*result);
  return std::to_string(result.error().status) + ' ' + result.error().text;
}

}  // namespace narfi::ingest
