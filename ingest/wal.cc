#include "ingest/wal.h"

#include <algorithm>

#include <fmt/format.h>
#include <charconv>

#include "base/bytes.h"
#include "base/log.h"
#include "base/metrics.h"
#include "ingest/wal_format.h"

namespace narfi::ingest {
namespace {

// A covered file that is still written to is left for a new one when it is this long.
constexpr uint64_t kBytesWorthDropping = 64 << 10;

}  // namespace
namespace {

std::string WalFileName(uint64_t number) { return fmt::format("{:016x}.wal", number); }

}  // namespace

uint64_t WalFileNumber(std::string_view name) {
  uint64_t number = 0;
  if (name.size() != 20 || !name.ends_with(".wal")) return 0;
  const auto [stop, error] = std::from_chars(name.data(), name.data() + 16, number, 16);
  return error == std::errc{} && stop == name.data() + 16 ? number : 0;
}

Wal::Wal(FileSystem& fs, Options options) : fs_(fs), options_(std::move(options)) {}

Result<std::unique_ptr<Wal>> Wal::Open(FileSystem& fs, Options options, uint64_t min_number) {
  std::unique_ptr<Wal> wal(new Wal(fs, std::move(options)));
  NARFI_TRY(wal->FindOldFiles(min_number));
  wal->first_number_ = wal->number_ + 1;
  // A full disk must not keep what is stored from being read.
  if (const auto started = wal->StartFile(); !started) wal->Break(started.error());
  wal->thread_ = std::thread([raw = wal.get()] { raw->Run(); });
  return wal;
}

Wal::~Wal() {
  if (!thread_.joinable()) return;
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

Status Wal::FindOldFiles(uint64_t min_number) {
  NARFI_TRY(fs_.MakeFolder(options_.folder));
  NARFI_ASSIGN(const auto names, fs_.List(options_.folder));
  number_ = min_number == 0 ? 0 : min_number - 1;
  const MutexLock lock(mutex_);
  for (const std::string& name : names) {
    const uint64_t number = WalFileNumber(name);
    if (number == 0) continue;
    const std::string path = JoinPath(options_.folder, name);
    NARFI_ASSIGN(const uint64_t bytes, fs_.Size(path));
    old_files_.push_back({number, path, bytes});
    files_[number] = {path, bytes, false, {}};
    number_ = std::max(number_, number);
  }
  return {};
}

Status Wal::StartFile() {
  file_.reset();
  const uint64_t number = number_ + 1;
  const std::string path = JoinPath(options_.folder, WalFileName(number));
  NARFI_ASSIGN(auto file, fs_.Create(path));
  NARFI_TRY(file->Append(WalHeader(number)));
  NARFI_TRY(file->Sync());
  NARFI_TRY(fs_.SyncFolder(options_.folder));
  number_ = number;
  offset_ = kWalHeaderBytes;
  file_ = std::move(file);
  const MutexLock lock(mutex_);
  files_[number] = {path, kWalHeaderBytes, true, {}};
  DropCovered();
  return {};
}

bool Wal::Append(const std::string& tenant, uint64_t sequence, std::string head,
                 std::shared_ptr<const std::string> body, Done done) {
  {
    const MutexLock lock(mutex_);
    if (!broken_.empty() || stopping_) return false;
    queued_bytes_ += head.size() + body->size();
    queue_.push_back({tenant, sequence, std::move(head), std::move(body), std::move(done)});
  }
  wake_.notify_one();
  return true;
}

std::string Wal::Why() const {
  const MutexLock lock(mutex_);
  if (!broken_.empty()) return "writing is stopped: " + broken_;
  uint64_t total = queued_bytes_;
  for (const auto& [number, file] : files_) total += file.bytes;
  if (total > options_.max_bytes) return "the write-ahead log is full until a flush has finished";
  return {};
}

bool Wal::is_broken() const {
  const MutexLock lock(mutex_);
  return !broken_.empty();
}

void Wal::Run() {
  for (;;) {
    std::vector<Record> group;
    bool stop = false;
    {
      const MutexLock lock(mutex_);
      while (queue_.empty() && !stopping_) {
        if (broken_.empty() && CanStartOver()) {
          break;
        } else if (broken_.empty()) {
          wake_.wait(mutex_);
        } else if (wake_.wait_for(mutex_, std::chrono::nanoseconds(options_.probe_ns)) ==
                   std::cv_status::timeout) {
          break;
        }
      }
      group.swap(queue_);
      stop = stopping_;
    }
    if (!group.empty()) {
      WriteGroup(group);
    } else if (stop) {
      return;
    } else if (is_broken()) {
      Probe();
    } else if (const auto started = StartFile(); !started) {
      Break(started.error());
    }
  }
}

void Wal::WriteGroup(std::vector<Record>& group) {
  Status done = file_ == nullptr
                    ? Status(Fail(Code::kUnavailable, "write-ahead log: no file to write to"))
                    : WriteRecords(group);
  if (!done) Break(done.error());
  uint64_t bytes = 0;
  for (const Record& record : group) bytes += record.head.size() + record.body->size();
  {
    const MutexLock lock(mutex_);
    queued_bytes_ -= bytes;
  }
  for (Record& record : group) {
    record.body.reset();
    record.done(done);
  }
}

Status Wal::WriteRecords(const std::vector<Record>& group) {
  if (offset_ >= options_.file_bytes) NARFI_TRY(StartFile());
  for (const Record& record : group) {
    std::string head;
    PutU32(head, static_cast<uint32_t>(record.head.size() + record.body->size()));
    head += record.head;
    std::string tail;
    PutU64(tail, RecordChecksum(head, *record.body, number_, offset_));
    {
      // Before the bytes: a file that may hold a record of the tenant must not be dropped without
      // it.
      const MutexLock lock(mutex_);
      File& file = files_[number_];
      uint64_t& newest = file.newest[record.tenant];
      newest = std::max(newest, record.sequence);
      file.bytes += head.size() + record.body->size() + tail.size();
    }
    NARFI_TRY(file_->Append(head));
    NARFI_TRY(file_->Append(*record.body));
    NARFI_TRY(file_->Append(tail));
    offset_ += head.size() + record.body->size() + tail.size();
  }
  return file_->Sync();
}

void Wal::Break(const Error& error) {
  static auto failures = CounterMetric("narfi_wal_failures_total",
                                       "Writes or syncs of the write-ahead log that failed.");
  failures.Increment();
  file_.reset();
  Log(LogLevel::kError, "the write-ahead log cannot be written; pushes are refused until it can",
      {{"reason", error.text}});
  const MutexLock lock(mutex_);
  broken_ = error.text;
}

void Wal::Probe() {
  {
    const MutexLock lock(mutex_);
    if (broken_.empty()) return;
  }
  // A name that a failed try may have left behind is written over; its content was never answered
  // for.
  if (const auto started = StartFile(); !started) {
    Log(LogLevel::kDebug, "the write-ahead log still cannot be written",
        {{"reason", started.error().text}});
    return;
  }
  Log(LogLevel::kInfo, "the write-ahead log can be written again");
  const MutexLock lock(mutex_);
  broken_.clear();
}

void Wal::Replayed(uint64_t number, std::map<std::string, uint64_t> newest) {
  const MutexLock lock(mutex_);
  const auto it = files_.find(number);
  if (it == files_.end()) return;
  it->second.newest = std::move(newest);
  it->second.is_known = true;
  DropCovered();
}

void Wal::Covered(const std::string& tenant, uint64_t sequence) {
  const MutexLock lock(mutex_);
  uint64_t& known = covered_[tenant];
  known = std::max(known, sequence);
  DropCovered();
  if (CanStartOver()) wake_.notify_one();
}

bool Wal::IsCovered(const File& file) const {
  if (!file.is_known) return false;
  for (const auto& [tenant, sequence] : file.newest) {
    const auto it = covered_.find(tenant);
    if (it == covered_.end() || it->second < sequence) return false;
  }
  return true;
}

// Whether the file that is written to holds nothing but what segments have.
bool Wal::CanStartOver() const {
  return files_.size() == 1 && files_.begin()->second.bytes >= kBytesWorthDropping &&
         IsCovered(files_.begin()->second);
}

// Oldest first, so that what is left is always a suffix of the log.
void Wal::DropCovered() {
  while (files_.size() > 1) {
    const File& oldest = files_.begin()->second;
    if (!IsCovered(oldest)) return;
    if (const auto removed = fs_.Remove(oldest.path);
        !removed && removed.error().code != Code::kNotFound) {
      Log(LogLevel::kWarn, "cannot remove a write-ahead log that is no longer needed",
          {{"reason", removed.error().text}});
      return;
    }
    files_.erase(files_.begin());
  }
}

std::vector<std::string> Wal::PinnedBy() const {
  const MutexLock lock(mutex_);
  std::vector<std::string> tenants;
  if (files_.empty()) return tenants;
  for (const auto& [tenant, sequence] : files_.begin()->second.newest) {
    const auto it = covered_.find(tenant);
    if (it == covered_.end() || it->second < sequence) tenants.push_back(tenant);
  }
  return tenants;
}

uint64_t Wal::bytes() const {
  const MutexLock lock(mutex_);
  uint64_t total = queued_bytes_;
  for (const auto& [number, file] : files_) total += file.bytes;
  return total;
}

}  // namespace narfi::ingest
