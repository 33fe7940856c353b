// Which file it is, whatever its name: device, inode and a hash of its first bytes, since inodes
// are used again.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>

#include "base/result.h"

namespace narfi::shipper {

constexpr uint32_t kHeadBytes = 1024;

struct FileIdentity {
  uint64_t device = 0;
  uint64_t inode = 0;
  uint32_t head_bytes =
      0;  // how many of the first bytes the hash covers; fewer while the file is small
  uint64_t head_hash = 0;  // XXH3-64 of them
  bool operator==(const FileIdentity&) const = default;
};

// An open file, closed on destruction.
class FileHandle {
 public:
  FileHandle() = default;
  explicit FileHandle(int fd) : fd_(fd) {}
  ~FileHandle() { Close(); }
  FileHandle(FileHandle&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  FileHandle& operator=(FileHandle&& other) noexcept;
  int get() const { return fd_; }
  bool open() const { return fd_ >= 0; }
  void Close();

 private:
  int fd_ = -1;
};

// For reading; kNotFound when it does not exist, kInvalidArgument when it is no regular file.
Result<FileHandle> OpenForReading(const std::string& path);
Result<struct stat> StatOf(const FileHandle& file);

// Of the file as it is now.
Result<FileIdentity> IdentityOf(const FileHandle& file);
// True when the file still begins with the bytes that `identity` has seen.
bool HasHead(const FileHandle& file, const FileIdentity& identity);
inline bool SameInode(const FileIdentity& identity, const struct stat& info) {
  return identity.device == info.st_dev && identity.inode == info.st_ino;
}
// When the file was created, ns since 1970; 0 when the file system does not say.
int64_t BirthTimeNs(const std::string& path);

}  // namespace narfi::shipper
