// The bytes of the manifest's log.
//
// Format: docs/format/manifest.md; that page and this header change together.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "storage/manifest.h"

namespace narfi::storage {

constexpr std::string_view kManifestMagic = "NARFIMAN";
constexpr uint32_t kManifestVersion = 2;
constexpr uint32_t kVersionOfMerging = 2;      // before it: no levels, removals and deletes
constexpr uint32_t kManifestHeaderBytes = 24;  // magic, version, reserved, number
constexpr uint32_t kMaxEditBytes = 1u << 30;
constexpr uint64_t kDeleteOfStreams = 1;  // a delete's kind: whole entries of streams

// "0000000000000001.log", and the number in such a name; 0: it is none.
std::string ManifestLogName(uint64_t number);
uint64_t ManifestLogNumber(std::string_view name);
std::string ManifestHeader(uint64_t number);
// One framed record: u32 length, payload, u64 checksum seeded by file number and offset.
std::string FrameEdit(const ManifestEdit& edit, uint64_t generation, uint64_t number,
                      uint64_t offset);

// What a manifest file says.
struct ManifestLog {
  ManifestState state;
  uint64_t good_bytes = 0;  // length of the part that is whole
  uint64_t cut_bytes = 0;   // torn tail behind it
};
// kCorrupt when a record that was once durable is damaged: the checkpoint, or any other that cannot
// be the tail of a write that never finished.
Result<ManifestLog> ReadManifestLog(std::string_view bytes, uint64_t number);

// What the whole records at the beginning of a damaged log say.
ManifestState SalvageManifest(std::string_view bytes, uint64_t number);

// Applies an edit; kCorrupt when it removes what is not there or adds what is.
Status ApplyEdit(const ManifestEdit& edit, uint64_t generation, ManifestState& state);
// The edit that makes `state` from nothing.
ManifestEdit WholeState(const ManifestState& state);

}  // namespace narfi::storage
