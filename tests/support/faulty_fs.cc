#include "tests/support/faulty_fs.h"

#include <algorithm>

#include "base/hash.h"

namespace narfi::testing {

class FaultyFile final : public WritableFile {
 public:
  FaultyFile(FaultyFileSystem& fs, std::shared_ptr<FaultyFileSystem::Inode> inode)
      : fs_(fs), inode_(std::move(inode)) {}

  Status Append(std::string_view bytes) override {
    const MutexLock lock(fs_.mutex_);
    NARFI_TRY(fs_.Step());
    if (fs_.full_) return Fail(Code::kIo, "write: no space left on device");
    inode_->bytes += bytes;
    return {};
  }

  Status Sync() override {
    const MutexLock lock(fs_.mutex_);
    NARFI_TRY(fs_.Step());
    inode_->synced = inode_->bytes;
    return {};
  }

 private:
  FaultyFileSystem& fs_;
  const std::shared_ptr<FaultyFileSystem::Inode> inode_;
};

namespace {

class MemoryFile final : public RandomAccessFile {
 public:
  explicit MemoryFile(std::string bytes) : bytes_(std::move(bytes)) {}
  uint64_t size() const override { return bytes_.size(); }
  Status Read(uint64_t offset, size_t count, std::string& dst) const override {
    if (offset > bytes_.size() || count > bytes_.size() - offset)
      return Fail(Code::kCorrupt, "past the end");
    dst.assign(bytes_, offset, count);
    return {};
  }

 private:
  const std::string bytes_;
};

class MemoryLock final : public FileLock {
 public:
  MemoryLock(std::shared_ptr<std::set<std::string>> locks, std::string path)
      : locks_(std::move(locks)), path_(std::move(path)) {}
  ~MemoryLock() override { locks_->erase(path_); }

