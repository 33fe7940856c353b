// Up to where each file is acknowledged, across restarts.
//
// Format: YAML in <positions.filename>.narfi (docs/format/positions.md), written whole and
//         atomically. Promtail's own file is only ever read, and only before ours exists.
// Threads: one at a time.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "shipper/file_identity.h"

namespace narfi::shipper {

struct Position {
  std::string path;  // the name it was tailed under, also after it was renamed
  std::string job;
  FileIdentity identity;
  uint64_t offset = 0;  // everything before it is acknowledged
  uint64_t size = 0;    // the largest that the file was seen to have; 0: not known
  int64_t seen_ns = 0;  // when `path` was last known to name this file; wall clock
  bool operator==(const Position&) const = default;
};

class PositionStore {
 public:
  PositionStore(FileSystem& fs, std::string promtail_path, bool ignore_invalid)
      : fs_(fs), promtail_path_(std::move(promtail_path)), ignore_invalid_(ignore_invalid) {}

  std::string path() const { return promtail_path_ + ".narfi"; }

  // Reads both files. kCorrupt when ours cannot be read and ignore_invalid is off. Warnings say
  // what was left out.
  Status Load(std::vector<std::string>& warnings);

  const std::vector<Position>& loaded() const { return loaded_; }
  // Promtail's offset of a path, when our own file did not exist; else nothing.
  const std::map<std::string, uint64_t>& promtail() const { return promtail_; }

  // Replaces the file, unless it would say nothing new; that a file was seen again is news only
  // when `seen_too`.
  Status Save(const std::vector<Position>& positions, bool seen_too);

 private:
  FileSystem& fs_;
  const std::string promtail_path_;
  const bool ignore_invalid_;
  std::vector<Position> loaded_;
  std::map<std::string, uint64_t> promtail_;
  std::vector<Position> written_;
  bool ever_written_ = false;
};

// The text of the file, and back.
std::string FormatPositions(const std::vector<Position>& positions);
Result<std::vector<Position>> ParsePositions(std::string_view text, std::string_view name);
// `positions: {path: "offset"}`, as Promtail writes it; entries that are not of that form (its
// cursors of journals and the like) are left out.
Result<std::map<std::string, uint64_t>> ParsePromtailPositions(std::string_view text,
                                                               std::string_view name);

}  // namespace narfi::shipper
