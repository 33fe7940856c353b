#include "ingest/wal.h"

#include <doctest/doctest.h>

#include <future>

#include "ingest/wal_format.h"
#include "ingest/wal_replay.h"
#include "tests/support/faulty_fs.h"

namespace narfi::ingest {
namespace {

using testing::FaultyFileSystem;

std::string Head(const std::string& tenant, uint64_t sequence, const std::string& body) {
  WalPush push;
  push.sequence = sequence;
  push.tenant = tenant;
  push.content_type = "application/json";
  push.body = body;
  return EncodePushHead(push);
}

// Appends and waits for the answer.
Status AppendAndWait(Wal& wal, const std::string& tenant, uint64_t sequence,
                     const std::string& body) {
  std::promise<Status> answer;
  if (!wal.Append(tenant, sequence, Head(tenant, sequence, body),
                  std::make_shared<const std::string>(body),
                  [&](const Status& status) { answer.set_value(status); })) {
    return Fail(Code::kUnavailable, wal.Why());
  }
  return answer.get_future().get();
}

std::vector<std::string> ReplayAll(FaultyFileSystem& fs, ReplayReport* last = nullptr) {
  std::vector<std::string> out;
  for (const std::string& path : fs.Files()) {
    const uint64_t number = std::stoull(path.substr(path.size() - 20, 16), nullptr, 16);
    const auto report = ReplayFile(fs, path, number, [&](const WalPush& push) {
      out.push_back(std::string(push.tenant) + std::to_string(push.sequence) + ":" +
                    std::string(push.body));
      return Status();
    });
    REQUIRE(report.has_value());
    if (last != nullptr) *last = *report;
  }
  return out;
}

TEST_CASE("what was answered is replayed in order, across files") {
  FaultyFileSystem fs;
  std::vector<std::string> want;
  {
    const auto wal = Wal::Open(fs, {.folder = "/w", .file_bytes = 100}, 1);
    REQUIRE(wal.has_value());
    for (uint64_t i = 1; i <= 10; ++i) {
      REQUIRE(AppendAndWait(**wal, "t", i, "body" + std::to_string(i)).has_value());
      want.push_back("t" + std::to_string(i) + ":body" + std::to_string(i));
    }
  }
  CHECK(fs.Files().size() > 2);
  fs.PowerCut(FaultyFileSystem::Tail::kNothing);
  CHECK(ReplayAll(fs) == want);
}

TEST_CASE("a torn tail is cut and counted, whatever is left of it") {
  FaultyFileSystem fs;
  {
    const auto wal = Wal::Open(fs, {.folder = "/w"}, 1);
    REQUIRE(AppendAndWait(**wal, "t", 1, "kept").has_value());
  }
  const std::string path = fs.Files().front();
  const std::string whole = *fs.ReadAll(path);
  {
    const auto wal = Wal::Open(fs, {.folder = "/w"}, 1);
    REQUIRE(AppendAndWait(**wal, "t", 2, "second").has_value());
  }
  const std::string second_path = fs.Files().back();
  const std::string second = *fs.ReadAll(second_path);
  for (uint64_t size = 0; size < second.size(); ++size) {
    REQUIRE(fs.Truncate(second_path, size).has_value());
    ReplayReport report;
    CHECK(ReplayAll(fs, &report) == std::vector<std::string>{"t1:kept"});
    CHECK((report.torn_bytes > 0) == (size > 0 && size != kWalHeaderBytes));
    const auto file = *fs.Create(second_path);
    REQUIRE(file->Append(second).has_value());
  }
}

TEST_CASE("a damaged record inside a file is counted and the rest is replayed") {
  FaultyFileSystem fs;
  {
    const auto wal = Wal::Open(fs, {.folder = "/w"}, 1);
    for (uint64_t i = 1; i <= 3; ++i)
      REQUIRE(AppendAndWait(**wal, "t", i, std::string(100, 'x')).has_value());
  }
  fs.Damage(fs.Files().front(), kWalHeaderBytes + 180);
  ReplayReport report;
  CHECK(ReplayAll(fs, &report).size() == 2);
  CHECK(report.damaged_records == 1);
}

TEST_CASE("after a failed sync waiting pushes are refused, and a new file takes over") {
  FaultyFileSystem fs;
  const auto wal = Wal::Open(fs, {.folder = "/w", .probe_ns = 1'000'000}, 1);
  REQUIRE(wal.has_value());
  fs.FailAfter(3);  // the three appends of a record pass, the sync does not
  CHECK(AppendAndWait(**wal, "t", 1, "lost").error().code == Code::kIo);
  CHECK_FALSE((*wal)->Why().empty());
  CHECK(AppendAndWait(**wal, "t", 2, "lost too").error().code == Code::kUnavailable);
  fs.FailAfter(-1);
  while (!(*wal)->Why().empty()) std::this_thread::yield();
  CHECK(AppendAndWait(**wal, "t", 3, "kept").has_value());
  fs.PowerCut(FaultyFileSystem::Tail::kNothing);
  CHECK(ReplayAll(fs) == std::vector<std::string>{"t3:kept"});
}

TEST_CASE("a full disk refuses pushes and recovers by itself") {
  FaultyFileSystem fs;
  const auto wal = Wal::Open(fs, {.folder = "/w", .probe_ns = 1'000'000}, 1);
  fs.SetFull(true);
  const auto refused = AppendAndWait(**wal, "t", 1, "lost");
  REQUIRE_FALSE(refused.has_value());
  CHECK(IsNoSpace(refused.error()));
  fs.SetFull(false);
  while (!(*wal)->Why().empty()) std::this_thread::yield();
  CHECK(AppendAndWait(**wal, "t", 2, "kept").has_value());
}

TEST_CASE("a log opens on a full disk, refuses pushes and recovers by itself") {
  FaultyFileSystem fs;
  { REQUIRE(AppendAndWait(**Wal::Open(fs, {.folder = "/w"}, 1), "t", 1, "old").has_value()); }
  fs.SetFull(true);
  const auto wal = Wal::Open(fs, {.folder = "/w", .probe_ns = 1'000'000}, 1);
  REQUIRE(wal.has_value());
  CHECK((*wal)->is_broken());
  CHECK((*wal)->first_number() == 2);
  CHECK((*wal)->old_files().size() == 1);
  CHECK_FALSE(AppendAndWait(**wal, "t", 2, "lost").has_value());
  fs.SetFull(false);
  while (!(*wal)->Why().empty()) std::this_thread::yield();
  CHECK(AppendAndWait(**wal, "t", 3, "kept").has_value());
  fs.PowerCut(FaultyFileSystem::Tail::kNothing);
  CHECK(ReplayAll(fs) == std::vector<std::string>{"t1:old", "t3:kept"});
}

TEST_CASE("files go when every tenant in them is covered, oldest first") {
  FaultyFileSystem fs;
  const auto wal = Wal::Open(fs, {.folder = "/w", .file_bytes = 1}, 1);
  REQUIRE(AppendAndWait(**wal, "a", 1, "x").has_value());
  REQUIRE(AppendAndWait(**wal, "b", 2, "x").has_value());
  REQUIRE(AppendAndWait(**wal, "a", 3, "x").has_value());
  const size_t files = fs.Files().size();
  (*wal)->Covered("a", 3);
  CHECK((*wal)->PinnedBy() == std::vector<std::string>{"b"});
  CHECK(fs.Files().size() < files);
  (*wal)->Covered("b", 2);
  CHECK(fs.Files().size() == 1);
}

TEST_CASE("a log over its limit says so") {
  FaultyFileSystem fs;
  const auto wal = Wal::Open(fs, {.folder = "/w", .max_bytes = 200}, 1);
  REQUIRE(AppendAndWait(**wal, "a", 1, std::string(300, 'x')).has_value());
  CHECK((*wal)->Why().find("full") != std::string::npos);
}

TEST_CASE("runs of ordinals hold what was added and nothing else") {
  std::vector<std::pair<uint32_t, uint32_t>> runs;
  for (const uint32_t ordinal : {0U, 1U, 2U, 5U, 7U, 8U}) AddOrdinal(runs, ordinal);
  CHECK(runs.size() == 3);
  for (uint32_t i = 0; i < 12; ++i)
    CHECK(HasOrdinal(runs, i) == (i <= 2 || i == 5 || i == 7 || i == 8));
}

TEST_CASE("a record of a push reads back as it was written") {
  WalPush push;
  push.sequence = 1ULL << 40;
  push.tenant = "team";
  push.received_ns = -5;
  push.content_type = "a/b";
  push.content_encoding = "gzip";
  push.all_accepted = false;
  push.accepted = {{0, 3}, {7, 7}};
  push.body = "bytes";
  const std::string record = EncodePushHead(push) + "bytes";
  const auto read = DecodePush(record);
  REQUIRE(read.has_value());
  CHECK(read->sequence == push.sequence);
  CHECK(read->received_ns == -5);
  CHECK(read->content_encoding == "gzip");
  CHECK(read->accepted == push.accepted);
  CHECK(read->body == "bytes");
  CHECK_FALSE(DecodePush(EncodePushHead(push)).has_value());
}

}  // namespace
}  // namespace narfi::ingest
