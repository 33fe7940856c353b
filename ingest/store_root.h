// The storage root: the folder that holds everything of one narfid.
//
// Below it only FORMAT, LOCK, manifest/, wal/, segments/ and index/ are ours. A folder that holds
// anything else and no FORMAT is refused, and so is a second process.
#pragma once

#include <memory>
#include <string>

#include "base/file.h"

namespace narfi::ingest {

struct StoreRoot {
  std::string path;
  std::unique_ptr<FileLock> lock;
  bool is_new = false;  // FORMAT was written just now
};

// Makes the folder if need be, takes the lock, checks or writes FORMAT.
Result<StoreRoot> OpenStoreRoot(FileSystem& fs, const std::string& path);

}  // namespace narfi::ingest
