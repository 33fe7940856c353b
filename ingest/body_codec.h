// Unpacks request bodies: gzip, raw deflate (RFC 1951, as Loki takes it), snappy blocks, and the
// frames of zstd (RFC 8878) and LZ4.
//
// Errors:  kInvalidArgument in the words of Go's libraries ("gzip: invalid header", "unexpected
//          EOF", "snappy: corrupt input"), of zstd and LZ4 in those of their libraries; kLimit when
//          the unpacked body would pass `max_bytes`.
// Limits:  never holds more than 32 times the body before it has proven to be that large, and never
//          a result of more than max_bytes;
//          what a body claims about its size is not believed further than that. LZ4 has two of
//          its blocks beside it, up to 8 MiB in all; zstd needs no window, for it unpacks in place.
// Results: have kBodySlack bytes of capacity to spare.
// Threads: safe; codec state is kept per thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "ingest/kept_text.h"

namespace narfi::ingest {

// What the body says that it unpacks to, as far as a body of its size can (of zstd: as far as logs
// do); a guess for deflate and LZ4. Not to be believed without the memory for it.
uint64_t ClaimedUnpacked(std::string_view encoding, std::string_view body);

// `sure_bytes`: what there is memory for whatever comes; so much is believed at once.
Result<std::string> Gunzip(std::string_view body, uint64_t max_bytes, uint64_t sure_bytes = 0);
Result<std::string> Inflate(std::string_view body, uint64_t max_bytes);
Result<std::string> UnpackSnappy(std::string_view body, uint64_t max_bytes);
// Of several frames in a row the text is one.
Result<std::string> UnpackZstd(std::string_view body, uint64_t max_bytes);
Result<std::string> UnpackLz4(std::string_view body, uint64_t max_bytes);

// kLimit: "Request body too large: 12 bytes, limit: 10 bytes"; Loki answers it with 413.
tl::unexpected<Error> BodyTooLarge(uint64_t bytes, uint64_t max_bytes);

}  // namespace narfi::ingest
