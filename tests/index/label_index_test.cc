#include "index/label_index.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>

#include "index/footer_cache.h"
#include "storage/segment_writer.h"
#include "tests/support/faulty_fs.h"
#include "tests/support/temp_folder.h"

namespace narfi::index {
namespace {

using storage::SegmentInfo;

// A store with segments of one entry a stream.
class Store {
 public:
  SegmentInfo Write(uint64_t number, const std::string& tenant, int64_t day,
                    const std::vector<Labels>& streams, int64_t time_ns) {
    storage::SegmentFooter about;
    about.id = {1, number};
    about.tenant = tenant;
    about.day = day;
    std::map<StreamId, std::shared_ptr<const Labels>> sorted;
    for (const Labels& labels : streams)
      sorted[labels.Id()] = std::make_shared<const Labels>(labels);
    const auto writer = storage::SegmentWriter::Create(*store, Name(number), about, {});
    REQUIRE(writer.has_value());
    for (const auto& [id, labels] : sorted)
      REQUIRE((*writer)->Append(id, labels, time_ns, "line", {}).has_value());
    REQUIRE((*writer)->Commit().has_value());
    SegmentInfo info;
    info.id = about.id;
    info.tenant = tenant;
    info.day = day;
    state.segments[info.id] = std::make_shared<const SegmentInfo>(info);
    return info;
  }
  static std::string Name(uint64_t number) { return "t/d/" + std::to_string(number) + ".seg"; }
  LabelIndex::OpenSegment Opener() {
    return [this](const SegmentInfo& info) { return footers.Get(info.id, Name(info.id.low)); };
  }

