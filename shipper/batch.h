// Lines on their way to the server, gathered by size and time.
//
// One batch serves every client; its files are acknowledged when the last client is done with it,
// or with those of its streams that hold lines of the file.
//
// Ownership: a batch owns its lines; `files` are of the reading thread alone.
// Threads:   a Batcher belongs to the reading thread; a sealed batch is immutable.
// Limits:    a batch closes at batchsize bytes of lines, or before; one line may be longer.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/arena.h"
#include "base/labels.h"
#include "shipper/entry.h"
#include "shipper/tail_file.h"

namespace narfi::shipper {

struct BatchEntry {
  int64_t time_ns;
  std::string_view line;
  bool time_is_configured = false;  // as in Entry
};

struct BatchStream {
  std::vector<Label> labels;  // sorted
  std::vector<BatchEntry> entries;
};

struct Batch {
  uint64_t number = 0;  // counts up from 1, in order of sealing
  std::string tenant;   // of the target; empty: the client's
  std::vector<BatchStream> streams;
  size_t entries = 0;
  size_t bytes = 0;  // of lines
  // Of the entries whose time is not configured; a batch that waits long may have to change it.
  int64_t oldest_ns = INT64_MAX;
  Arena arena{16 << 10};

  // Memory it holds, roughly.
  size_t cost() const {
    return arena.bytes() + entries * sizeof(BatchEntry) + streams.size() * 512;
  }
};

// A batch of some of its streams, with memory of its own; the number stays.
std::shared_ptr<const Batch> CopyStreams(const Batch& batch, const std::vector<size_t>& streams);

class Batcher {
 public:
  struct Options {
    size_t max_bytes = 1 << 20;
    int64_t max_wait_ns = 0;  // from its first line
    int64_t idle_ns = 0;      // since its last line, when the senders have nothing to do
  };
  explicit Batcher(Options options) : options_(options) {}

  void Add(TailFile* file, const std::string& tenant, const Entry& entry, int64_t now_ns);

  // A file whose lines a batch holds, and what to tell it when they are acknowledged.
  struct SealedFile {
    TailFile* file;
    uint64_t ordinal;  // of the batch among those of the file
    uint64_t offset;
  };
  struct Sealed {
    std::shared_ptr<const Batch> batch;
    std::vector<SealedFile> files;
    std::vector<std::vector<TailFile*>> stream_files;  // of each stream
  };
  // Those that are due; all of them when `all`.
  std::vector<Sealed> TakeDue(int64_t now_ns, bool senders_idle, bool all);
  // When TakeDue() may have something next; INT64_MAX: not before a line comes.
  int64_t NextDueNs(bool senders_idle) const;
  // Bytes in batches that are not sealed.
  size_t open_bytes() const;

 private:
  struct Open {
    std::shared_ptr<Batch> batch;
    std::unordered_map<std::string, size_t> streams;  // by a key of their labels
    std::vector<SealedFile> files;                    // whose offset is known when it is sealed
    std::vector<std::vector<TailFile*>> stream_files;
    int64_t first_ns = 0;
    int64_t last_ns = 0;
  };
  static void NoteFile(Open& open, size_t stream, TailFile* file);
  bool IsDue(const Open& open, int64_t now_ns, bool senders_idle) const;

  const Options options_;
  uint64_t next_number_ = 1;
  std::map<std::string, Open> open_;  // by tenant
  std::vector<Sealed> full_;
  std::string key_;
  void Seal(Open& open, std::vector<Sealed>& out);
};

}  // namespace narfi::shipper
