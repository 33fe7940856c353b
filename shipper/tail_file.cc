#include "shipper/tail_file.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace narfi::shipper {

TailFile::TailFile(std::string path, std::string job, FileHandle file, FileIdentity identity,
                   uint64_t offset, LineLimit limit)
    : path_(std::move(path)),
      job_(std::move(job)),
      file_(std::move(file)),
      identity_(identity),
      limit_(limit),
      consumed_(offset),
      read_(offset),
      seen_(offset),
      delivered_(offset),
      acked_(offset) {}

ReadOutcome TailFile::Read(LineBlock& block) {
  block.lines.clear();
  block.too_long = 0;
  block.bytes = 0;
  const auto info = StatOf(file_);
  if (!info) return ReadOutcome::kFailed;
  const auto size = static_cast<uint64_t>(info->st_size);
  if (size < read_) return ReadOutcome::kCut;
  if (size == read_) return ReadOutcome::kEnd;
  if (!SameFileStill(size)) return ReadOutcome::kCut;
  NoteSize(size);
  const size_t waiting = rest_.size();
  if (block.buffer.size() < waiting + kReadBytes) block.buffer.resize(waiting + kReadBytes);
  char* const begin = block.buffer.data();
  const ssize_t got = pread(file_.get(), begin + waiting, kReadBytes, static_cast<off_t>(read_));
  if (got < 0) return errno == EINTR ? ReadOutcome::kMore : ReadOutcome::kFailed;
  std::copy(rest_.begin(), rest_.end(), begin);
  block.bytes = static_cast<size_t>(got);
  read_ += block.bytes;
  Split(block, std::string_view(begin, waiting + block.bytes));
  return read_ < size ? ReadOutcome::kMore : ReadOutcome::kEnd;
}

// Also extends the identity while the file is still short.
bool TailFile::SameFileStill(uint64_t size) {
  if (!HasHead(file_, identity_)) return false;
  if (identity_.head_bytes < kHeadBytes && size > identity_.head_bytes) {
    if (const auto identity = IdentityOf(file_)) identity_ = *identity;
  }
  return true;
}

void TailFile::Split(LineBlock& block, std::string_view text) {
  size_t begin = 0;
  while (true) {
    const size_t end = text.find('\n', begin);
    if (end == std::string_view::npos) break;
    TakeLine(block, text.substr(begin, end - begin));
    begin = end + 1;
  }
  const std::string_view rest = text.substr(begin);
  // Without a new end of line the unfinished line still begins where it did.
  if (begin > 0) consumed_ = read_ - rest.size();
  if (rest.size() > limit_.max_bytes) skipping_ = true;
  // Assigning would keep the memory of the longest line so far.
  std::string(rest.substr(0, limit_.max_bytes)).swap(rest_);
}

void TailFile::TakeLine(LineBlock& block, std::string_view line) {
  const bool too_long = skipping_ || line.size() > limit_.max_bytes;
  skipping_ = false;
  if (too_long) {
    ++block.too_long;
    if (!limit_.cut) return;
    line = line.substr(0, limit_.max_bytes);
  }
  if (line.ends_with('\r')) line.remove_suffix(1);
  // What a writer leaves that kept its offset while the file was cut under it.
  line.remove_prefix(std::min(line.find_first_not_of('\0'), line.size()));
  block.lines.push_back(line);
}

std::string TailFile::TakeRest() {
  std::string rest = std::exchange(rest_, {});
  if (skipping_ && !limit_.cut) rest.clear();
  skipping_ = false;
  consumed_ = read_;
  if (rest.ends_with('\r')) rest.pop_back();
  return rest;
}

void TailFile::SwitchTo(FileHandle file, FileIdentity identity) {
  file_ = std::move(file);
  identity_ = identity;
  read_ = consumed_;
  std::string().swap(rest_);
  skipping_ = false;
}

uint64_t TailFile::BeginBatch() {
  batches_.emplace_back();
  return first_batch_ + batches_.size() - 1;
}

void TailFile::EndBatch(uint64_t ordinal, uint64_t end_offset) {
  batches_[ordinal - first_batch_] = end_offset;
  while (!batches_.empty() && batches_.front()) {
    acked_ = std::max(acked_, *batches_.front());
    batches_.pop_front();
    ++first_batch_;
  }
}

}  // namespace narfi::shipper
