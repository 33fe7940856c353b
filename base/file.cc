#include "base/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace narfi {
namespace {

constexpr size_t kMaxWholeFile = size_t{1} << 30;
constexpr std::string_view kNoSpaceText = "no space left on device";

tl::unexpected<Error> SystemError(std::string_view verb, std::string_view path, int error) {
  if (error == ENOSPC || error == EDQUOT)
    return Fail(Code::kIo, fmt::format("{} {}: {}", verb, path, kNoSpaceText));
  const Code code = error == ENOENT ? Code::kNotFound : Code::kIo;
  return Fail(code, fmt::format("{} {}: {}", verb, path, std::strerror(error)));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  const int fd_;
};

class MachineWritableFile final : public WritableFile {
 public:
  MachineWritableFile(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}

  Status Append(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t n = write(fd_.get(), bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return SystemError("write", path_, errno);
      bytes.remove_prefix(static_cast<size_t>(n));
    }
    return {};
  }

  Status Sync() override {
    if (fdatasync(fd_.get()) != 0) return SystemError("fsync", path_, errno);
    return {};
  }

 private:
  const std::string path_;
  const Descriptor fd_;
};

class MachineRandomAccessFile final : public RandomAccessFile {
 public:
  MachineRandomAccessFile(std::string path, int fd, uint64_t size)
      : path_(std::move(path)), fd_(fd), size_(size) {}

  uint64_t size() const override { return size_; }

  Status Read(uint64_t offset, size_t count, std::string& dst) const override {
    if (offset > size_ || count > size_ - offset) {
      return Fail(Code::kCorrupt,
                  fmt::format("{}: {} bytes at {} are past its end", path_, count, offset));
    }
    dst.resize(count);
    for (size_t done = 0; done < count;) {
      const ssize_t n =
          pread(fd_.get(), dst.data() + done, count - done, static_cast<off_t>(offset + done));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return SystemError("read", path_, errno);
      if (n == 0) return Fail(Code::kCorrupt, fmt::format("{}: ends early", path_));
      done += static_cast<size_t>(n);
    }
    return {};
  }

 private:
  const std::string path_;
  const Descriptor fd_;
  const uint64_t size_;
};

class MachineFileLock final : public FileLock {
 public:
  explicit MachineFileLock(int fd) : fd_(fd) {}

 private:
  const Descriptor fd_;  // closing it lets go of the lock
};

class Machine final : public FileSystem {
 public:
  Result<std::unique_ptr<WritableFile>> Create(const std::string& path) override {
    const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_APPEND, 0640);
    if (fd < 0) return SystemError("create", path, errno);
    return std::make_unique<MachineWritableFile>(path, fd);
  }

  Result<std::unique_ptr<RandomAccessFile>> Open(const std::string& path) override {
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return SystemError("open", path, errno);
    struct stat info {};
    if (fstat(fd, &info) != 0) {
      const int error = errno;
      close(fd);
      return SystemError("stat", path, error);
    }
    return std::make_unique<MachineRandomAccessFile>(path, fd, static_cast<uint64_t>(info.st_size));
  }

  // To its end rather than to its size: a pipe has none.
  Result<std::string> ReadAll(const std::string& path) override {
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return SystemError("open", path, errno);
    const Descriptor holder(fd);
    std::string out;
    for (;;) {
      const size_t have = out.size();
      if (have > kMaxWholeFile)
        return Fail(Code::kLimit,
                    fmt::format("read {}: longer than {} bytes", path, kMaxWholeFile));
      out.resize(have + std::max<size_t>(64 << 10, have));
      const ssize_t n = read(fd, out.data() + have, out.size() - have);
      const int error = errno;
      out.resize(have + (n > 0 ? static_cast<size_t>(n) : 0));
      if (n < 0 && error != EINTR) return SystemError("read", path, error);
      if (n == 0) return out;
    }
  }

  Result<uint64_t> Size(const std::string& path) override {
    struct stat info {};
    if (stat(path.c_str(), &info) != 0) return SystemError("stat", path, errno);
    return static_cast<uint64_t>(info.st_size);
  }

  bool Exists(const std::string& path) override { return access(path.c_str(), F_OK) == 0; }

  Status Rename(const std::string& from, const std::string& to) override {
    if (rename(from.c_str(), to.c_str()) != 0) return SystemError("rename", from, errno);
    return {};
  }

  Status Remove(const std::string& path) override {
    if (remove(path.c_str()) != 0) return SystemError("remove", path, errno);
    return {};
  }

  Status Truncate(const std::string& path, uint64_t size) override {
    const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd < 0) return SystemError("open", path, errno);
    const Descriptor holder(fd);
    if (ftruncate(fd, static_cast<off_t>(size)) != 0) return SystemError("truncate", path, errno);
    if (fdatasync(fd) != 0) return SystemError("fsync", path, errno);
    return {};
  }

  Status MakeFolder(const std::string& path) override {
    if (path.empty() || Exists(path)) return {};
    const std::string parent = ParentFolder(path);
    if (parent != path) NARFI_TRY(MakeFolder(parent));
    if (mkdir(path.c_str(), 0750) != 0 && errno != EEXIST)
      return SystemError("make folder", path, errno);
    return SyncFolder(parent.empty() ? "." : parent);
  }

  Result<std::vector<std::string>> List(const std::string& path) override {
    DIR* folder = opendir(path.c_str());
    if (folder == nullptr) return SystemError("list", path, errno);
    std::vector<std::string> names;
    while (const dirent* entry = readdir(folder)) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
    }
    closedir(folder);
    std::sort(names.begin(), names.end());
    return names;
  }

  Status SyncFolder(const std::string& path) override {
    const int fd = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return SystemError("open", path, errno);
    const Descriptor holder(fd);
    if (fsync(fd) != 0) return SystemError("fsync", path, errno);
    return {};
  }

  Result<std::unique_ptr<FileLock>> Lock(const std::string& path) override {
    const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (fd < 0) return SystemError("open", path, errno);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
      const int error = errno;
      close(fd);
      if (error == EWOULDBLOCK)
        return Fail(Code::kUnavailable, path + " is held by another process");
      return SystemError("lock", path, error);
    }
    return std::make_unique<MachineFileLock>(fd);
  }

  Result<uint64_t> FreeBytes(const std::string& path) override {
    struct statvfs info {};
    if (statvfs(path.c_str(), &info) != 0) return SystemError("statvfs", path, errno);
    return uint64_t{info.f_bavail} * info.f_frsize;
  }
};

}  // namespace

FileSystem& MachineFileSystem() {
  static Machine machine;
  return machine;
}

Status WriteFileAtomically(FileSystem& fs, const std::string& path, std::string_view bytes) {
  const std::string temporary = path + ".tmp";
  {
    NARFI_ASSIGN(const auto file, fs.Create(temporary));
    NARFI_TRY(file->Append(bytes));
    NARFI_TRY(file->Sync());
  }
  NARFI_TRY(fs.Rename(temporary, path));
  const std::string parent = ParentFolder(path);
  return fs.SyncFolder(parent.empty() ? "." : parent);
}

bool IsNoSpace(const Error& error) { return error.text.find(kNoSpaceText) != std::string::npos; }

std::string JoinPath(std::string_view folder, std::string_view name) {
  if (folder.empty()) return std::string(name);
  std::string out(folder);
  if (out.back() != '/') out += '/';
  return out.append(name);
}

std::string ParentFolder(std::string_view path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return {};
  return std::string(path.substr(0, slash == 0 ? 1 : slash));
}

}  // namespace narfi
