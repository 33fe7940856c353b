#include "shipper/positions.h"

#include <doctest/doctest.h>

#include "base/hash.h"
#include "tests/shipper/support/rig.h"

namespace narfi::shipper {
namespace {

TEST_CASE("only what is acknowledged is never shipped again") {
  Rig rig;
  rig.Append("a.log", "one\n");
  REQUIRE(rig.Start());
  rig.RunAndAcknowledge();
  rig.Append("a.log", "two\n");
  rig.Run();  // offered, not acknowledged
  CHECK(rig.outlet.waiting.size() == 1);
  rig.Kill();
  REQUIRE(rig.Start());
  rig.RunAndAcknowledge();
  CHECK(rig.outlet.lines == Strings{"one", "two"});
  REQUIRE(rig.SavedPositions().size() == 1);
  CHECK(rig.SavedPositions()[0].offset == 8);
}

TEST_CASE("a batch that ends inside a block acknowledges none of the lines behind it") {
  Rig rig;
  rig.settings.clients[0].batchsize = 10;
  std::string text;
  Strings want;
  for (int i = 0; i < 100; ++i) {
    want.push_back("line " + std::to_string(i));
    text += want.back() + "\n";
  }
  rig.Append("a.log", text);
  REQUIRE(rig.Start());
  rig.Run();
  REQUIRE(rig.outlet.waiting.size() == 100);
  // The server takes half of it, then the shipper dies.
  for (size_t i = 0; i < 50; ++i) rig.outlet.done.push_back(rig.outlet.waiting[i]->number);
  rig.Run();
  rig.Kill();
  REQUIRE(rig.Start());
  rig.RunAndAcknowledge();
  CHECK(rig.outlet.lines.size() >= 50);
  CHECK(Strings(rig.outlet.lines.end() - 50, rig.outlet.lines.end()) ==
        Strings(want.begin() + 50, want.end()));
}

TEST_CASE("a batch held in part acknowledges the files that have no line in that part") {
  Rig rig;
  rig.settings.limits.max_unacked_bytes = 1 << 20;
  rig.Append("a.log", "a1\n");
  rig.Append("b.log", "b1\n");
  REQUIRE(rig.Start());
  rig.Run();
  REQUIRE(rig.outlet.waiting.size() == 1);
  const Batch& first = *rig.outlet.waiting[0];
  REQUIRE(first.streams.size() == 2);
  const size_t of_a = first.streams[0].entries[0].line == "a1" ? 0 : 1;
  // The server takes all but the stream of a.log.
  rig.outlet.newly_held.push_back({first.number, {of_a}});
  rig.outlet.waiting.clear();
  rig.Append("a.log", "a2\n");
  rig.Append("b.log", "b2\n");
  rig.RunAndAcknowledge();
  const auto offset_of = [&](const std::string& name) {
    for (const Position& position : rig.SavedPositions()) {
      if (position.path == rig.Path(name)) return position.offset;
    }
    return UINT64_MAX;
  };
  CHECK(rig.outlet.lines.size() == 2);
  CHECK(offset_of("a.log") == 0);  // though a later batch is done
  CHECK(offset_of("b.log") == 6);
  // Much is held: of a.log nothing more is read, of b.log it is.
  rig.outlet.held = 1 << 20;
  rig.Append("a.log", "a3\n");
  rig.Append("b.log", "b3\n");
  rig.RunAndAcknowledge();
  CHECK(rig.outlet.lines.size() == 3);
  CHECK(rig.outlet.lines.back() == "b3");
  rig.outlet.held = 2 << 20;
  rig.Append("b.log", "b4\n");
  rig.RunAndAcknowledge();
  CHECK(rig.outlet.lines.size() == 3);
  // And it is taken after all.
  rig.outlet.held = 0;
  rig.outlet.done.push_back(1);
  rig.RunAndAcknowledge();
  CHECK(rig.outlet.lines.size() == 5);
  CHECK(offset_of("a.log") == 9);
  CHECK(offset_of("b.log") == 12);
}

TEST_CASE("an inode that is used again is another file") {
  Rig rig;
  rig.Append("a.log", "the old file, long enough to be told from the new one\n");
  REQUIRE(rig.Start());
  rig.RunAndAcknowledge();
  rig.Kill();
  // As if the file were gone and its inode given to the next one: same inode, other content.
  rig.Cut("a.log");
  rig.Append("a.log", "the new file, also long enough to hide behind an offset of the old one\n");
  REQUIRE(rig.Start());
  rig.RunAndAcknowledge();
  REQUIRE(rig.outlet.lines.size() == 2);
  CHECK(rig.outlet.lines[1].starts_with("the new file"));
}

TEST_CASE("Promtail's positions are where the first start begins, and are never written") {
  Rig rig;
  rig.Append("a.log", "old\nnew\n");
  rig.Append("b.log", "all\n");
  rig.Append("c.log", "c\n");
  const std::string theirs = "positions:\n  " + rig.Path("a.log") + ": \"4\"\n  " +
                             rig.Path("c.log") + ": \"99\"\n  " + rig.Path("d.log") +
                             ": \"3\"\n  cursor-journal: \"s=1;i=2\"\n";
  REQUIRE(WriteFileAtomically(MachineFileSystem(), rig.settings.positions.filename, theirs));
  REQUIRE(rig.Start());
  rig.RunAndAcknowledge();
  // What comes later is another file than the one that Promtail read.
  rig.Append("d.log", "fresh\n");
  rig.RunAndAcknowledge();
  rig.Stop();
  CHECK(rig.outlet.lines == Strings{"new", "all", "c", "fresh"});
  CHECK(*MachineFileSystem().ReadAll(rig.settings.positions.filename) == theirs);
  // Ours exists now, so an offset of theirs cannot hide the beginning of a new file.
  rig.Rename("a.log", "gone");
  rig.Append("a.log", "another file\n");
  REQUIRE(rig.Start());
  rig.RunAndAcknowledge();
  CHECK(rig.outlet.lines.back() == "another file");
}

TEST_CASE("a broken positions file stops the start, unless it may be ignored") {
  Rig rig;
  rig.Append("a.log", "one\n");
  const std::string ours = rig.settings.positions.filename + ".narfi";
  for (const char* broken : {"version: 2\nfiles: []\n", "nonsense",
                             "version: 1\nfiles: [{path: x}]\n", "a: [", "\0\0\0"}) {
    CAPTURE(broken);
    REQUIRE(WriteFileAtomically(MachineFileSystem(), ours, broken));
    const auto started = rig.Start();
    REQUIRE_FALSE(started.has_value());
    CHECK(started.error().code == Code::kCorrupt);
  }
  rig.settings.positions.ignore_invalid_yaml = true;
  REQUIRE(rig.Start());
  rig.RunAndAcknowledge();
  CHECK(rig.outlet.lines == Strings{"one"});
}

TEST_CASE("positions read back as they were written") {
  Position position;
  position.path = "/a \"b\"\n\xE2\x82\xAC.log";
  position.job = "j: x";
  position.identity = {1, UINT64_MAX, 1024, 0x0123456789abcdef};
  position.offset = UINT64_MAX;
  position.size = 7;
  position.seen_ns = -5;
  const std::vector<Position> all = {position, Position{}};
  const auto again = ParsePositions(FormatPositions(all), "p");
  REQUIRE_MESSAGE(again.has_value(), again.error().text);
  CHECK(*again == all);
  CHECK(ParsePositions(FormatPositions({}), "p")->empty());
}

TEST_CASE("positions written before there was a size are read") {
  const auto old = ParsePositions(
      "version: 1\nfiles:\n  - path: a\n    job: j\n    device: 1\n    inode: 2\n    head_bytes: "
      "0\n    head_hash: \"0\"\n    offset: 5\n    seen_ns: 6\n",
      "p");
  REQUIRE_MESSAGE(old.has_value(), old.error().text);
  REQUIRE(old->size() == 1);
  CHECK((*old)[0].offset == 5);
  CHECK((*old)[0].size == 0);
}

TEST_CASE("the size of a file is saved with its offset, also while the server takes nothing") {
  Rig rig;
  rig.Append("a.log", "one\n");
  REQUIRE(rig.Start());
  rig.RunAndAcknowledge();
  rig.Append("a.log", "two\nhalf");
  rig.Run();
  REQUIRE(rig.SavedPositions().size() == 1);
  CHECK(rig.SavedPositions()[0].offset == 4);
  CHECK(rig.SavedPositions()[0].size == 12);
}

TEST_CASE("a file that is gone is warned of only when something of it was not acknowledged") {
  for (const bool all_taken : {true, false}) {
    CAPTURE(all_taken);
    Rig rig;
    rig.Append("a.log", "one\n");
    REQUIRE(rig.Start());
    rig.RunAndAcknowledge();
    rig.Append("a.log", "two\n");
    if (all_taken) {
      rig.RunAndAcknowledge();
    } else {
      rig.Run();
    }
    rig.Kill();
    unlink(rig.Path("a.log").c_str());
    const std::string said = rig.StartAndListen();
    CHECK((said.find("a file is gone or was cut") != std::string::npos) == !all_taken);
  }
}

TEST_CASE("the example of docs/format/positions.md is what is written") {
  const auto page =
      MachineFileSystem().ReadAll(std::string(NARFI_SOURCE_DIR) + "/docs/format/positions.md");
  REQUIRE(page.has_value());
  Position position;
  position.path = "/var/log/dyocense/coach.log";
  position.job = "dyocense";
  position.identity = {2049, 131077, 12, Hash64("hello world\n")};
  position.offset = 12;
  position.size = 12;
  position.seen_ns = 1'795'132'800'000'000'000;
  CHECK_MESSAGE(page->find("```yaml\n" + FormatPositions({position}) + "```") != std::string::npos,
                FormatPositions({position}));
}

}  // namespace
}  // namespace narfi::shipper
