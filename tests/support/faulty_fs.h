// A file system in memory that keeps apart what was written and what would survive a power cut.
//
// A file's bytes survive once its Sync() has returned; its name, a rename or a removal once
// SyncFolder() of its folder has. PowerCut() forgets the rest. FailAfter(n) lets n operations pass
// and fails all later ones, as a dying machine does.
//
// Threads: safe.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "base/file.h"
#include "base/thread_annotations.h"

namespace narfi::testing {

class FaultyFileSystem final : public FileSystem {
 public:
  // What a power cut leaves of bytes that were appended but not synced.
  enum class Tail { kNothing, kHalf, kAll };

  // Operations that change something, so far.
  uint64_t operations() const;
  // After `count` more of them, everything that changes something fails. -1: never.
  void FailAfter(int64_t count);
  // From now on, these fail with "no space left on device", and only these: appends.
  void SetFull(bool full);
  // What FreeBytes() says; a lot, unless it is set.
  void SetFreeBytes(uint64_t bytes);
  // The machine comes back as it was last synced. Open files of before must not be used again.
  void PowerCut(Tail tail);
  // Changes one byte of a file for good.
  void Damage(const std::string& path, uint64_t offset);
  // All files, by path.
  std::vector<std::string> Files() const;

  Result<std::unique_ptr<WritableFile>> Create(const std::string& path) override;
  Result<std::unique_ptr<RandomAccessFile>> Open(const std::string& path) override;
  Result<std::string> ReadAll(const std::string& path) override;
  Result<uint64_t> Size(const std::string& path) override;
  bool Exists(const std::string& path) override;
  Status Rename(const std::string& from, const std::string& to) override;
  Status Remove(const std::string& path) override;
  Status Truncate(const std::string& path, uint64_t size) override;
  Status MakeFolder(const std::string& path) override;
  Result<std::vector<std::string>> List(const std::string& path) override;
  Status SyncFolder(const std::string& path) override;
  Result<std::unique_ptr<FileLock>> Lock(const std::string& path) override;
  Result<uint64_t> FreeBytes(const std::string& path) override;

 private:
  friend class FaultyFile;
  struct Inode {
    std::string bytes;
    std::string synced;
  };
  using Names = std::map<std::string, std::shared_ptr<Inode>>;

  Status Step() REQUIRES(mutex_);

  mutable Mutex mutex_;
  Names now_ GUARDED_BY(mutex_);
  Names durable_ GUARDED_BY(mutex_);
  std::set<std::string> folders_ GUARDED_BY(mutex_);
  std::shared_ptr<std::set<std::string>> locks_ = std::make_shared<std::set<std::string>>();
  uint64_t operations_ GUARDED_BY(mutex_) = 0;
  int64_t left_ GUARDED_BY(mutex_) = -1;
  bool full_ GUARDED_BY(mutex_) = false;
  uint64_t free_bytes_ GUARDED_BY(mutex_) = uint64_t{1} << 40;
};

}  // namespace narfi::testing
