#include "shipper/file_identity.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/hash.h"

namespace narfi::shipper {
namespace {

// Up to `count` bytes from the start; fewer when the file is shorter.
std::string ReadHead(const FileHandle& file, size_t count) {
  std::string head(count, '\0');
  size_t have = 0;
  while (have < count) {
    const ssize_t got =
        pread(file.get(), head.data() + have, count - have, static_cast<off_t>(have));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    have += static_cast<size_t>(got);
  }
  head.resize(have);
  return head;
}

}  // namespace

FileHandle& FileHandle::operator=(FileHandle&& other) noexcept {
  if (this != &other) {
    Close();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

void FileHandle::Close() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

Result<FileHandle> OpenForReading(const std::string& path) {
  // O_NONBLOCK: a FIFO of that name must not stop us.
  FileHandle file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.open()) {
    const Code code = errno == ENOENT || errno == ENOTDIR ? Code::kNotFound : Code::kIo;
    return Fail(code, fmt::format("{}: {}", path, std::strerror(errno)));
  }
  NARFI_ASSIGN(const auto info, StatOf(file));
  if (!S_ISREG(info.st_mode))
    return Fail(Code::kInvalidArgument, fmt::format("{}: not a regular file", path));
  return file;
}

Result<struct stat> StatOf(const FileHandle& file) {
  struct stat info {};
  if (fstat(file.get(), &info) != 0) return Fail(Code::kIo, std::strerror(errno));
  return info;
}

Result<FileIdentity> IdentityOf(const FileHandle& file) {
  NARFI_ASSIGN(const auto info, StatOf(file));
  const std::string head = ReadHead(file, kHeadBytes);
  FileIdentity identity;
  identity.device = info.st_dev;
  identity.inode = info.st_ino;
  identity.head_bytes = static_cast<uint32_t>(head.size());
  identity.head_hash = Hash64(head);
  return identity;
}

bool HasHead(const FileHandle& file, const FileIdentity& identity) {
  const std::string head = ReadHead(file, identity.head_bytes);
  return head.size() == identity.head_bytes && Hash64(head) == identity.head_hash;
}

int64_t BirthTimeNs(const std::string& path) {
  struct statx info {};
  if (statx(AT_FDCWD, path.c_str(), 0, STATX_BTIME, &info) != 0) return 0;
  if ((info.stx_mask & STATX_BTIME) == 0) return 0;
  return info.stx_btime.tv_sec * 1'000'000'000 + info.stx_btime.tv_nsec;
}

}  // namespace narfi::shipper
