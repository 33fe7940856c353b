#include <doctest/doctest.h>

#include "tests/shipper/support/rig.h"

namespace narfi::shipper {
namespace {

// Times of birth are the machine's and are compared with the shipper's clock: here files are born
// after everything the shipper has seen.
struct RealTimeRig : Rig {
  RealTimeRig() { clock.Set(SystemClock().NowNs() - kHour); }
};

TEST_CASE("lines are shipped in their order, with the labels of the target and the file") {
  Rig rig;
  rig.Append("a.log", "one\ntwo\r\n\nthree\n");
  REQUIRE(rig.Start());
  rig.RunAndAcknowledge();
  CHECK(rig.outlet.lines == Strings{"one", "two", "", "three"});
  REQUIRE(rig.outlet.labels.size() == 4);
  CHECK(rig.outlet.labels[0] == "{filename=\"" + rig.Path("a.log") + "\", job=\"test\"}");
  // Equal lines must not have equal times.
  CHECK(rig.outlet.times[0] < rig.outlet.times[1]);
}

TEST_CASE("a line that is not finished waits for its end") {
  Rig rig;
  rig.Append("a.log", "one\ntw");
  REQUIRE(rig.Start());
  rig.RunAndAcknowledge();
  CHECK(rig.outlet.lines == Strings{"one"});
  rig.Append("a.log", "o\nthr");
  rig.RunAndAcknowledge();
  CHECK(rig.outlet.lines == Strings{"one", "two"});
  rig.Stop();
  CHECK(rig.outlet.lines == Strings{"one", "two"});
  // Neither is half a line shipped after a restart.
  REQUIRE(rig.Start());
  rig.Append("a.log", "ee\n");
  rig.RunAndAcknowledge();
  CHECK(rig.outlet.lines == Strings{"one", "two", "three"});
}

TEST_CASE("a file renamed under load is read to its end, and the new one after it") {
  Rig rig;
  rig.Append("a.log", "1\n2\n");
  REQUIRE(rig.Start());
  rig.RunAndAcknowledge();
  rig.Append("a.log", "3\n");
  rig.Rename("a.log", "a.log.1");
  rig.Append("a.log", "5\n");
  rig.Append("a.log.1", "4\n");  // the writer has the old file open still
  rig.RunAndAcknowledge();
  CHECK(rig.outlet.lines == Strings{"1", "2", "3", "4", "5"});
  rig.Append("a.log.1", "late\n");
  rig.RunAndAcknowledge();
  CHECK(rig.outlet.lines.back() == "late");
  CHECK(rig.outlet.labels.back() == "{filename=\"" + rig.Path("a.log") + "\", job=\"test\"}");
}

TEST_CASE(
    "a rotated name that the pattern takes too is not read again, not even after it was closed") {
  Rig rig("*.log*");
  rig.Append("a.log", "1\n");
  REQUIRE(rig.Start());
  rig.RunAndAcknowledge();
  rig.Rename("a.log", "a.log.1");
  rig.Append("a.log", "2\n");
  rig.RunAndAcknowledge(2 * kRotatedIdleNs);
  CHECK(rig.outlet.lines == Strings{"1", "2"});
  rig.Stop();
  REQUIRE(rig.Start());
  rig.RunAndAcknowledge(20 * kSecond);
  CHECK(rig.outlet.lines == Strings{"1", "2"});
}

TEST_CASE(
    "the last line of a rotated file is shipped without its end once nobody writes any more") {
  Rig rig;
  rig.Append("a.log", "1\nhalf");
  REQUIRE(rig.Start());
  rig.RunAndAcknowledge();
  rig.Rename("a.log", "a.log.1");
  rig.RunAndAcknowledge(kRotatedIdleNs / 2);
  CHECK(rig.outlet.lines == Strings{"1"});
  rig.RunAndAcknowledge(kRotatedIdleNs);
  CHECK(rig.outlet.lines == Strings{"1", "half"});
  rig.RunAndAcknowledge(kRotatedIdleNs);
  CHECK(rig.outlet.lines.size() == 2);
}

TEST_CASE("a file that was cut goes on in its copy, and then from its start") {
  RealTimeRig rig;
  rig.Append("a.log", "the first line is long enough\n2\n");
  REQUIRE(rig.Start());
  rig.RunAndAcknowledge();
  rig.Append("a.log", "3 was not read when the copy was made\n");
  rig.CopyAndCut("a.log", "a.log.1");
  rig.Append("a.log", "4\n");
  rig.RunAndAcknowledge();
  CHECK(rig.outlet.lines == Strings{"the first line is long enough", "2",
                                    "3 was not read when the copy was made", "4"});
}

TEST_CASE("a file that was cut and grew beyond what was read is noticed by its beginning") {
  Rig rig;
  rig.Append("a.log", "first generation 1\n");
  REQUIRE(rig.Start());
  rig.RunAndAcknowledge();
  rig.Cut("a.log");
  rig.Append("a.log", "second generation 1\nsecond generation 2\nsecond generation 3\n");
  rig.RunAndAcknowledge();
  CHECK(rig.outlet.lines == Strings{"first generation 1", "second generation 1",
                                    "second generation 2", "second generation 3"});
}

TEST_CASE("without a copy the half line of a cut file is shipped, since its end will never come") {
  Rig rig;
  rig.Append("a.log", "first\nhalf of a line");
  REQUIRE(rig.Start());
  rig.RunAndAcknowledge();
  rig.Cut("a.log");
  rig.Append("a.log", "new\n");
  rig.RunAndAcknowledge();
  CHECK(rig.outlet.lines == Strings{"first", "half of a line", "new"});
}

TEST_CASE("the zeros that a writer leaves when a file is cut under it are no part of a line") {
  Rig rig;
  rig.Append("a.log", "first\n");
  REQUIRE(rig.Start());
  rig.RunAndAcknowledge();
  rig.Cut("a.log");
  rig.Append("a.log", std::string(6, '\0') + "second\n");
  rig.RunAndAcknowledge();
  CHECK(rig.outlet.lines == Strings{"first", "second"});
}

TEST_CASE("two rotations between two looks lose nothing") {
  RealTimeRig rig;
  rig.Append("a.log", "generation one\n");
  REQUIRE(rig.Start());
  rig.RunAndAcknowledge();
  rig.Append("a.log", "1b\n");
  rig.Rename("a.log", "a.log.1");
  rig.Append("a.log", "generation two\n");
  rig.Rename("a.log.1", "a.log.2");
  rig.Rename("a.log", "a.log.1");
  rig.Append("a.log", "generation three\n");
  rig.RunAndAcknowledge();
  CHECK(rig.outlet.lines == Strings{"generation one", "1b", "generation two", "generation three"});
}

TEST_CASE("rotations while nobody was running lose nothing") {
  RealTimeRig rig;
  rig.Append("a.log", "generation one\n");
  REQUIRE(rig.Start());
  rig.RunAndAcknowledge();
  rig.Append("a.log", "unread\n");
  rig.Kill();
  rig.Append("a.log", "1b\n");
  rig.Rename("a.log", "a.log.1");
  rig.Append("a.log", "generation two\n");
  rig.Rename("a.log.1", "a.log.2");
  rig.Rename("a.log", "a.log.1");
  rig.Append("a.log", "generation three\n");
  REQUIRE(rig.Start());
  rig.RunAndAcknowledge();
  CHECK(rig.outlet.lines ==
        Strings{"generation one", "unread", "1b", "generation two", "generation three"});
}

TEST_CASE("a file cut while nobody was running goes on in its copy") {
  RealTimeRig rig;
  rig.Append("a.log", "a first line that is long enough\n");
  REQUIRE(rig.Start());
  rig.RunAndAcknowledge();
  rig.Kill();
  rig.Append("a.log", "unread\n");
  rig.CopyAndCut("a.log", "a.log.1");
  rig.Append("a.log", "new\n");
  REQUIRE(rig.Start());
  rig.RunAndAcknowledge();
  CHECK(rig.outlet.lines == Strings{"a first line that is long enough", "unread", "new"});
}

TEST_CASE("old rotated files are not read on the first start") {
  Rig rig;
  rig.clock.Set(SystemClock().NowNs() + kHour);
  rig.Append("a.log.1", "old\n");
  rig.Append("a.log", "new\n");
  REQUIRE(rig.Start());
  rig.RunAndAcknowledge();
  rig.Rename("a.log.1", "a.log.2");
  rig.Rename("a.log", "a.log.1");
  rig.Append("a.log", "newer\n");
  rig.RunAndAcknowledge();
  CHECK(rig.outlet.lines == Strings{"new", "newer"});
}

TEST_CASE("folders and files that come later are found") {
  Rig rig("**/*.log");
  REQUIRE(rig.Start());
  rig.RunAndAcknowledge();
  mkdir(rig.Path("deep").c_str(), 0755);
  mkdir(rig.Path("deep/er").c_str(), 0755);
  rig.Append("deep/er/b.log", "b\n");
  rig.Append("top.log", "t\n");
  rig.RunAndAcknowledge(12 * kSecond);
  CHECK(rig.outlet.lines.size() == 2);
}

TEST_CASE("excluded and compressed files are not read") {
  Rig rig("*");
  rig.settings.scrape_configs[0].targets[0].path_exclude = rig.Path("secret*");
  rig.Append("secret.log", "s\n");
  rig.Append("a.log.1.gz", "z\n");
  rig.Append("a.log", "a\n");
  REQUIRE(rig.Start());
  rig.RunAndAcknowledge();
  CHECK(rig.outlet.lines == Strings{"a"});
}

}  // namespace
}  // namespace narfi::shipper
