// The file system as a seam. Everything durable goes through a FileSystem, so that tests can tear
// writes, fill the disk and lose power (tests/support/faulty_fs.h).
//
// Errors:  kIo with the path and strerror's words (ENOSPC among them: see IsNoSpace); kNotFound
// when
//          the path does not exist.
// Threads: a FileSystem is safe from several threads; a WritableFile is not; a RandomAccessFile is.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace narfi {

// Appends to a file. Bytes are handed to the kernel by Append(); they survive power loss only
// after Sync(). Closes on destruction without syncing.
class WritableFile {
 public:
  virtual ~WritableFile() = default;
  virtual Status Append(std::string_view bytes) = 0;
  // fdatasync. After a failure the state of the file is unknown: never Sync the same file again.
  virtual Status Sync() = 0;
};

class RandomAccessFile {
 public:
  virtual ~RandomAccessFile() = default;
  virtual uint64_t size() const = 0;
  // Reads exactly `count` bytes at `offset` into `dst`, which is resized; short files are kCorrupt.
  virtual Status Read(uint64_t offset, size_t count, std::string& dst) const = 0;
};

// Holds an exclusive lock on a file until destroyed.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  // Creates or truncates.
  virtual Result<std::unique_ptr<WritableFile>> Create(const std::string& path) = 0;
  virtual Result<std::unique_ptr<RandomAccessFile>> Open(const std::string& path) = 0;
  // A whole file, or what a pipe gives until it ends; kLimit beyond 1 GiB.
  virtual Result<std::string> ReadAll(const std::string& path) = 0;
  virtual Result<uint64_t> Size(const std::string& path) = 0;
  virtual bool Exists(const std::string& path) = 0;
  // Atomic; replaces `to`. Durable only after SyncFolder of the parent.
  virtual Status Rename(const std::string& from, const std::string& to) = 0;
  virtual Status Remove(const std::string& path) = 0;
  virtual Status Truncate(const std::string& path, uint64_t size) = 0;
  // With parents; no error when it exists. Each new entry is fsynced into its parent.
  virtual Status MakeFolder(const std::string& path) = 0;
  // Names, without "." and "..", sorted.
  virtual Result<std::vector<std::string>> List(const std::string& path) = 0;
  // fsync of a folder: makes creations, renames and removals in it durable.
  virtual Status SyncFolder(const std::string& path) = 0;
  // kUnavailable when another process holds it.
  virtual Result<std::unique_ptr<FileLock>> Lock(const std::string& path) = 0;
  // Bytes that an ordinary user may still write below `path`.
  virtual Result<uint64_t> FreeBytes(const std::string& path) = 0;
};

// The machine's file system. Lives as long as the process.
FileSystem& MachineFileSystem();

// Writes `bytes` to `path`.tmp, syncs, renames to `path` and syncs the folder: after a crash the
// file holds either what it held or all of `bytes`.
Status WriteFileAtomically(FileSystem& fs, const std::string& path, std::string_view bytes);

// True for an error that came from ENOSPC or EDQUOT.
bool IsNoSpace(const Error& error);

// "a" + "b" -> "a/b"; the folder part of "a/b" -> "a".
std::string JoinPath(std::string_view folder, std::string_view name);
std::string ParentFolder(std::string_view path);

}  // namespace narfi
