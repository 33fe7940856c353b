#include "base/file.h"

#include <doctest/doctest.h>

#include <unistd.h>

#include <fstream>
#include <thread>

#include "tests/support/temp_folder.h"

namespace narfi {
namespace {

TEST_CASE("a file is written whole or not at all, and read back") {
  testing::TempFolder folder;
  FileSystem& fs = MachineFileSystem();
  const std::string path = folder.path() + "/f";
  REQUIRE(WriteFileAtomically(fs, path, "first").has_value());
  REQUIRE(WriteFileAtomically(fs, path, std::string(300'000, 'x')).has_value());
  CHECK(*fs.ReadAll(path) == std::string(300'000, 'x'));
  CHECK(*fs.Size(path) == 300'000);
  CHECK(fs.List(folder.path())->size() == 1);
}

TEST_CASE("a pipe is read to its end") {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  std::thread writer([fd = ends[1]] {
    CHECK(write(fd, "hello", 5) == 5);
    close(fd);
  });
  CHECK(*MachineFileSystem().ReadAll("/dev/fd/" + std::to_string(ends[0])) == "hello");
  writer.join();
  close(ends[0]);
}

TEST_CASE("what is not there is not found, and what is short is damage") {
  testing::TempFolder folder;
  FileSystem& fs = MachineFileSystem();
  CHECK(fs.ReadAll(folder.path() + "/no").error().code == Code::kNotFound);
  REQUIRE(WriteFileAtomically(fs, folder.path() + "/f", "abc").has_value());
  const auto file = *fs.Open(folder.path() + "/f");
  std::string bytes;
  CHECK(file->Read(1, 2, bytes).has_value());
  CHECK(bytes == "bc");
  CHECK(file->Read(2, 2, bytes).error().code == Code::kCorrupt);
}

TEST_CASE("one lock, one holder") {
  testing::TempFolder folder;
  FileSystem& fs = MachineFileSystem();
  auto held = fs.Lock(folder.path() + "/LOCK");
  REQUIRE(held.has_value());
  CHECK(fs.Lock(folder.path() + "/LOCK").error().code == Code::kUnavailable);
  held->reset();
  CHECK(fs.Lock(folder.path() + "/LOCK").has_value());
}

}  // namespace
}  // namespace narfi
