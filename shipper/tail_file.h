// One file that is being read: from bytes to whole lines, and how far they are acknowledged.
//
// Bytes are read into the caller's block, which serves every file; only a line that is not finished
// waits with its file, so that thousands of quiet files cost next to nothing. The file may be
// renamed meanwhile: the handle stays. When it was cut (copytruncate), Read() says so and the owner
// decides how to go on.
//
// Order:   lines as they stand in the file.
// Threads: one at a time.
// Limits:  kReadBytes a Read(); a line longer than the limit is dropped, or cut, never gathered
// whole.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shipper/positions.h"

namespace narfi::shipper {

constexpr size_t kReadBytes = 256 << 10;
constexpr uint64_t kMaxLineBytes = 4 << 20;  // whatever the configuration says

struct LineLimit {
  uint64_t max_bytes = kMaxLineBytes;
  bool cut = false;  // keep the beginning of a longer line
};

// What one Read() gives. Used again from read to read and from file to file: it keeps its memory.
struct LineBlock {
  std::vector<std::string_view> lines;  // until the block is read into again
  size_t too_long = 0;                  // lines dropped or cut for their length
  size_t bytes = 0;                     // read from the file
  std::string buffer;                   // whose first bytes are what was read
};

enum class ReadOutcome : uint8_t {
  kMore,    // there may be more to read
  kEnd,     // at the end of the file as it is now
  kCut,     // the file is shorter than what was read, or begins otherwise
  kFailed,  // the operating system said no; trying again later may help
};

class TailFile {
 public:
  // `offset` is where to go on; the caller knows that it is inside the file.
  TailFile(std::string path, std::string job, FileHandle file, FileIdentity identity,
           uint64_t offset, LineLimit limit);

  ReadOutcome Read(LineBlock& block);
  // The unfinished last line, which counts as read from then on; empty when there is none.
  std::string TakeRest();
  // Goes on in another file that holds the same bytes: the copy of one that was cut.
  void SwitchTo(FileHandle file, FileIdentity identity);

  const std::string& path() const { return path_; }
  const std::string& job() const { return job_; }
  const FileHandle& handle() const { return file_; }
  const FileIdentity& identity() const { return identity_; }
  uint64_t consumed() const { return consumed_; }  // lines before it were given out by Read()
  // The lines of the last Read() are all in batches, or dropped for good.
  void MarkDelivered() { delivered_ = consumed_; }
  uint64_t delivered() const { return delivered_; }
  uint64_t read_bytes() const { return read_; }  // bytes before it were read
  // The largest size that the file was seen to have; never less than what was read.
  uint64_t seen_bytes() const { return seen_; }
  void NoteSize(uint64_t size) { seen_ = std::max(seen_, size); }

  // Memory of the unfinished line.
  size_t kept_bytes() const { return rest_.capacity(); }

  // Acknowledging. Each batch that holds lines of this file is begun once and ended once, in any
  // order; what is acknowledged is what no batch that was begun before holds any more.
  uint64_t BeginBatch();  // its ordinal
  void EndBatch(uint64_t ordinal, uint64_t end_offset);
  // Lines that no batch holds (dropped ones) are done with as soon as nothing is on its way.
  uint64_t acked() const { return batches_.empty() ? delivered_ : acked_; }
  bool all_acked() const { return batches_.empty(); }

  // State that the tailer keeps with each file.
  bool active = true;         // there may be something to read
  bool rotated = false;       // `path` names another file now, or none
  bool reached_end = false;   // since it was rotated
  bool finished = false;      // nothing will be read any more
  int64_t seen_ns = 0;        // wall clock: `path` was last known to name this file
  int64_t grew_at_ns = 0;     // monotonic: when bytes last came
  int64_t last_time_ns = 0;   // time of reading given to the last line
  size_t target = 0;          // whose labels and stages its lines get
  bool read_failed = false;   // it was said that it cannot be read
  size_t held_batches = 0;    // batches of which the server refuses lines of this file for now
  TailFile* after = nullptr;  // the file before this one under its name, to be read first

 private:
  bool SameFileStill(uint64_t size);
  void Split(LineBlock& block, std::string_view text);
  void TakeLine(LineBlock& block, std::string_view line);

  const std::string path_;
  const std::string job_;
  FileHandle file_;
  FileIdentity identity_;
  const LineLimit limit_;
  uint64_t consumed_;
  uint64_t read_;
  uint64_t seen_;
  uint64_t delivered_;
  uint64_t acked_;
  // Of batches from first_batch_ on: where an ended one ended.
  std::deque<std::optional<uint64_t>> batches_;
  uint64_t first_batch_ = 0;
  std::string rest_;       // the unfinished line, from consumed_ on; all of it unless skipping_
  bool skipping_ = false;  // inside a line that is too long: rest_ is only its beginning
};

}  // namespace narfi::shipper
