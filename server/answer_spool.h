// Answers that wait until their clients have taken them.
//
// A client may be slow, and no query must wait for it: what an answer takes while it waits is apart
// from the memory of queries. Answers share a little memory of their own; those that find no room
// in it lie in files and are read again piece by piece as the client takes them. The files have
// lost their names by then: a crash leaves one that was being written, which the next start
// removes.
//
// Ownership: what is held gives back its room when it is dropped, also after the spool is gone.
// Threads:   the spool is safe; a SpooledText one at a time.
// Errors:    kLimit when files take as much as they may, which hangs on the disk too; kIo.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/memory_share.h"
#include "base/metrics.h"
#include "base/result.h"
#include "net/http_server.h"

namespace narfi::server {

// A text in a file, read from its beginning to its end.
class SpooledText {
 public:
  SpooledText(std::unique_ptr<RandomAccessFile> file, std::shared_ptr<void> room)
      : file_(std::move(file)), room_(std::move(room)) {}

  // Appends the next bytes: `count`, or as many as are left.
  Status Read(size_t count, std::string& out);
  uint64_t left() const { return file_->size() - at_; }

 private:
  const std::unique_ptr<RandomAccessFile> file_;
  const std::shared_ptr<void> room_;
  uint64_t at_ = 0;
};

// The next kPieceBytes of it, as a piece of an answer that ends with it.
net::AnswerPiece NextPiece(SpooledText& text);

class AnswerSpool {
 public:
  static constexpr size_t kPieceBytes = 64 << 10;  // what an answer is read and sent by
  // A connection has so much in its buffers anyway: answers up to this length are not counted.
  static constexpr size_t kSmallBytes = kPieceBytes;

  static constexpr std::string_view kFilePrefix = "answer-";
  static constexpr uint64_t kDiskShare = 4;  // of what is free, files take at most so much: 1/4

  struct Options {
    std::string folder;  // may hold what others have there
    uint64_t memory_bytes = 0;
    uint64_t file_bytes = uint64_t{4} << 30;
  };

  // Makes the folder, and removes from it what an earlier process left.
  static Result<std::unique_ptr<AnswerSpool>> Open(FileSystem& fs, Options options);

  // Room in memory for so many bytes; null when there is none.
  std::shared_ptr<MemoryCharge> TryHold(uint64_t bytes);
  // Puts a text into a file.
  Result<std::shared_ptr<SpooledText>> Put(std::string_view text);
  // One that is made piece by piece: `next` appends the next piece, and says whether there was one.
  Result<std::shared_ptr<SpooledText>> Put(const std::function<bool(std::string& piece)>& next);

 private:
  AnswerSpool(FileSystem& fs, Options options);

  FileSystem& fs_;
  const Options options_;
  const std::shared_ptr<MemoryShare> memory_;
  const std::shared_ptr<MemoryShare> files_;  // bytes in files
  std::atomic<uint64_t> next_name_ = 0;
  CounterMetricRef spooled_;
};

}  // namespace narfi::server
