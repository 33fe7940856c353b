#include "storage/manifest.h"

#include <doctest/doctest.h>

#include "storage/manifest_format.h"
#include "tests/support/faulty_fs.h"

namespace narfi::storage {
namespace {

using testing::FaultyFileSystem;

SegmentInfo Segment(uint64_t number) {
  SegmentInfo info;
  info.id = {1, number};
  info.tenant = "t";
  info.day = -3;
  info.min_time_ns = -5;
  info.max_time_ns = 5;
  info.rows = number;
  return info;
}

std::vector<uint64_t> Living(const ManifestState& state) {
  std::vector<uint64_t> out;
  for (const auto& [id, info] : state.segments) out.push_back(id.low);
  return out;
}

TEST_CASE("edits are there after reopening") {
  FaultyFileSystem fs;
  {
    const auto manifest = OpenLocalManifest(fs, "/m");
    REQUIRE(manifest.has_value());
    REQUIRE((*manifest)->Commit(0, {{Segment(1), Segment(2)}, {}, {{"t", 10}}}).has_value());
    REQUIRE(
        (*manifest)->Commit(1, {{Segment(3)}, {{1, 1}, {1, 2}}, {{"t", 8}, {"u", 4}}}).has_value());
  }
  const auto manifest = OpenLocalManifest(fs, "/m");
  REQUIRE(manifest.has_value());
  const auto state = (*manifest)->state();
  CHECK(state->generation == 2);
  CHECK(Living(*state) == std::vector<uint64_t>{3});
  CHECK(state->covered == std::map<std::string, uint64_t>{{"t", 10}, {"u", 4}});
  CHECK(state->segments.begin()->second->day == -3);
}

TEST_CASE(
    "removed segments are known until their files are gone, and deletes until they are done") {
  FaultyFileSystem fs;
  DeletePredicate what;
  what.id = {7, 7};
  what.tenant = "t";
  what.matchers = {{"app", "=~", "a.*"}, {"level", "!=", ""}};
  what.start_ns = -4;
  what.end_ns = 4;
  const auto reopened = [&] { return (*OpenLocalManifest(fs, "/m"))->state(); };
  {
    const auto manifest = OpenLocalManifest(fs, "/m");
    REQUIRE((*manifest)->Commit(0, {{Segment(1), Segment(2)}, {}, {}}).has_value());
    ManifestEdit edit;
    edit.add = {Segment(3)};
    edit.add.front().level = 2;
    edit.remove = {{1, 1}, {1, 2}};
    edit.add_deletes = {what};
    REQUIRE((*manifest)->Commit(1, edit).has_value());
    CHECK((*manifest)->Commit(2, edit).error().code == Code::kCorrupt);
  }
  CHECK(Living(*reopened()) == std::vector<uint64_t>{3});
  CHECK(reopened()->segments.begin()->second->level == 2);
  CHECK(reopened()->removed.size() == 2);
  what.generation = 2;
  CHECK(*reopened()->deletes.at({7, 7}) == what);
  {
    ManifestEdit edit;
    edit.gone = {{1, 2}};
    // The first edit of an opening makes a checkpoint of what was there.
    REQUIRE((*OpenLocalManifest(fs, "/m"))->Commit(2, edit).has_value());
  }
  CHECK(reopened()->removed.size() == 1);
  CHECK(reopened()->removed.contains({1, 1}));
  CHECK(*reopened()->deletes.at({7, 7}) == what);
  ManifestEdit done;
  done.remove_deletes = {{7, 7}};
  const auto manifest = OpenLocalManifest(fs, "/m");
  REQUIRE((*manifest)->Commit(3, done).has_value());
  CHECK((*manifest)->Commit(4, done).error().code == Code::kCorrupt);
  CHECK(reopened()->deletes.empty());
}

TEST_CASE("an edit for another generation, or of segments that are not there, changes nothing") {
  FaultyFileSystem fs;
  const auto manifest = OpenLocalManifest(fs, "/m");
  REQUIRE(manifest.has_value());
  CHECK((*manifest)->Commit(5, {{Segment(1)}, {}, {}}).error().code == Code::kUnavailable);
  CHECK((*manifest)->Commit(0, {{}, {{9, 9}}, {}}).error().code == Code::kCorrupt);
  REQUIRE((*manifest)->Commit(0, {{Segment(1)}, {}, {}}).has_value());
  CHECK((*manifest)->Commit(1, {{Segment(1)}, {}, {}}).error().code == Code::kCorrupt);
  CHECK(Living(*(*manifest)->state()) == std::vector<uint64_t>{1});
}

// One edit replaces two segments by one: after a power cut at any operation, either the old two or
// the new one live, and an edit that was answered is there.
TEST_CASE("a replacing edit is all or nothing when the power goes at any operation") {
  for (const auto tail : {FaultyFileSystem::Tail::kNothing, FaultyFileSystem::Tail::kHalf,
                          FaultyFileSystem::Tail::kAll}) {
    for (int64_t cut = 0;; ++cut) {
      FaultyFileSystem fs;
      bool answered = false;
      {
        const auto manifest = OpenLocalManifest(fs, "/m");
        REQUIRE(manifest.has_value());
        REQUIRE((*manifest)->Commit(0, {{Segment(1), Segment(2)}, {}, {}}).has_value());
        fs.FailAfter(cut);
        answered = (*manifest)->Commit(1, {{Segment(3)}, {{1, 1}, {1, 2}}, {}}).has_value();
      }
      fs.PowerCut(tail);
      const auto manifest = OpenLocalManifest(fs, "/m");
      REQUIRE(manifest.has_value());
      const auto living = Living(*(*manifest)->state());
      const bool is_old = living == std::vector<uint64_t>{1, 2};
      const bool is_new = living == std::vector<uint64_t>{3};
      CHECK((is_old || is_new));
      if (answered) CHECK(is_new);
      if (answered) break;
      REQUIRE(cut < 100);
    }
  }
}

TEST_CASE("opening survives a power cut at any operation") {
  for (int64_t cut = 0; cut < 20; ++cut) {
    FaultyFileSystem fs;
    {
      const auto manifest = OpenLocalManifest(fs, "/m");
      REQUIRE((*manifest)->Commit(0, {{Segment(1)}, {}, {}}).has_value());
    }
    fs.FailAfter(cut);
    static_cast<void>(OpenLocalManifest(fs, "/m"));
    fs.PowerCut(FaultyFileSystem::Tail::kHalf);
    const auto manifest = OpenLocalManifest(fs, "/m");
    REQUIRE(manifest.has_value());
    CHECK(Living(*(*manifest)->state()) == std::vector<uint64_t>{1});
  }
}

TEST_CASE("after a failed sync the next edit starts a new log") {
  FaultyFileSystem fs;
  const auto manifest = OpenLocalManifest(fs, "/m");
  fs.FailAfter(1);  // the append passes, the sync does not
  CHECK((*manifest)->Commit(0, {{Segment(1)}, {}, {}}).error().code == Code::kIo);
  fs.FailAfter(-1);
  REQUIRE((*manifest)->Commit(0, {{Segment(2)}, {}, {}}).has_value());
  fs.PowerCut(FaultyFileSystem::Tail::kAll);
  const auto again = OpenLocalManifest(fs, "/m");
  CHECK(Living(*(*again)->state()) == std::vector<uint64_t>{2});
}

TEST_CASE("a damaged record with others behind it is an error, not a shorter history") {
  FaultyFileSystem fs;
  {
    const auto manifest = OpenLocalManifest(fs, "/m");
    REQUIRE((*manifest)->Commit(0, {{Segment(1)}, {}, {}}).has_value());
    REQUIRE((*manifest)->Commit(1, {{Segment(2)}, {}, {}}).has_value());
  }
  const std::string log = fs.Files().front();
  // The checkpoint's length, its payload, its checksum, the first edit's length: all are followed
  // by records that are whole.
  for (const uint64_t offset : {0, 1, 2, 3, 6, 9, 14}) {
    CAPTURE(offset);
    fs.Damage(log, kManifestHeaderBytes + offset);
    const auto manifest = OpenLocalManifest(fs, "/m");
    REQUIRE_FALSE(manifest.has_value());
    CHECK(manifest.error().code == Code::kCorrupt);
    fs.Damage(log, kManifestHeaderBytes + offset);
  }
}

// After a clean stop the checkpoint is the only record: nothing behind it shows that it is damaged.
TEST_CASE("a damaged checkpoint is an error wherever the damage lies") {
  FaultyFileSystem fs;
  {
    const auto manifest = OpenLocalManifest(fs, "/m");
    REQUIRE((*manifest)->Commit(0, {{Segment(1), Segment(2)}, {}, {{"t", 3}}}).has_value());
  }
  ManifestState state = *(*OpenLocalManifest(fs, "/m"))->state();
  std::string whole = ManifestHeader(1);
  whole += FrameEdit(WholeState(state), state.generation, 1, whole.size());
  REQUIRE(ReadManifestLog(whole, 1).has_value());
  for (size_t at = 0; at < whole.size(); ++at) {
    CAPTURE(at);
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
      const auto log = ReadManifestLog(damaged, 1);
      if (at >= 12 && at < 16) continue;  // reserved bytes say nothing
      CHECK_FALSE(log.has_value());
    }
    CHECK_FALSE(ReadManifestLog(whole.substr(0, at), 1).has_value());
  }
}

TEST_CASE("a damaged last record is an error, and a torn one is cut") {
  ManifestState state;
  std::string whole = ManifestHeader(1);
  whole += FrameEdit({}, 0, 1, whole.size());
  const size_t last = whole.size();
  whole += FrameEdit({{Segment(1), Segment(2)}, {}, {{"t", 3}}}, 1, 1, last);
  for (size_t at = last; at < whole.size(); ++at) {
    CAPTURE(at);
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
      CHECK_FALSE(ReadManifestLog(damaged, 1).has_value());
    }
    const auto cut = ReadManifestLog(whole.substr(0, at), 1);
    REQUIRE(cut.has_value());
    CHECK(cut->good_bytes == last);
    CHECK(cut->cut_bytes == at - last);
    // The size of the file reached the disk and the bytes did not.
    const auto zeros = ReadManifestLog(whole.substr(0, at) + std::string(whole.size() - at, 0), 1);
    if (whole.size() - at < 8) continue;
    REQUIRE(zeros.has_value());
    CHECK(zeros->good_bytes == last);
  }
}

