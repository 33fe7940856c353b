// zstd frames, with the contexts that each thread keeps: what blocks are packed by.
//
// Format:  docs/format/segment.md, "Block".
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace narfi::storage {

// Appends `text` as one frame; false, with `dst` as it was, when that would not make it smaller or
// the level is 0.
bool AppendPacked(std::string& dst, std::string_view text, int level);
// Fills `out` with what the frame holds; false unless that is exactly out.size() bytes.
bool Unpack(std::string_view frame, std::string& out);
// The length a frame says it unpacks to; UINT64_MAX when it does not say.
uint64_t UnpackedBytes(std::string_view frame);

}  // namespace narfi::storage
