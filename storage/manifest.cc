#include "storage/manifest.h"

#include <fmt/format.h>

#include "base/log.h"
#include "base/thread_annotations.h"
#include "storage/manifest_format.h"

namespace narfi::storage {
namespace {

constexpr uint64_t kCheckpointBytes = 4 << 20;  // a log longer than this is written anew

class LocalManifest final : public Manifest {
 public:
  LocalManifest(FileSystem& fs, std::string folder) : fs_(fs), folder_(std::move(folder)) {}

  // Reads the newest log; the first edit starts a new one with a checkpoint. A crash in between
  // leaves the older one in force. The very first log is made at once: without one, segments that a
  // crash leaves behind would look like those of a lost manifest.
  Status Load() {
    NARFI_TRY(fs_.MakeFolder(folder_));
    NARFI_ASSIGN(const auto names, fs_.List(folder_));
    for (const std::string& name : names) number_ = std::max(number_, ManifestLogNumber(name));
    auto loaded = std::make_shared<ManifestState>();
    if (number_ > 0) {
      const std::string path = JoinPath(folder_, ManifestLogName(number_));
      NARFI_ASSIGN(const std::string bytes, fs_.ReadAll(path));
      auto log = ReadManifestLog(bytes, number_);
      if (!log) return Damaged(path, log.error());
      is_cut_ = log->cut_bytes > 0;
      if (is_cut_)
        Log(LogLevel::kWarn, "cut a torn tail off the manifest",
            {{"file", path}, {"bytes", log->cut_bytes}});
      *loaded = std::move(log->state);
    }
    {
      const MutexLock lock(mutex_);
      state_ = std::move(loaded);
    }
    return number_ > 0 ? Status() : StartLog();
  }

  bool is_cut() const override { return is_cut_; }

  std::shared_ptr<const ManifestState> state() const override {
    const MutexLock lock(mutex_);
    return state_;
  }

  Result<std::shared_ptr<const ManifestState>> Commit(uint64_t expected,
                                                      const ManifestEdit& edit) override {
    const auto before = state();
    if (before->generation != expected) {
      return Fail(Code::kUnavailable, fmt::format("manifest is at generation {}, not {}",
                                                  before->generation, expected));
    }
    auto after = std::make_shared<ManifestState>(*before);
    NARFI_TRY(ApplyEdit(edit, expected + 1, *after));
    // After a failed write the log's end is unknown: a new log, with a checkpoint of what holds.
    if (file_ == nullptr || bytes_ > kCheckpointBytes) NARFI_TRY(StartLog());
    if (auto written = Write(FrameEdit(edit, expected + 1, number_, bytes_)); !written) {
      file_.reset();
      return Wrap("manifest", std::move(written).error());
    }
    const MutexLock lock(mutex_);
    state_ = after;
    return std::shared_ptr<const ManifestState>(after);
  }

 private:
  static tl::unexpected<Error> Damaged(const std::string& path, const Error& error) {
    return Fail(
        error.code,
        fmt::format(
            "manifest {}: {}; it says which segments live, so narfid does not start without "
            "it and touches none of them; restore the storage root from a copy, the whole "
            "of it, since an older manifest does not know newer segments, or rebuild the manifest "
            "from the segments: narfid -storage.verify -storage.rebuild-manifest",
            path, error.text));
  }

  Status StartLog() {
    file_.reset();
    const uint64_t number = number_ + 1;
    const std::string path = JoinPath(folder_, ManifestLogName(number));
    std::string bytes = ManifestHeader(number);
    const auto now = state();
    bytes += FrameEdit(WholeState(*now), now->generation, number, bytes.size());
    NARFI_ASSIGN(auto file, fs_.Create(path + ".tmp"));
    NARFI_TRY(file->Append(bytes));
    NARFI_TRY(file->Sync());
    NARFI_TRY(fs_.Rename(path + ".tmp", path));
    NARFI_TRY(fs_.SyncFolder(folder_));
    number_ = number;
    bytes_ = bytes.size();
    file_ = std::move(file);
    return RemoveOldLogs();
  }

  Status RemoveOldLogs() {
    NARFI_ASSIGN(const auto names, fs_.List(folder_));
    for (const std::string& name : names) {
      if (name != ManifestLogName(number_)) NARFI_TRY(fs_.Remove(JoinPath(folder_, name)));
    }
    return {};
  }

  Status Write(const std::string& record) {
    NARFI_TRY(file_->Append(record));
    NARFI_TRY(file_->Sync());
    bytes_ += record.size();
    return {};
  }

  FileSystem& fs_;
  const std::string folder_;
  bool is_cut_ = false;  // fixed after Load()
  // Touched by Load() and Commit() only.
  uint64_t number_ = 0;
  uint64_t bytes_ = 0;
  std::unique_ptr<WritableFile> file_;

  mutable Mutex mutex_;
  std::shared_ptr<const ManifestState> state_ GUARDED_BY(mutex_) =
      std::make_shared<ManifestState>();
};

}  // namespace

Result<std::unique_ptr<Manifest>> OpenLocalManifest(FileSystem& fs, const std::string& folder) {
  auto manifest = std::make_unique<LocalManifest>(fs, folder);
  NARFI_TRY(manifest->Load());
  return manifest;
}

}  // namespace narfi::storage
