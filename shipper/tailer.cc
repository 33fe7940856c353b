#include "shipper/tailer.h"

#include <algorithm>

#include "base/log.h"
#include "shipper/glob.h"

namespace narfi::shipper {

const TailTarget* Tailer::TargetOf(const std::string& job, const std::string& path) const {
  for (const TailTarget& target : targets_) {
    if (target.job != job || !GlobMatches(target.path, path)) continue;
    if (target.exclude.empty() || !GlobMatches(target.exclude, path)) return &target;
  }
  return nullptr;
}

void Tailer::Discover() {
  std::set<std::pair<uint64_t, uint64_t>> seen;
  std::set<std::string> folders;
  for (size_t i = 0; i < targets_.size(); ++i) {
    GlobResult found = ExpandGlob(targets_[i].path);
    folders.insert(found.folders.begin(), found.folders.end());
    if (found.cut && warned_.insert("cut" + targets_[i].path).second) {
      Log(LogLevel::kWarn, "a pattern names too many files; the rest is not read",
          {{"path", targets_[i].path}, {"limit", kMaxGlobFiles}});
    }
    for (const std::string& path : found.files) {
      struct stat info {};
      if (stat(path.c_str(), &info) == 0) seen.insert({info.st_dev, info.st_ino});
      if (!targets_[i].exclude.empty() && GlobMatches(targets_[i].exclude, path)) continue;
      Attach(i, path);
    }
  }
  folders_.assign(folders.begin(), folders.end());
  promtail_.clear();
  DropUnseen(seen);
}

// Positions of files that are gone. Of a folder that is not there now nothing is forgotten.
void Tailer::DropUnseen(const std::set<std::pair<uint64_t, uint64_t>>& seen) {
  known_.erase(std::remove_if(known_.begin(), known_.end(),
                              [&](const Position& p) {
                                if (seen.count({p.identity.device, p.identity.inode}) != 0)
                                  return false;
                                const std::string folder = ParentFolder(p.path);
                                return MachineFileSystem().Exists(folder.empty() ? "." : folder);
                              }),
               known_.end());
}

TailFile* Tailer::Find(const std::string& job, const struct stat& info) {
  for (const auto& file : files_) {
    if (!file->finished && file->job() == job && SameInode(file->identity(), info))
      return file.get();
  }
  return nullptr;
}

TailFile* Tailer::Current(const std::string& job, const std::string& path) {
  for (const auto& file : files_) {
    if (!file->finished && !file->rotated && file->job() == job && file->path() == path)
      return file.get();
  }
  return nullptr;
}

IsKnown Tailer::KnownTo(const std::string& job) const {
  return [this, job](const struct stat& info) {
    const bool open = std::any_of(files_.begin(), files_.end(), [&](const auto& file) {
      return !file->finished && file->job() == job && SameInode(file->identity(), info);
    });
    return open || std::any_of(known_.begin(), known_.end(), [&](const Position& p) {
             return p.job == job && SameInode(p.identity, info);
           });
  };
}

void Tailer::Attach(size_t target, const std::string& path) {
  const std::string& job = targets_[target].job;
  struct stat info {};
  if (stat(path.c_str(), &info) != 0 || Find(job, info) != nullptr) return;
  if (IsCompressedName(path)) {
    if (warned_.insert(path).second)
      Log(LogLevel::kWarn, "compressed files are not read", {{"path", path}});
    return;
  }
  if (TailFile* before = Current(job, path)) {
    Rotated(*before);  // opens what has the name now
    return;
  }
  if (files_.size() >= kMaxOpenFiles) {
    if (warned_.insert("open").second)
      Log(LogLevel::kWarn, "too many files; some are not read", {{"limit", kMaxOpenFiles}});
    return;
  }
  auto file = OpenForReading(path);
  if (!file) {
    if (warned_.insert(file.error().text).second)
      Log(LogLevel::kWarn, "a file cannot be read", {{"error", file.error().text}});
    return;
  }
  const auto identity = IdentityOf(*file);
  const auto opened = StatOf(*file);
  if (!identity || !opened || Find(job, *opened) != nullptr || IsCopyOfOpen(job, path, *file))
    return;
  std::string name = path;
  const auto size = static_cast<uint64_t>(opened->st_size);
  const uint64_t offset = StartOf(job, path, *file, *identity, size, name);
  // A rotated file that was read to its end is known, and of no more interest.
  if (name != path && offset == size) {
    known_.push_back({name, job, *identity, offset, size, clock_.NowNs()});
    return;
  }
  Open(target, name, std::move(*file), *identity, offset);
}

// A copy that is being made of a file that will be cut next: its lines are read already.
bool Tailer::IsCopyOfOpen(const std::string& job, const std::string& path,
                          const FileHandle& copy) const {
  return std::any_of(files_.begin(), files_.end(), [&](const auto& file) {
    return !file->finished && file->job() == job &&
           file->identity().head_bytes >= kLeastHeadBytes &&
           ParentFolder(file->path()) == ParentFolder(path) &&
           IsRotatedName(BaseName(file->path()), BaseName(path)) && HasHead(copy, file->identity());
  });
}

uint64_t Tailer::StartOf(const std::string& job, const std::string& path, const FileHandle& file,
                         const FileIdentity& identity, uint64_t size, std::string& known_path) {
  for (size_t i = 0; i < known_.size(); ++i) {
    const Position position = known_[i];
    if (position.job != job || position.identity.device != identity.device) continue;
    if (position.identity.inode != identity.inode) continue;
    known_.erase(known_.begin() + static_cast<ptrdiff_t>(i));
    // Otherwise the inode was used again, or the file was cut.
    if (!HasHead(file, position.identity) || position.offset > size) return 0;
    known_path = position.path;
    return position.offset;
  }
  const auto theirs = promtail_.find(path);
  return theirs != promtail_.end() && theirs->second <= size ? theirs->second : 0;
}

TailFile* Tailer::Open(size_t target, const std::string& path, FileHandle file,
                       FileIdentity identity, uint64_t offset) {
  const std::string& job = targets_[target].job;
  auto tail = std::make_unique<TailFile>(path, job, std::move(file), identity, offset, limit_);
  tail->target = target;
  tail->seen_ns = clock_.NowNs();
  tail->grew_at_ns = clock_.MonotonicNs();
  for (const auto& other : files_) {
    if (other->job() == job && other->path() == path && !other->finished) tail->after = other.get();
  }
  Log(LogLevel::kInfo, "reading a file", {{"path", path}, {"job", job}, {"from", offset}});
  files_.push_back(std::move(tail));
  return files_.back().get();
}

void Tailer::OpenSiblings(size_t target, const std::string& path, int64_t since_ns) {
  for (Sibling& sibling : FindUnseen(path, since_ns, KnownTo(targets_[target].job))) {
    TailFile* file = Open(target, path, std::move(sibling.file), sibling.identity, 0);
    file->rotated = true;
    file->seen_ns = sibling.born_ns;
  }
}

void Tailer::Poll(const std::set<std::string>& paths) {
  for (size_t i = 0; i < files_.size(); ++i) {
    if (!files_[i]->finished && paths.count(files_[i]->path()) != 0) PollFile(*files_[i]);
  }
}

void Tailer::PollAll() {
  for (size_t i = 0; i < files_.size(); ++i) {
    if (!files_[i]->finished) PollFile(*files_[i]);
  }
}

void Tailer::PollRotated() {
  for (size_t i = 0; i < files_.size(); ++i) {
    if (!files_[i]->finished && files_[i]->rotated) files_[i]->active = true;
  }
}

void Tailer::PollFile(TailFile& file) {
  file.active = true;
  if (file.rotated) return;
  const int64_t now_ns = clock_.NowNs();
  struct stat info {};
  if (stat(file.path().c_str(), &info) == 0 && SameInode(file.identity(), info)) {
    file.seen_ns = now_ns;
    file.NoteSize(static_cast<uint64_t>(info.st_size));
  } else {
    Rotated(file);
  }
}

void Tailer::Rotated(TailFile& file) {
  const size_t target = file.target;
  const std::string path = file.path();
  file.rotated = true;
  file.reached_end = false;
  file.active = true;
  file.grew_at_ns = clock_.MonotonicNs();
  OpenSiblings(target, path, file.seen_ns);
  Attach(target, path);
}

// The file is shorter than it was, or another: what was in it goes on in a copy, if there is one.
void Tailer::Cut(TailFile& file) {
  const size_t target = file.target;
  const std::string path = file.path();
  auto copy = FindCopy(path, file.identity(), file.consumed(), KnownTo(file.job()));
  if (copy) {
    Log(LogLevel::kInfo, "a file was cut; reading the rest from its copy",
        {{"path", path}, {"copy", copy->path}});
    file.SwitchTo(std::move(copy->file), copy->identity);
    file.rotated = true;
    file.reached_end = false;
    file.grew_at_ns = clock_.MonotonicNs();
  } else {
    Log(LogLevel::kInfo, "a file was cut; reading it from its start",
        {{"path", path}, {"read", file.read_bytes()}});
    const std::string rest = file.TakeRest();
    LineBlock block;
    if (!rest.empty()) block.lines.push_back(rest);
    lines_(file, block);
    file.finished = true;
  }
  Attach(target, path);
}

bool Tailer::Read(const Allowed& allowed) {
  bool more = false;
  for (size_t i = 0; i < files_.size(); ++i) {
    TailFile& file = *files_[i];
    if (file.finished || !file.active) continue;
    if (file.after != nullptr && !file.after->reached_end && !file.after->finished) {
      more = more || file.after->active;
      continue;
    }
    more = ReadFile(file, allowed) || more;
  }
  return more;
}

// A few blocks, so that one file cannot keep the others waiting. True when there is more.
bool Tailer::ReadFile(TailFile& file, const Allowed& allowed) {
  constexpr int kBlocksInTurn = 8;
  for (int turn = 0; turn < kBlocksInTurn; ++turn) {
    const MayRead may_read = allowed(file);
    if (may_read == MayRead::kNothing) return true;
    if (may_read == MayRead::kOthers) {
      file.active = false;  // until it is polled again
      return false;
    }
    const ReadOutcome outcome = file.Read(block_);
    if (outcome == ReadOutcome::kCut) {
      Cut(file);
      return true;
    }
    if (outcome == ReadOutcome::kFailed) {
      if (!file.read_failed)
        Log(LogLevel::kWarn, "a file cannot be read; trying again", {{"path", file.path()}});
      file.read_failed = true;
      file.active = false;
      file.finished = file.rotated;  // who has its name now must not wait for it
      return false;
    }
    if (block_.bytes > 0) {
      file.grew_at_ns = clock_.MonotonicNs();
      lines_(file, block_);
    }
    if (outcome == ReadOutcome::kEnd) {
      file.active = false;
      file.reached_end = true;
      return false;
    }
  }
  return true;
}

void Tailer::CloseFinished() {
  for (size_t i = 0; i < files_.size();) {
    if (!CloseOne(*files_[i])) {
      ++i;
      continue;
    }
    for (const auto& file : files_) {
      if (file->after == files_[i].get()) file->after = nullptr;
    }
    files_.erase(files_.begin() + static_cast<ptrdiff_t>(i));
  }
}

// True when nobody needs the file any more.
bool Tailer::CloseOne(TailFile& file) {
  if (!file.all_acked()) return false;
  if (file.finished) return true;
  const bool idle = clock_.MonotonicNs() - file.grew_at_ns >= kRotatedIdleNs;
  if (!file.rotated || file.active || !file.reached_end || !idle) return false;
  // The last line of a file that nobody writes to any more has all it will ever have.
  if (const std::string rest = file.TakeRest(); !rest.empty()) {
    LineBlock block;
    block.lines.push_back(rest);
    lines_(file, block);
    return false;
  }
  Log(LogLevel::kInfo, "a rotated file is done with",
      {{"path", file.path()}, {"bytes", file.read_bytes()}});
  known_.push_back(PositionOf(file));
  return true;
}

Position Tailer::PositionOf(const TailFile& file) {
  return {file.path(), file.job(), file.identity(), file.acked(), file.seen_bytes(), file.seen_ns};
}

std::vector<Position> Tailer::Positions() const {
  std::vector<Position> out = known_;
  for (const auto& file : files_) {
    if (file->finished) continue;
    out.push_back(PositionOf(*file));
  }
  return out;
}

}  // namespace narfi::shipper
