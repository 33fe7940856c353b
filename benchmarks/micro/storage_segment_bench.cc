// Many row groups into one segment: copied as they lie, or encoded anew row by row; and which of
// them have an id.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

#include "base/file.h"
#include "benchmarks/micro/made_group.h"
#include "storage/object_store.h"
#include "storage/segment_lookup.h"
#include "storage/segment_reader.h"
#include "storage/segment_writer.h"

namespace narfi::bench {
namespace {

constexpr uint32_t kGroups = 8;
constexpr uint32_t kRows = 40'000;

// Forgets what is written.
class NowhereWriter final : public storage::ObjectWriter {
 public:
  Status Append(std::string_view bytes) override {
    benchmark::DoNotOptimize(bytes.data());
    return {};
  }
  Status Sync() override { return {}; }
  Status Commit() override { return {}; }
};

class Nowhere final : public storage::ObjectStore {
 public:
  Result<std::unique_ptr<storage::ObjectWriter>> Create(const std::string&) override {
    return std::make_unique<NowhereWriter>();
  }
  Result<std::shared_ptr<const storage::Object>> Open(const std::string& name) override {
    return Fail(Code::kNotFound, name);
  }
  Result<std::vector<std::string>> List() override { return std::vector<std::string>(); }
  Status Remove(const std::string& name) override { return Fail(Code::kNotFound, name); }
};

// Half of each one's ids come again in the next one.
const std::vector<MadeLines>& AllLines() {
  static const std::vector<MadeLines> all = [] {
    std::vector<MadeLines> made;
    for (uint32_t g = 0; g < kGroups; ++g) made.push_back(MakeLines(kRows, g * (kRows / 12)));
    return made;
  }();
  return all;
}

uint64_t AllBytes() {
  uint64_t bytes = 0;
  for (const MadeLines& made : AllLines()) bytes += made.bytes;
  return bytes;
}

std::unique_ptr<storage::SegmentWriter> Create(storage::ObjectStore& store) {
  storage::SegmentFooter about;
  about.id = {3, 4};
  return std::move(*storage::SegmentWriter::Create(store, "t/day/x.seg", about, {}));
}

void CountAll(benchmark::State& state, uint64_t file_bytes) {
  const auto done = static_cast<int64_t>(state.iterations());
  state.SetItemsProcessed(done * kGroups * kRows);
  state.SetBytesProcessed(done * static_cast<int64_t>(AllBytes()));
  state.counters["times_smaller"] =
      static_cast<double>(AllBytes()) / static_cast<double>(file_bytes);
}

void CopyGroups(benchmark::State& state) {
  std::vector<std::shared_ptr<const storage::StoredRowGroup>> groups;
  for (const MadeLines& made : AllLines()) groups.push_back(MakeGroup(made, nullptr));
  Nowhere store;
  uint64_t file_bytes = 1;
  for (auto _ : state) {
    const auto writer = Create(store);
    for (const auto& group : groups) {
      if (!writer->CopyGroup(group)) return state.SkipWithError("cannot be copied");
    }
    const auto written = writer->Commit();
    if (!written) return state.SkipWithError("cannot be written");
    file_bytes = written->file_bytes;
  }
  CountAll(state, file_bytes);
}
BENCHMARK(CopyGroups)->Unit(benchmark::kMillisecond);

void AppendRows(benchmark::State& state) {
  const auto labels = std::make_shared<const Labels>(std::vector<Label>{{"service_name", "web"}});
  Nowhere store;
  uint64_t file_bytes = 1;
  for (auto _ : state) {
    const auto writer = Create(store);
    for (const MadeLines& made : AllLines()) {
      for (size_t i = 0; i < made.lines.size(); ++i) {
        if (!writer->Append(labels->Id(), labels, made.times[i], made.lines[i], {}))
          return state.SkipWithError("cannot be appended");
      }
    }
    const auto written = writer->Commit();
    if (!written) return state.SkipWithError("cannot be written");
    file_bytes = written->file_bytes;
  }
  CountAll(state, file_bytes);
}
BENCHMARK(AppendRows)->Unit(benchmark::kMillisecond);

// A segment of these row groups in a folder that goes with it.
class StoredSegment {
 public:
  StoredSegment() : store_(storage::MakeLocalObjectStore(MachineFileSystem(), folder_)) {
    const auto writer = Create(*store_);
    for (const MadeLines& made : AllLines()) (void)writer->CopyGroup(MakeGroup(made, nullptr));
    (void)writer->Commit();
  }
  StoredSegment(const StoredSegment&) = delete;
  ~StoredSegment() { std::filesystem::remove_all(folder_); }

  std::shared_ptr<const storage::SegmentReader> Open(storage::PageCache& cache) const {
    return *storage::SegmentReader::Open(*store_, "t/day/x.seg", &cache);
  }

 private:
  const std::string folder_ =
      (std::filesystem::temp_directory_path() / fmt::format("narfi-bench-{}", getpid())).string();
  const std::unique_ptr<storage::ObjectStore> store_;
};

std::string AnId() {
  const std::string& line = AllLines()[3].lines[kRows / 2];
  return line.substr(line.find("trace_id") + 11, 32);
}

// Which row groups have an id: found out from all of them, or known.
void LookUp(benchmark::State& state) {
  const bool is_known = state.range(0) != 0;
  const StoredSegment stored;
  const std::string id = AnId();
  storage::PageCache kept(48 << 20);
  const auto segment = stored.Open(kept);
  const auto look_up = [&](storage::PageCache& cache) {
    const storage::SegmentLookup lookup(*segment, cache);
    const auto answer = lookup.WithText(id, storage::LookupEffort::kMake);
    return answer.unknown == 0 && answer.may_have != 0;
  };
  if (!look_up(kept)) return state.SkipWithError("the id is not found");
  for (auto _ : state) {
    if (is_known) {
      if (!look_up(kept)) return state.SkipWithError("the id is not found");
    } else {
      storage::PageCache cache(48 << 20);
      if (!look_up(cache)) return state.SkipWithError("the id is not found");
    }
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()) * kGroups);
}
BENCHMARK(LookUp)->ArgName("known")->Arg(0)->Arg(1)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace narfi::bench