 private:
  const std::shared_ptr<std::set<std::string>> locks_;
  const std::string path_;
};

}  // namespace

Status FaultyFileSystem::Step() {
  ++operations_;
  if (left_ == 0) return Fail(Code::kIo, "the power is out");
  if (left_ > 0) --left_;
  return {};
}

uint64_t FaultyFileSystem::operations() const {
  const MutexLock lock(mutex_);
  return operations_;
}

void FaultyFileSystem::FailAfter(int64_t count) {
  const MutexLock lock(mutex_);
  left_ = count;
}

void FaultyFileSystem::SetFull(bool full) {
  const MutexLock lock(mutex_);
  full_ = full;
}

void FaultyFileSystem::PowerCut(Tail tail) {
  const MutexLock lock(mutex_);
  left_ = -1;
  Names after;
  for (const auto& [path, inode] : durable_) {
    auto survivor = std::make_shared<Inode>();
    survivor->bytes = inode->synced;
    // Only appends are torn; a file is never rewritten in place.
    if (tail != Tail::kNothing && inode->bytes.starts_with(inode->synced)) {
      const size_t extra = inode->bytes.size() - inode->synced.size();
      survivor->bytes +=
          inode->bytes.substr(inode->synced.size(), tail == Tail::kAll ? extra : extra / 2);
    }
    survivor->synced = survivor->bytes;
    after[path] = survivor;
  }
  now_ = after;
  durable_ = after;
}

void FaultyFileSystem::Damage(const std::string& path, uint64_t offset) {
  const MutexLock lock(mutex_);
  Inode& inode = *now_.at(path);
  inode.bytes[offset] = static_cast<char>(inode.bytes[offset] ^ 0x40);
  inode.synced = inode.bytes;
}

std::vector<std::string> FaultyFileSystem::Files() const {
  const MutexLock lock(mutex_);
  std::vector<std::string> out;
  for (const auto& [path, inode] : now_) out.push_back(path);
  return out;
}

Result<std::unique_ptr<WritableFile>> FaultyFileSystem::Create(const std::string& path) {
  const MutexLock lock(mutex_);
  NARFI_TRY(Step());
  auto& inode = now_[path];
  if (inode == nullptr) inode = std::make_shared<Inode>();
  inode->bytes.clear();
  return std::make_unique<FaultyFile>(*this, inode);
}

Result<std::unique_ptr<RandomAccessFile>> FaultyFileSystem::Open(const std::string& path) {
  NARFI_ASSIGN(std::string bytes, ReadAll(path));
  return std::make_unique<MemoryFile>(std::move(bytes));
}

Result<std::string> FaultyFileSystem::ReadAll(const std::string& path) {
  const MutexLock lock(mutex_);
  const auto it = now_.find(path);
  if (it == now_.end()) return Fail(Code::kNotFound, path + ": no such file");
  return it->second->bytes;
}

Result<uint64_t> FaultyFileSystem::Size(const std::string& path) {
  NARFI_ASSIGN(const std::string bytes, ReadAll(path));
  return bytes.size();
}

bool FaultyFileSystem::Exists(const std::string& path) {
  const MutexLock lock(mutex_);
  return now_.contains(path) || folders_.contains(path);
}

Status FaultyFileSystem::Rename(const std::string& from, const std::string& to) {
  const MutexLock lock(mutex_);
  NARFI_TRY(Step());
  const auto it = now_.find(from);
  if (it == now_.end()) return Fail(Code::kNotFound, from + ": no such file");
  now_[to] = it->second;
  now_.erase(from);
  return {};
}

Status FaultyFileSystem::Remove(const std::string& path) {
  const MutexLock lock(mutex_);
  NARFI_TRY(Step());
  if (now_.erase(path) == 0) return Fail(Code::kNotFound, path + ": no such file");
  return {};
}

Status FaultyFileSystem::Truncate(const std::string& path, uint64_t size) {
  const MutexLock lock(mutex_);
  NARFI_TRY(Step());
  Inode& inode = *now_.at(path);
  inode.bytes.resize(size);
  inode.synced = inode.bytes;
  return {};
}

Status FaultyFileSystem::MakeFolder(const std::string& path) {
  const MutexLock lock(mutex_);
  if (folders_.contains(path)) return {};
  NARFI_TRY(Step());
  for (std::string folder = path; !folder.empty() && folder != "/"; folder = ParentFolder(folder))
    folders_.insert(folder);
  return {};
}

Result<std::vector<std::string>> FaultyFileSystem::List(const std::string& path) {
  const MutexLock lock(mutex_);
  std::set<std::string> names;
  const std::string prefix = path + "/";
  for (const auto& [name, inode] : now_) {
    if (name.starts_with(prefix))
      names.insert(name.substr(prefix.size(), name.find('/', prefix.size()) - prefix.size()));
  }
  for (const std::string& name : folders_) {
    if (name.starts_with(prefix))
      names.insert(name.substr(prefix.size(), name.find('/', prefix.size()) - prefix.size()));
  }
  return std::vector<std::string>(names.begin(), names.end());
}

Status FaultyFileSystem::SyncFolder(const std::string& path) {
  const MutexLock lock(mutex_);
  NARFI_TRY(Step());
  for (auto it = durable_.begin(); it != durable_.end();) {
    const bool is_gone = ParentFolder(it->first) == path && !now_.contains(it->first);
    it = is_gone ? durable_.erase(it) : std::next(it);
  }
  for (const auto& [name, inode] : now_) {
    if (ParentFolder(name) == path) durable_[name] = inode;
  }
  return {};
}

Result<std::unique_ptr<FileLock>> FaultyFileSystem::Lock(const std::string& path) {
  const MutexLock lock(mutex_);
  if (!locks_->insert(path).second)
    return Fail(Code::kUnavailable, path + " is held by another process");
  return std::make_unique<MemoryLock>(locks_, path);
}

void FaultyFileSystem::SetFreeBytes(uint64_t bytes) {
  const MutexLock lock(mutex_);
  free_bytes_ = bytes;
}

Result<uint64_t> FaultyFileSystem::FreeBytes(const std::string&) {
  const MutexLock lock(mutex_);
  return free_bytes_;
}

}  // namespace narfi::testing
