#include "storage/object_store.h"

namespace narfi::storage {
namespace {

class FileObject final : public Object {
 public:
  explicit FileObject(std::unique_ptr<RandomAccessFile> file) : file_(std::move(file)) {}
  uint64_t size() const override { return file_->size(); }
  Status Read(uint64_t offset, size_t count, std::string& dst) const override {
    return file_->Read(offset, count, dst);
  }

 private:
  const std::unique_ptr<RandomAccessFile> file_;
};

class FileObjectWriter final : public ObjectWriter {
 public:
  FileObjectWriter(FileSystem& fs, std::string path, std::unique_ptr<WritableFile> file)
      : fs_(fs), path_(std::move(path)), file_(std::move(file)) {}

  ~FileObjectWriter() override {
    if (file_ == nullptr) return;
    file_.reset();
    // What cannot be removed now is removed at the next start.
    static_cast<void>(fs_.Remove(path_ + ".tmp"));
  }

  Status Append(std::string_view bytes) override { return file_->Append(bytes); }

  Status Sync() override { return file_->Sync(); }

  Status Commit() override {
    NARFI_TRY(file_->Sync());
    NARFI_TRY(fs_.Rename(path_ + ".tmp", path_));
    file_.reset();
    return fs_.SyncFolder(ParentFolder(path_));
  }

 private:
  FileSystem& fs_;
  const std::string path_;
  std::unique_ptr<WritableFile> file_;
};

class LocalObjectStore final : public ObjectStore {
 public:
  LocalObjectStore(FileSystem& fs, std::string root) : fs_(fs), root_(std::move(root)) {}

  Result<std::unique_ptr<ObjectWriter>> Create(const std::string& name) override {
    const std::string path = JoinPath(root_, name);
    NARFI_TRY(fs_.MakeFolder(ParentFolder(path)));
    NARFI_ASSIGN(auto file, fs_.Create(path + ".tmp"));
    return std::make_unique<FileObjectWriter>(fs_, path, std::move(file));
  }

  Result<std::shared_ptr<const Object>> Open(const std::string& name) override {
    NARFI_ASSIGN(auto file, fs_.Open(JoinPath(root_, name)));
    return std::make_shared<const FileObject>(std::move(file));
  }

  Result<std::vector<std::string>> List() override {
    std::vector<std::string> names;
    NARFI_TRY(ListBelow("", 0, names));
    return names;
  }

  Status Remove(const std::string& name) override {
    const std::string path = JoinPath(root_, name);
    auto removed = fs_.Remove(path);
    // Also when it is gone already: the sync of an earlier try may have failed.
    if (!removed && removed.error().code != Code::kNotFound) return removed;
    NARFI_TRY(fs_.SyncFolder(ParentFolder(path)));
    return removed;
  }

 private:
  static constexpr int kLevels = 2;  // tenant, day

  Status ListBelow(const std::string& folder, int level, std::vector<std::string>& names) {
    const std::string path = folder.empty() ? root_ : JoinPath(root_, folder);
    if (!fs_.Exists(path)) return {};
    NARFI_ASSIGN(const auto entries, fs_.List(path));
    for (const std::string& entry : entries) {
      const std::string name = folder.empty() ? entry : JoinPath(folder, entry);
      if (level < kLevels) {
        NARFI_TRY(ListBelow(name, level + 1, names));
      } else {
        names.push_back(name);
      }
    }
    return {};
  }

  FileSystem& fs_;
  const std::string root_;
};

}  // namespace

std::unique_ptr<ObjectStore> MakeLocalObjectStore(FileSystem& fs, std::string root) {
  return std::make_unique<LocalObjectStore>(fs, std::move(root));
}

}  // namespace narfi::storage
