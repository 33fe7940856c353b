#include "server/answer_spool.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/metrics.h"

namespace narfi::server {

Status SpooledText::Read(size_t count, std::string& out) {
  std::string piece;
  NARFI_TRY(file_->Read(at_, static_cast<size_t>(std::min<uint64_t>(count, left())), piece));
  at_ += piece.size();
  out += piece;
  return {};
}

net::AnswerPiece NextPiece(SpooledText& text) {
  using Then = net::AnswerPiece::Then;
  net::AnswerPiece piece;
  if (const Status read = text.Read(AnswerSpool::kPieceBytes, piece.bytes); !read) {
    Log(LogLevel::kError, "an answer broke off", {{"error", read.error().text}});
    piece.then = Then::kBroken;
  } else {
    piece.then = text.left() > 0 ? Then::kMore : Then::kEnd;
  }
  return piece;
}

AnswerSpool::AnswerSpool(FileSystem& fs, Options options)
    : fs_(fs),
      options_(std::move(options)),
      memory_(std::make_shared<MemoryShare>(options_.memory_bytes)),
      files_(std::make_shared<MemoryShare>(options_.file_bytes)),
      spooled_(CounterMetric("narfi_spooled_answers_total",
                             "Answers, and pieces of streamed ones, that waited in a file.")) {}

Result<std::unique_ptr<AnswerSpool>> AnswerSpool::Open(FileSystem& fs, Options options) {
  NARFI_TRY(fs.MakeFolder(options.folder));
  NARFI_ASSIGN(const auto left, fs.List(options.folder));
  for (const std::string& name : left) {
    if (name.starts_with(kFilePrefix)) NARFI_TRY(fs.Remove(JoinPath(options.folder, name)));
  }
  return std::unique_ptr<AnswerSpool>(new AnswerSpool(fs, std::move(options)));
}

std::shared_ptr<MemoryCharge> AnswerSpool::TryHold(uint64_t bytes) {
  auto charge = std::make_shared<MemoryCharge>(memory_);
  return charge->TryGrowTo(bytes) ? charge : nullptr;
}

Result<std::shared_ptr<SpooledText>> AnswerSpool::Put(std::string_view text) {
  return Put([&text](std::string& piece) {
    piece += text.substr(0, 1 << 20);
    text.remove_prefix(piece.size());
    return !piece.empty();
  });
}

Result<std::shared_ptr<SpooledText>> AnswerSpool::Put(
    const std::function<bool(std::string& piece)>& next) {
  const std::string path =
      JoinPath(options_.folder, std::string(kFilePrefix) + std::to_string(next_name_++));
  // What is left of the disk is for entries.
  NARFI_ASSIGN(const uint64_t free, fs_.FreeBytes(options_.folder));
  const uint64_t may_take = (free + files_->used_bytes()) / kDiskShare;
  NARFI_ASSIGN(auto out, fs_.Create(path));
  const auto room = std::make_shared<MemoryCharge>(files_);
  const auto write = [&]() -> Result<std::unique_ptr<RandomAccessFile>> {
    std::string piece;
    while (next(piece)) {
      if (!room->TryGrowTo(room->bytes() + piece.size()) || files_->used_bytes() > may_take)
        return Fail(Code::kLimit,
                    "too much is waiting for clients that do not read; ask again later");
      NARFI_TRY(out->Append(piece));
      piece.clear();
    }
    return fs_.Open(path);
  };
  auto file = write();
  const Status removed = fs_.Remove(path);
  if (!file) return tl::unexpected<Error>(std::move(file).error());
  NARFI_TRY(Status(removed));
  static auto spooled =
      CounterMetric("narfi_spooled_answers_total",
                    "Answers, and pieces of streamed ones, that waited in a file.");
  spooled.Increment();
  return std::make_shared<SpooledText>(std::move(*file), room);
}

}  // namespace narfi::server
