// One full row group: writing it, reading lines back, searching, fields, borders in time.
#include <benchmark/benchmark.h>

#include "benchmarks/micro/made_group.h"
#include "storage/stored_columns.h"

namespace narfi::bench {
namespace {

constexpr uint32_t kRows = storage::kMaxRows;

const MadeLines& Lines() {
  static const MadeLines lines = MakeLines(kRows);
  return lines;
}

// With a cache: what queries after the first one find. Without: what the first one pays.
storage::PageCache& Cache() {
  static storage::PageCache cache(256 << 20);
  return cache;
}
std::shared_ptr<const storage::StoredRowGroup> Group(bool is_cached) {
  static const auto cached = MakeGroup(Lines(), &Cache());
  static const auto fresh = MakeGroup(Lines(), nullptr);
  return is_cached ? cached : fresh;
}

void CountLines(benchmark::State& state, uint64_t rows) {
  const auto done = static_cast<int64_t>(state.iterations());
  state.SetItemsProcessed(done * static_cast<int64_t>(rows));
  state.SetBytesProcessed(done * static_cast<int64_t>(Lines().bytes * rows / kRows));
}

void EncodeGroup(benchmark::State& state) {
  uint64_t stored = 0;
  for (auto _ : state) {
    stored = MakeGroup(Lines(), nullptr)->stored_bytes();
  }
  CountLines(state, kRows);
  state.counters["times_smaller"] =
      static_cast<double>(Lines().bytes) / static_cast<double>(stored);
}
BENCHMARK(EncodeGroup)->Unit(benchmark::kMillisecond);

void DecodeAll(benchmark::State& state) {
  const auto group = Group(state.range(0) != 0);
  storage::RowBatch batch;
  for (auto _ : state) {
    for (uint32_t first = 0; first < kRows; first += storage::kBatchRows) {
      const uint32_t count = std::min(storage::kBatchRows, kRows - first);
      const auto read =
          group->Read(0, first, count, storage::Column::kTime | storage::Column::kLine, batch);
      if (!read || batch.lines[0] != Lines().lines[first])
        return state.SkipWithError("not the line");
    }
  }
  CountLines(state, kRows);
}
BENCHMARK(DecodeAll)->ArgName("cached")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

void DecodeSome(benchmark::State& state) {
  const auto group = Group(true);
  std::vector<uint32_t> rows;
  for (uint32_t row = 0; row < kRows; row += kRows / 100) rows.push_back(row);
  storage::RowBatch batch;
  for (auto _ : state) {
    const auto lines = storage::ColumnSet{} | storage::Column::kLine;
    if (!group->ReadRows(rows, lines, batch)) return state.SkipWithError("cannot be read");
  }
  CountLines(state, rows.size());
}
BENCHMARK(DecodeSome)->Unit(benchmark::kMicrosecond);

// A needle that was not asked before: what is found is remembered.
void Find(benchmark::State& state, const std::string& needle, bool is_found) {
  const auto group = Group(false);
  const auto columns = group->columnar();
  for (auto _ : state) {
    const auto hits = (*columns)->FindText(needle);
    if (!hits) return state.SkipWithError("cannot be searched");
    const bool any = !(*hits)->sure.empty() || !(*hits)->maybe.empty();
    if (any != is_found) return state.SkipWithError("another answer");
  }
  CountLines(state, kRows);
}
std::string AnId() {
  const std::string& line = Lines().lines[kRows / 2];
  return line.substr(line.find("trace_id") + 11, 32);
}
BENCHMARK_CAPTURE(Find, id, AnId(), true)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(Find, part_of_id, AnId().substr(4, 20), true)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(Find, no_id, std::string(32, 'a'), false)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(Find, word, "dropped", true)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(Find, no_word, "nowhere", false)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(Find, field, R"("level":"error")", true)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(Find, number, "98765", true)->Unit(benchmark::kMicrosecond);

// An id, and the lines that have it, of a row group of which nothing is in the cache.
void LinesOfId(benchmark::State& state) {
  const auto group = Group(false);
  const std::string id = AnId();
  for (auto _ : state) {
    storage::PageCache cache(48 << 20);
    const auto columns = group->ColumnsApart(cache);
    const auto hits = (*columns)->FindText(id);
    std::vector<uint32_t> rows;
    storage::ForEachRow((*hits)->sure, 0, kRows, [&](uint32_t row) { rows.push_back(row); });
    std::vector<int64_t> times;
    const auto all = (*columns)->Times();
    for (const uint32_t row : rows) times.push_back((*all)->At(0, row));
    storage::TextSink sink;
    std::vector<std::string_view> lines(rows.size());
    if (!(*columns)->Lines(rows, times, sink, lines.data()) || lines.empty() ||
        lines[0] != Lines().lines[rows[0]])
      return state.SkipWithError("not the line");
  }
  CountLines(state, kRows);
}
BENCHMARK(LinesOfId)->Unit(benchmark::kMicrosecond);

void Field(benchmark::State& state, const char* name) {
  const auto group = Group(false);
  const auto columns = group->columnar();
  std::vector<uint32_t> slots;
  for (const storage::LineTemplate& shape : (*columns)->templates()) {
    uint32_t slot = storage::Columnar::kSlotAbsent;
    for (uint32_t i = 0; i < shape.slots.size(); ++i) {
      if (shape.slots[i].path == std::vector<std::string_view>{name}) slot = i;
    }
    slots.push_back(slot);
  }
  for (auto _ : state) {
    const auto view = (*columns)->Field(slots);
    if (!view || (*view)->values.empty()) return state.SkipWithError("no such field");
  }
  CountLines(state, kRows);
}
BENCHMARK_CAPTURE(Field, level, "level")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(Field, took_ms, "took_ms")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(Field, trace_id, "trace_id")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(Field, ts, "ts")->Unit(benchmark::kMicrosecond);

void TimeBorder(benchmark::State& state) {
  const auto group = Group(true);
  const int64_t first = Lines().times.front();
  const int64_t step = (Lines().times.back() - first) / 997;
  int64_t at = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(group->RowsBefore(0, first + at * step));
    at = (at + 101) % 997;
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()));
}
BENCHMARK(TimeBorder)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace narfi::bench
