#include "server/answer_spool.h"

#include <doctest/doctest.h>

#include "tests/support/faulty_fs.h"

namespace narfi::server {
namespace {

using testing::FaultyFileSystem;
using Then = net::AnswerPiece::Then;

std::unique_ptr<AnswerSpool> OpenSpool(FileSystem& fs, uint64_t file_bytes = 1 << 20) {
  auto spool = AnswerSpool::Open(
      fs, {.folder = "/data/answers", .memory_bytes = 1000, .file_bytes = file_bytes});
  REQUIRE(spool.has_value());
  return std::move(*spool);
}

std::string TextOf(size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += std::to_string(text.size());
  return text.substr(0, bytes);
}

TEST_CASE("answers share a little memory, which they give back") {
  FaultyFileSystem fs;
  auto spool = OpenSpool(fs);
  auto first = spool->TryHold(600);
  REQUIRE(first != nullptr);
  CHECK(spool->TryHold(600) == nullptr);
  auto second = spool->TryHold(400);
  CHECK(second != nullptr);
  spool = nullptr;
  first = nullptr;  // also later
  spool = OpenSpool(fs);
  CHECK(spool->TryHold(1000) != nullptr);
}

TEST_CASE("a text in a file comes back piece by piece, and the file has no name") {
  FaultyFileSystem fs;
  const auto spool = OpenSpool(fs);
  for (const size_t bytes : {size_t{1}, AnswerSpool::kPieceBytes, AnswerSpool::kPieceBytes + 1,
                             3 * AnswerSpool::kPieceBytes - 1}) {
    CAPTURE(bytes);
    const std::string text = TextOf(bytes);
    const auto put = spool->Put(text);
    REQUIRE(put.has_value());
    CHECK(fs.Files().empty());
    std::string got;
    for (;;) {
      const net::AnswerPiece piece = NextPiece(**put);
      REQUIRE(piece.then != Then::kBroken);
      CHECK(piece.bytes.size() <= AnswerSpool::kPieceBytes);
      got += piece.bytes;
      if (piece.then == Then::kEnd) break;
    }
    CHECK(got == text);
  }
}

TEST_CASE("pieces are put one behind the other") {
  FaultyFileSystem fs;
  const auto spool = OpenSpool(fs);
  int pieces = 0;
  const auto put = spool->Put([&](std::string& piece) {
    if (pieces == 3) return false;
    piece += std::to_string(pieces++) + ";";
    return true;
  });
  REQUIRE(put.has_value());
  std::string text;
  REQUIRE((*put)->Read(4, text).has_value());
  CHECK((*put)->left() == 2);
  REQUIRE((*put)->Read(100, text).has_value());
  CHECK(text == "0;1;2;");
}

TEST_CASE("files take so much together and no more, until they are dropped") {
  FaultyFileSystem fs;
  const auto spool = OpenSpool(fs, 1000);
  auto first = spool->Put(TextOf(900));
  REQUIRE(first.has_value());
  const auto second = spool->Put(TextOf(101));
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().code == Code::kLimit);
  CHECK(second.error().text.starts_with("too much is waiting for clients that do not read"));
  CHECK(fs.Files().empty());
  *first = nullptr;
  CHECK(spool->Put(TextOf(1000)).has_value());
}

TEST_CASE("files leave most of what is free on the disk to others") {
  FaultyFileSystem fs;
  const auto spool = OpenSpool(fs);
  fs.SetFreeBytes(3600);
  const auto first = spool->Put(TextOf(900));
  REQUIRE(first.has_value());
  fs.SetFreeBytes(2700);
  CHECK_FALSE(spool->Put(TextOf(1)).has_value());
  fs.SetFreeBytes(2704);
  CHECK(spool->Put(TextOf(1)).has_value());
}

TEST_CASE("a full disk is an error, and leaves nothing behind") {
  FaultyFileSystem fs;
  const auto spool = OpenSpool(fs);
  fs.SetFull(true);
  const auto put = spool->Put(TextOf(100));
  REQUIRE_FALSE(put.has_value());
  CHECK(IsNoSpace(put.error()));
  CHECK(fs.Files().empty());
}

TEST_CASE("what a crash left is removed at the next start, and nothing of others") {
  FaultyFileSystem fs;
  REQUIRE(fs.MakeFolder("/data/answers").has_value());
  REQUIRE(fs.Create("/data/answers/answer-7").has_value());
  REQUIRE(fs.Create("/data/answers/CURRENT").has_value());
  CHECK(fs.Files().size() == 2);
  const auto spool = OpenSpool(fs);
  CHECK(fs.Files() == std::vector<std::string>{"/data/answers/CURRENT"});
}

}  // namespace
}  // namespace narfi::server
