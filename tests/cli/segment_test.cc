// `narfi segment`, on files of its own.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "cli/args.h"
#include "cli/completion.h"
#include "storage/segment_reader.h"
#include "storage/segment_writer.h"
#include "tests/cli/support/fake_loki.h"
#include "tests/support/temp_folder.h"

namespace narfi::cli {
namespace {

constexpr int64_t kNow = 1'795'132'800'000'000'000;

// A file of two streams with `rows` entries each.
std::string MakeSegment(const std::string& folder, int rows) {
  const auto store = storage::MakeLocalObjectStore(MachineFileSystem(), folder);
  storage::SegmentFooter about;
  about.id = {1, 2};
  about.tenant = "team";
  about.day = kNow / kDay;
  about.created_ns = kNow;
  about.covered_sequence = 77;
  about.replaces = {{3, 4}};
  const auto writer = *storage::SegmentWriter::Create(*store, "a.seg", about, {});
  std::map<StreamId, std::shared_ptr<const Labels>> streams;
  for (const char* app : {"api", "web"}) {
    const auto labels = std::make_shared<const Labels>(std::vector<Label>{{"app", app}});
    streams[labels->Id()] = labels;
  }
  const std::vector<storage::MetadataPair> metadata = {{"detected_level", "info"}};
  for (const auto& [id, labels] : streams) {
    for (int i = 0; i < rows; ++i) {
      const std::string line =
          fmt::format(R"({{"took":{},"who":"{}\n"}})", i * 7, labels->Get("app"));
      REQUIRE(writer->Append(id, labels, kNow + i, line, metadata).has_value());
    }
  }
  REQUIRE(writer->Commit().has_value());
  return folder + "/a.seg";
}

// Runs the command line; the status.
int Run(CommandBench& bench, std::vector<std::string> args, bool color = false) {
  const ParsedArgs parsed = ParseArgs(args);
  REQUIRE_MESSAGE(parsed.options.has_value(), parsed.text);
  return bench.RunOptions(*parsed.options, color);
}

// Flips a bit of the file.
void Damage(const std::string& path, size_t at) {
  std::string bytes = *MachineFileSystem().ReadAll(path);
  bytes[at] = static_cast<char>(bytes[at] ^ 4);
  REQUIRE(WriteFileAtomically(MachineFileSystem(), path, bytes).has_value());
}

storage::RowGroupMeta FirstGroup(const std::string& folder) {
  const auto store = storage::MakeLocalObjectStore(MachineFileSystem(), folder);
  return (*storage::SegmentReader::Open(*store, "a.seg", nullptr))->groups()[0]->meta();
}

bool Holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("segment dump prints every entry as a line of JSON, of all streams or of some") {
  testing::TempFolder folder;
  const std::string path = MakeSegment(folder.path(), 2);
  CommandBench bench;
  CHECK(Run(bench, {"segment", "dump", path, "--stream", "{app=\"web\"}"}) == kExitOk);
  CHECK(
      bench.out ==
      R"({"stream":{"app":"web"},"ts":"2026-11-20T00:00:00Z","line":"{\"took\":0,\"who\":\"web\\n\"}","structuredMetadata":{"detected_level":"info"}})"
      "\n"
      R"({"stream":{"app":"web"},"ts":"2026-11-20T00:00:00.000000001Z","line":"{\"took\":7,\"who\":\"web\\n\"}","structuredMetadata":{"detected_level":"info"}})"
      "\n");
  CHECK(Run(bench, {"segment", "dump", path}) == kExitOk);
  CHECK(std::count(bench.out.begin(), bench.out.end(), '\n') == 4);
  CHECK(Run(bench, {"segment", "dump", path, "--stream", "{app=}"}) == kExitUsage);
  CHECK(Holds(bench.err, "--stream: parse error"));
}

TEST_CASE("segment inspect says what the footer says, and the columns when asked") {
  testing::TempFolder folder;
  const std::string path = MakeSegment(folder.path(), 300);
  CommandBench bench;
  CHECK(Run(bench, {"segment", "inspect", path}) == kExitOk);
  for (const char* part :
       {"segment 00000000000000010000000000000002\n", "tenant           team\n", "2026-11-20\n",
        "covered sequence 77\n", "1 00000000000000030000000000000004\n", "rows             600\n",
        "300 rows  {app=\"web\"}\n", "row group 0\n", "600 of 2 streams\n",
        "2026-11-20T00:00:00Z to 2026-11-20T00:00:00.000000299Z\n"})
    CHECK_MESSAGE(Holds(bench.out, part), part);
  CHECK_FALSE(Holds(bench.out, "detected_level"));
  CHECK_FALSE(Holds(bench.out, "\x1b"));
  CHECK(Run(bench, {"segment", "inspect", path, "--columns"}, true) == kExitOk);
  for (const char* part :
       {"integers", "took", "who", "metadata detected_level", "constant", "\x1b"})
    CHECK_MESSAGE(Holds(bench.out, part), part);
}

TEST_CASE("segment verify finds nothing in a sound segment, and the offset of what is damaged") {
  testing::TempFolder folder;
  const std::string path = MakeSegment(folder.path(), 300);
  CommandBench bench;
  CHECK(Run(bench, {"segment", "verify", path}) == kExitOk);
  CHECK(Holds(bench.out, path + ": sound, 600 rows, "));
  const storage::RowGroupMeta group = FirstGroup(folder.path());
  Damage(path, group.times.offset + 20);
  CHECK(Run(bench, {"segment", "verify", path}) == kExitFailed);
  CHECK(Holds(bench.out, fmt::format("{}: block at {}: bad checksum\n", path, group.times.offset)));
  CHECK(Holds(bench.out, "row group 0: 600 of 600 rows cannot be read: "));
  CHECK(Run(bench, {"segment", "dump", path}) == kExitFailed);
  CHECK(bench.out.empty());
  CHECK(Holds(bench.err, "300 entries are left out: segment "));
  CHECK(Run(bench, {"segment", "verify", path, folder.path() + "/none.seg"}) == kExitFailed);
  CHECK(Holds(bench.out, "none.seg"));
  CHECK(Run(bench, {"segment", "inspect", folder.path() + "/none.seg"}) == kExitFailed);
  CHECK(Holds(bench.err, "No such file"));
}

TEST_CASE("segment wants an action and a file, and has help and completion") {
  CHECK(ParseArgs({"segment"}).exit_status == kExitUsage);
  CHECK(ParseArgs({"segment", "dump"}).exit_status == kExitUsage);
  CHECK(Holds(ParseArgs({"segment", "dump", "--help"}).text, "--stream"));
  CHECK(Holds(ParseArgs({"help", "segment"}).text, "inspect"));
  CHECK(Holds(CompletionScript("bash"), "inspect verify dump"));
}

}  // namespace
}  // namespace narfi::cli