TEST_CASE("a damaged manifest says what to do") {
  FaultyFileSystem fs;
  { REQUIRE((*OpenLocalManifest(fs, "/m"))->Commit(0, {{Segment(1)}, {}, {}}).has_value()); }
  fs.Damage(fs.Files().front(), kManifestHeaderBytes + 1);
  const auto manifest = OpenLocalManifest(fs, "/m");
  REQUIRE_FALSE(manifest.has_value());
  CHECK(manifest.error().text.find("from a copy,") != std::string::npos);
}

TEST_CASE("a manifest opens on a full disk, and takes edits once there is room") {
  FaultyFileSystem fs;
  { REQUIRE((*OpenLocalManifest(fs, "/m"))->Commit(0, {{Segment(1)}, {}, {}}).has_value()); }
  fs.SetFull(true);
  const auto manifest = OpenLocalManifest(fs, "/m");
  REQUIRE(manifest.has_value());
  CHECK(Living(*(*manifest)->state()) == std::vector<uint64_t>{1});
  CHECK_FALSE((*manifest)->Commit(1, {{Segment(2)}, {}, {}}).has_value());
  CHECK_FALSE((*manifest)->Commit(1, {{Segment(2)}, {}, {}}).has_value());
  fs.SetFull(false);
  REQUIRE((*manifest)->Commit(1, {{Segment(2)}, {}, {}}).has_value());
  fs.PowerCut(FaultyFileSystem::Tail::kNothing);
  CHECK(Living(*(*OpenLocalManifest(fs, "/m"))->state()) == std::vector<uint64_t>{1, 2});
}

TEST_CASE("a log of a newer version is refused by name") {
  std::string bytes = ManifestHeader(1);
  bytes[8] = 9;
  const auto log = ReadManifestLog(bytes, 1);
  REQUIRE_FALSE(log.has_value());
  CHECK(log.error().text.find("version 9") != std::string::npos);
}

}  // namespace
}  // namespace narfi::storage
