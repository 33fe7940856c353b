// The part of Tailer that runs once, at the start: what happened to the files meanwhile.
#include <algorithm>

#include "base/log.h"
#include "shipper/tailer.h"

namespace narfi::shipper {

void Tailer::Recover(std::vector<Position> positions, std::map<std::string, uint64_t> promtail) {
  promtail_ = std::move(promtail);
  // Of files that had one name, the one that lost it first comes first.
  std::stable_sort(positions.begin(), positions.end(),
                   [](const Position& a, const Position& b) { return a.seen_ns < b.seen_ns; });
  known_ = positions;
  std::map<std::pair<std::string, std::string>, int64_t> last_seen;
  for (const Position& position : positions) {
    RecoverOne(position);
    last_seen[{position.job, position.path}] = position.seen_ns;
  }
  for (const auto& [name, seen_ns] : last_seen) {
    const TailTarget* target = TargetOf(name.first, name.second);
    if (target != nullptr)
      OpenSiblings(static_cast<size_t>(target - targets_.data()), name.second, seen_ns);
  }
}

void Tailer::RecoverOne(const Position& position) {
  const TailTarget* target = TargetOf(position.job, position.path);
  if (target == nullptr) return;
  const auto index = static_cast<size_t>(target - targets_.data());
  if (const auto now = OpenForReading(position.path)) {
    const auto info = StatOf(*now);
    const bool same = info && SameInode(position.identity, *info) &&
                      HasHead(*now, position.identity) &&
                      static_cast<uint64_t>(info->st_size) >= position.offset;
    if (same) return;  // Discover() finds it, and its position
  }
  auto rest = FindRenamed(position.path, position.identity);
  if (rest && rest->path == position.path) rest.reset();  // the same inode, cut
  if (rest && rest->size < position.offset) rest.reset();
  if (!rest)
    rest = FindCopy(position.path, position.identity, position.offset, KnownTo(position.job));
  if (!rest) {
    // Of most files that are gone everything was acknowledged: log rotation removes what is old.
    if (position.size > position.offset) {
      Log(LogLevel::kWarn,
          "a file is gone or was cut while nobody read it; what was not acknowledged of it is lost",
          {{"path", position.path}, {"acknowledged", position.offset}, {"size", position.size}});
    }
    return;
  }
  if (rest->size == position.offset && SameInode(rest->identity, *StatOf(rest->file)) &&
      rest->identity.inode == position.identity.inode) {
    return;  // read to its end; the position stays known
  }
  known_.erase(std::remove(known_.begin(), known_.end(), position), known_.end());
  TailFile* file =
      Open(index, position.path, std::move(rest->file), rest->identity, position.offset);
  file->rotated = true;
  file->seen_ns = position.seen_ns;
}

}  // namespace narfi::shipper
