// Which files are read, and what became of them: found by patterns, followed through rotation by
// rename and by copytruncate, closed when they are done with.
//
// A file is its identity, not its name. What is renamed is read to its end from the handle that is
// open; what was rotated while nobody looked, or while we were not running, is searched for beside
// it. Of each scrape configuration a file is read once.
//
// Order:   of the files that had one name, the older one first; lines of a file in its order.
// Threads: one at a time.
// Limits:  kMaxOpenFiles.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "config/shipper_settings.h"
#include "shipper/positions.h"
#include "shipper/siblings.h"
#include "shipper/tail_file.h"

namespace narfi::shipper {

constexpr size_t kMaxOpenFiles = 8192;
// A rotated file that got nothing for so long is done with.
constexpr int64_t kRotatedIdleNs = 30'000'000'000;

// Whether a block may be read.
enum class MayRead : uint8_t {
  kYes,
  kOthers,   // of other files, but not of this one
  kNothing,  // of no file, for now
};

struct TailTarget {
  std::string job;
  std::string path;     // pattern
  std::string exclude;  // pattern, or empty
};

class Tailer {
 public:
  // What is done with lines; called for each block that was read.
  using Lines = std::function<void(TailFile& file, const LineBlock& block)>;

  Tailer(std::vector<TailTarget> targets, LineLimit limit, const Clock& clock, Lines lines)
      : targets_(std::move(targets)), limit_(limit), clock_(clock), lines_(std::move(lines)) {}

  // Before anything else: where to go on. `promtail`: offsets by path for files without a position.
  void Recover(std::vector<Position> positions, std::map<std::string, uint64_t> promtail);
  // Looks the patterns up anew.
  void Discover();
  // Looks whether files grew or were rotated: those named in `paths`, or all.
  void Poll(const std::set<std::string>& paths);
  void PollAll();
  void PollRotated();
  // Reads until there is no more, or `allowed` says no (asked before each block). True when there
  // is more.
  using Allowed = std::function<MayRead(const TailFile& file)>;
  bool Read(const Allowed& allowed);
  // Closes what is done with. Call it after acknowledging.
  void CloseFinished();

  // Of every file, open or still known.
  std::vector<Position> Positions() const;
  const std::vector<std::string>& folders() const { return folders_; }
  size_t open_files() const { return files_.size(); }

 private:
  const TailTarget* TargetOf(const std::string& job, const std::string& path) const;
  void RecoverOne(const Position& position);
  void Attach(size_t target, const std::string& path);
  TailFile* Open(size_t target, const std::string& path, FileHandle file, FileIdentity identity,
                 uint64_t offset);
  void OpenSiblings(size_t target, const std::string& path, int64_t since_ns);
  uint64_t StartOf(const std::string& job, const std::string& path, const FileHandle& file,
                   const FileIdentity& identity, uint64_t size, std::string& known_path);
  bool IsCopyOfOpen(const std::string& job, const std::string& path, const FileHandle& copy) const;
  TailFile* Find(const std::string& job, const struct stat& info);
  TailFile* Current(const std::string& job, const std::string& path);
  IsKnown KnownTo(const std::string& job) const;
  void PollFile(TailFile& file);
  void Rotated(TailFile& file);
  void Cut(TailFile& file);
  bool ReadFile(TailFile& file, const Allowed& allowed);
  void DropUnseen(const std::set<std::pair<uint64_t, uint64_t>>& seen);
  bool CloseOne(TailFile& file);
  static Position PositionOf(const TailFile& file);

  const std::vector<TailTarget> targets_;
  const LineLimit limit_;
  const Clock& clock_;
  const Lines lines_;
  std::deque<std::unique_ptr<TailFile>> files_;  // in order of opening
  std::vector<Position> known_;                  // of files that are not open
  std::map<std::string, uint64_t> promtail_;     // until the first Discover() is over
  std::vector<std::string> folders_;
  std::set<std::string> warned_;  // what was said once already
  LineBlock block_;               // of ReadFile(), whose memory serves every file
};

}  // namespace narfi::shipper
