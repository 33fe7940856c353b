#include "index/label_index.h"

#include <doctest/doctest.h>

#include <fstream>

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
  CHECK(Found(**index, "t", 5, {}).empty());
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
