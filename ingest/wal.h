// The write-ahead log: what was accepted, on disk before it is answered.
//
// Append() queues a record; one thread writes what has queued up, syncs once for all of it and then
// calls back (group commit). Files are numbered; a file goes when every tenant in it is covered by
// segments. After a failed write or sync the file is given up for good, what waits is refused, and
// a probe every two seconds tries a new file until one can be synced.
//
// Order:     records of one tenant lie in the order of Append().
// Ownership: bodies are shared until written. The FileSystem is borrowed.
// Threads:   safe. Callbacks run on the log's thread and must not block.
// Limits:    Options::max_bytes over all files: Append() refuses beyond it.
// Format:    docs/format/wal.md.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "base/thread_annotations.h"

namespace narfi::ingest {

// The number in the name of a file of the log; 0: it is none.
uint64_t WalFileNumber(std::string_view name);

class Wal {
 public:
  struct Options {
    std::string folder;
    uint64_t file_bytes = 64 << 20;
    uint64_t max_bytes = 256 << 20;
    int64_t probe_ns = 2'000'000'000;
  };
  using Done = std::function<void(const Status&)>;

  // A file of an earlier start, to be replayed.
  struct OldFile {
    uint64_t number = 0;
    std::string path;
    uint64_t bytes = 0;
  };

  // Starts a new file, numbered above every file there and at least `min_number`; when that fails
  // the log is broken from the start, and the probe tries on. Old files are kept, and count towards
  // the limit, until Replayed() and Covered() let them go.
  static Result<std::unique_ptr<Wal>> Open(FileSystem& fs, Options options, uint64_t min_number);
  // Writes out what is queued, then stops.
  ~Wal();

  // The number that the sequences of this start carry.
  uint64_t first_number() const { return first_number_; }
  const std::vector<OldFile>& old_files() const { return old_files_; }

  // False, without calling `done`, when the log is broken or full; say Why() to the client.
  bool Append(const std::string& tenant, uint64_t sequence, std::string head,
              std::shared_ptr<const std::string> body, Done done);
  // Empty while pushes can be taken, else one sentence.
  std::string Why() const;
  // True from a failed start, write or sync until a new file could be started.
  bool is_broken() const;

  // An old file holds records of these tenants up to these sequences.
  void Replayed(uint64_t number, std::map<std::string, uint64_t> newest);
  // The tenant's records up to `sequence` are in segments: drops the files that nobody needs.
  void Covered(const std::string& tenant, uint64_t sequence);
  // The tenants that keep the oldest file alive.
  std::vector<std::string> PinnedBy() const;
  uint64_t bytes() const;

 private:
  struct Record {
    std::string tenant;
    uint64_t sequence = 0;
    std::string head;
    std::shared_ptr<const std::string> body;
    Done done;
  };
  struct File {
    std::string path;
    uint64_t bytes = 0;
    bool is_known = true;                    // false: an old file not replayed yet
    std::map<std::string, uint64_t> newest;  // tenant -> last sequence
  };

  Wal(FileSystem& fs, Options options);
  Status FindOldFiles(uint64_t min_number);
  Status StartFile();
  void Run();
  void WriteGroup(std::vector<Record>& group);
  Status WriteRecords(const std::vector<Record>& group);
  void Break(const Error& error);
  void Probe();
  void DropCovered() REQUIRES(mutex_);
  bool IsCovered(const File& file) const REQUIRES(mutex_);
  bool CanStartOver() const REQUIRES(mutex_);

  FileSystem& fs_;
  const Options options_;
  uint64_t first_number_ = 0;       // fixed after Open()
  std::vector<OldFile> old_files_;  // fixed after Open()

  // Touched by Open() and the log's thread only.
  std::unique_ptr<WritableFile> file_;
  uint64_t number_ = 0;
  uint64_t offset_ = 0;

  mutable Mutex mutex_;
  CondVar wake_;
  std::vector<Record> queue_ GUARDED_BY(mutex_);
  uint64_t queued_bytes_ GUARDED_BY(mutex_) = 0;
  std::map<uint64_t, File> files_ GUARDED_BY(mutex_);
  std::map<std::string, uint64_t> covered_ GUARDED_BY(mutex_);
  std::string broken_ GUARDED_BY(mutex_);  // why; empty: sound
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace narfi::ingest
