// zstd frames, with the contexts that each thread keeps: what blocks and sections are packed by.
//
// Format:  docs/format/segment.md, "Section": varint (bytes stored * 2 + packed), when packed the
//          varint length unpacked, then the bytes: one zstd frame with its content size, or raw.
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace narfi::storage {

// Appends `text` as one frame; false, with `dst` as it was, when that would not make it smaller or
// the level is 0.
bool AppendPacked(std::string& dst, std::string_view text, int level);
// Fills `out` with what the frame holds; false unless that is exactly out.size() bytes.
bool Unpack(std::string_view frame, std::string& out);
// The length a frame says it unpacks to; UINT64_MAX when it does not say.
uint64_t UnpackedBytes(std::string_view frame);

void AppendSection(std::string& dst, std::string_view text, int level);
// Reads a section of at most `max_bytes` unpacked. A raw one is a view into the reader's bytes, a
// packed one into `held`.
bool ReadSection(ByteReader& reader, uint64_t max_bytes, std::string& held, std::string_view& out);

}  // namespace narfi::storage
