// Reads a storage root that no server runs on, and says what is wrong with it: the manifest, and
// every block and row of every segment.
//
// Writes nothing. Each line of the report is given to `say`, without a line end.
// Errors: what keeps it from looking at all (no storage root there, held by another process).
#pragma once

#include <functional>
#include <string>

#include "base/file.h"
#include "base/result.h"
#include "storage/manifest_format.h"

namespace narfi::ingest {

using SayLine = std::function<void(const std::string&)>;

// True when all is sound.
Result<bool> VerifyStore(FileSystem& fs, const std::string& root, const SayLine& say);

// The newest log of the manifest in `folder`, read but not opened. kNotFound when there is none.
struct ManifestOnDisk {
  std::string path;
  uint64_t number = 0;
  std::string bytes;
  Result<storage::ManifestLog> log;
};
Result<ManifestOnDisk> ReadNewestManifest(FileSystem& fs, const std::string& folder);

// kNotFound when there is no storage root at `path`; nothing is made.
Status CheckIsStoreRoot(FileSystem& fs, const std::string& path);

}  // namespace narfi::ingest