  testing::FaultyFileSystem fs;
  std::unique_ptr<storage::ObjectStore> store = storage::MakeLocalObjectStore(fs, "/s");
  FooterCache footers{*store, nullptr, 2};
  storage::ManifestState state;
};

Labels Stream(std::vector<Label> pairs) { return Labels(std::move(pairs)); }

LabelPredicate Equal(std::string name, std::string value) {
  return {name, true, value, [value](std::string_view v) { return v == value; }};
}
LabelPredicate Where(std::string name, std::function<bool(std::string_view)> accepts) {
  return {std::move(name), false, "", std::move(accepts)};
}

std::vector<std::string> Found(const LabelIndex& index, const std::string& tenant, int64_t day,
                               const std::vector<LabelPredicate>& predicates,
                               int64_t start = INT64_MIN, int64_t end = INT64_MAX) {
  const auto runs = index.FindRuns(tenant, {day}, predicates, start, end);
  REQUIRE(runs.has_value());
  std::vector<std::string> out;
  for (const RunLocation& run : *runs)
    out.push_back(index.LabelsOf(tenant, day, run.stream)->ToString() + "@" +
                  std::to_string(run.segment.low));
  std::sort(out.begin(), out.end());
  return out;
}

void CatchUp(LabelIndex& index, Store& store) {
  REQUIRE(index
              .CatchUp(store.state, store.Opener(),
                       [](const SegmentInfo&, const Error& error) { FAIL(error.text); })
              .has_value());
}

TEST_CASE("predicates of every kind find the right streams") {
  Store store;
  testing::TempFolder folder;
  store.Write(1, "t", 5,
              {Stream({{"app", "web"}, {"env", "prod"}}), Stream({{"app", "db"}, {"env", "prod"}}),
               Stream({{"app", "db"}})},
              100);
  const auto index = LabelIndex::Open(folder.path() + "/i");
  REQUIRE(index.has_value());
  CatchUp(**index, store);
  const std::string web = "{app=\"web\", env=\"prod\"}@1";
  const std::string db_prod = "{app=\"db\", env=\"prod\"}@1";
  const std::string db = "{app=\"db\"}@1";
  using List = std::vector<std::string>;
  CHECK(Found(**index, "t", 5, {Equal("app", "web")}) == List{web});
  CHECK(Found(**index, "t", 5, {Equal("app", "db"), Equal("env", "prod")}) == List{db_prod});
  CHECK(Found(**index, "t", 5, {Equal("app", "db"), Equal("env", "")}) == List{db});
  CHECK(Found(**index, "t", 5, {Where("app", [](std::string_view v) { return !v.empty(); })}) ==
        List{db_prod, db, web});
  CHECK(Found(**index, "t", 5, {Where("env", [](std::string_view v) { return v != "prod"; })}) ==
        List{db});
  CHECK(Found(**index, "t", 5, {}) == List{db_prod, db, web});
  CHECK(Found(**index, "t", 5, {Equal("app", "we")}).empty());
  CHECK(Found(**index, "t", 6, {}).empty());
  CHECK(Found(**index, "u", 5, {}).empty());
  CHECK(Found(**index, "t", 5, {}, 101, 200).empty());
  CHECK(Found(**index, "t", 5, {}, 100, 101).size() == 3);
}

TEST_CASE("catching up adds what is new and removes what is gone") {
  Store store;
  testing::TempFolder folder;
  const auto labels = Stream({{"app", "web"}});
  store.Write(1, "t", 5, {labels, Stream({{"app", "old"}})}, 100);
  {
    const auto index = LabelIndex::Open(folder.path() + "/i");
    CatchUp(**index, store);
    CHECK(Found(**index, "t", 5, {}).size() == 2);
    CHECK(*(*index)->NewestTime("t", labels.Id()) == 100);
  }
  store.state.segments.clear();
  store.Write(2, "t", 5, {labels}, 200);
  const auto index = LabelIndex::Open(folder.path() + "/i");
  CatchUp(**index, store);
  CHECK(Found(**index, "t", 5, {}) == std::vector<std::string>{"{app=\"web\"}@2"});
  CHECK(Found(**index, "t", 5, {Equal("app", "old")}).empty());
  CHECK(*(*index)->NewestTime("t", labels.Id()) == 200);
}

TEST_CASE("a damaged index is made anew") {
  Store store;
  testing::TempFolder folder;
  store.Write(1, "t", 5, {Stream({{"app", "web"}})}, 100);
  { CatchUp(**LabelIndex::Open(folder.path() + "/i"), store); }
  std::ofstream(folder.path() + "/i/CURRENT") << "rubbish";
  const auto index = LabelIndex::Open(folder.path() + "/i");
  REQUIRE(index.has_value());
  CHECK((*index)->FindRuns("t", {5}, {}, INT64_MIN, INT64_MAX).error().code == Code::kUnavailable);
  CatchUp(**index, store);
  CHECK(Found(**index, "t", 5, {}).size() == 1);
}

// What the index of `folder` says, after one repair if it says that it is damaged.
std::vector<std::string> FoundAfterRepair(const std::string& folder, Store& store, bool& was_bad) {
  const auto index = LabelIndex::Open(folder);
  REQUIRE(index.has_value());
  CatchUp(**index, store);
  const std::vector<LabelPredicate> kQuestions[] = {
      {}, {Equal("app", "a7")}, {Equal("env", "")}, {Where("app", [](std::string_view v) {
        return v.ends_with("3");
      })}};
  std::vector<std::string> out;
  for (const auto& predicates : kQuestions) {
    auto runs = (*index)->FindRuns("t", {5}, predicates, INT64_MIN, INT64_MAX);
    was_bad = was_bad || !runs.has_value();
    if (!runs) {
      CHECK(runs.error().code == Code::kCorrupt);
      REQUIRE((*index)->Remake().has_value());
      CatchUp(**index, store);
      runs = (*index)->FindRuns("t", {5}, predicates, INT64_MIN, INT64_MAX);
    }
    REQUIRE(runs.has_value());
    for (const RunLocation& run : *runs)
      out.push_back(std::to_string(run.stream.low) + "@" + std::to_string(run.segment.low));
  }
  return out;
}

TEST_CASE("no flipped bit of the index changes an answer") {
  namespace files = std::filesystem;
  Store store;
  testing::TempFolder folder;
  const std::string whole = folder.path() + "/whole";
  // LevelDB makes a table of its log at each opening; the last round stays in the log.
  for (uint64_t round = 1; round <= 4; ++round) {
    std::vector<Labels> streams;
    for (int i = 0; i < 120; ++i) {
      std::vector<Label> pairs = {{"app", "a" + std::to_string(i)}};
      if (i % 3 != 0) pairs.push_back({"env", std::to_string(round)});
      streams.emplace_back(std::move(pairs));
    }
    store.Write(round, "t", 5, streams, static_cast<int64_t>(round));
    CatchUp(**LabelIndex::Open(whole), store);
  }
  const std::string trial = folder.path() + "/trial";
  const auto copy = [&] {
    files::remove_all(trial);
    files::copy(whole, trial);
  };
  copy();
  bool was_bad = false;
  const auto want = FoundAfterRepair(trial, store, was_bad);
  CHECK(want.size() > 480);
  CHECK_FALSE(was_bad);
  std::mt19937 random(5);
  for (const auto& entry : files::directory_iterator(whole)) {
    const std::string name = entry.path().filename().string();
    const uint64_t size = entry.file_size();
    if (size == 0 || name.starts_with("LOG")) continue;
    for (int i = 0; i < 40; ++i) {
      // The edges of a file are where its structure is.
      const uint64_t at = i < 20   ? std::min<uint64_t>(i, size - 1)
                          : i < 30 ? size - 1 - std::min<uint64_t>(i - 20, size - 1)
                                   : random() % size;
      CAPTURE(name);
      CAPTURE(at);
      copy();
      std::fstream file(trial + "/" + name, std::ios::in | std::ios::out | std::ios::binary);
      file.seekg(static_cast<std::streamoff>(at));
      const auto byte = static_cast<char>(file.get());
      file.seekp(static_cast<std::streamoff>(at));
      file.put(static_cast<char>(byte ^ (1 << random() % 8)));
      file.close();
      CHECK(FoundAfterRepair(trial, store, was_bad) == want);
    }
    copy();
    files::resize_file(trial + "/" + name, size / 2);
    CHECK(FoundAfterRepair(trial, store, was_bad) == want);
    copy();
    files::remove(trial + "/" + name);
    CHECK(FoundAfterRepair(trial, store, was_bad) == want);
  }
  CHECK(was_bad);
}

TEST_CASE("an index that no disk takes is kept in memory") {
  Store store;
  testing::TempFolder folder;
  store.Write(1, "t", 5, {Stream({{"app", "web"}})}, 100);
  std::ofstream(folder.path() + "/file") << "not a folder";
  const auto index = LabelIndex::Open(folder.path() + "/file/i");
  REQUIRE(index.has_value());
  CatchUp(**index, store);
  CHECK(Found(**index, "t", 5, {}).size() == 1);
}

TEST_CASE("a segment that cannot be read is named and the rest is indexed") {
  Store store;
  testing::TempFolder folder;
  store.Write(1, "t", 5, {Stream({{"app", "web"}})}, 100);
  store.Write(2, "t", 5, {Stream({{"app", "db"}})}, 100);
  store.fs.Damage("/s/" + Store::Name(1), 20);
  const auto index = LabelIndex::Open(folder.path() + "/i");
  std::vector<uint64_t> bad;
  REQUIRE((*index)
              ->CatchUp(store.state, store.Opener(),
                        [&](const SegmentInfo& info, const Error&) { bad.push_back(info.id.low); })
              .has_value());
  CHECK(bad == std::vector<uint64_t>{1});
  CHECK(Found(**index, "t", 5, {}) == std::vector<std::string>{"{app=\"db\"}@2"});
}

}  // namespace
}  // namespace narfi::index
