#include "query/exec/scan.h"

#include <algorithm>

#include "base/text_search.h"

namespace narfi::query {
void ReadStats::Add(const ReadStats& other) {
  runs += other.runs;
  runs_read += other.runs_read;
  lines += other.lines;
  bytes += other.bytes;
  metadata_bytes += other.metadata_bytes;
  matched += other.matched;
}

void QueryStats::Add(const QueryStats& other) {
  streams += other.streams;
  for (size_t i = 0; i < read.size(); ++i) read[i].Add(other.read[i]);
  runs_skipped_text += other.runs_skipped_text;
  runs_skipped_limit += other.runs_skipped_limit;
  runs_from_counts += other.runs_from_counts;
  duplicates += other.duplicates;
  entries_returned += other.entries_returned;
  exec_ns += other.exec_ns;
  blocks.Add(other.blocks);
}

ReadStats QueryStats::total() const {
  ReadStats sum;
  for (const ReadStats& of_origin : read) sum.Add(of_origin);
  return sum;
}

Scanner::Scanner(const SelectorPlan& plan, QueryMonitor& monitor, Direction direction)
    : plan_(plan), monitor_(monitor), direction_(direction), run_skip_(monitor) {
  for (const logql::Stage* stage : plan.stages) stages_.push_back(MakeStage(*stage, plan.context));
}

bool Scanner::IsEnough(const ScanUnit& unit, const ScanSink& sink) const {
  return sink.Enough(direction_ == Direction::kForward ? unit.min_time_ns : unit.max_time_ns);
}

Status Scanner::Scan(const ScanTask& task, ScanSink& sink) {
  NARFI_TRY(monitor_.Check());
  const storage::BlockTallyScope counted(stats_.blocks);
  ScanTask wanted;
  for (const ScanUnit* unit : task) {
    if (IsEnough(*unit, sink)) {
      stats_.runs_skipped_limit += unit->runs.size();
    } else {
      wanted.push_back(unit);
    }
  }
  if (wanted.empty()) return {};
  if (monitor_.context().use_pushdown && wanted.front()->alone()) {
    NARFI_ASSIGN(auto columnar, wanted.front()->runs.front()->group->columnar());
    if (columnar != nullptr) return ScanGroup(wanted, std::move(columnar), sink);
  }
  for (const ScanUnit* unit : wanted) NARFI_TRY(ScanUnitAlone(*unit, sink));
  return {};
}

Status Scanner::ScanUnitAlone(const ScanUnit& unit, ScanSink& sink) {
  NARFI_TRY(monitor_.Check());
  if (IsEnough(unit, sink)) {
    stats_.runs_skipped_limit += unit.runs.size();
    return {};
  }
  const bool pushdown = monitor_.context().use_pushdown;
  if (pushdown && plan_.counts_suffice && unit.alone()) {
    NARFI_ASSIGN(const bool taken, sink.TakeCounts(unit));
    if (taken) {
      ++stats_.runs_from_counts;
      StatsOf(unit).matched += unit.rows;
      return {};
    }
  }
  if (!pushdown || plan_.needles.empty()) return ScanRuns(unit, unit.runs, sink);
  NARFI_ASSIGN(const std::vector<RunPart> runs, RunsToRead(unit));
  stats_.runs_skipped_text += unit.runs.size() - runs.size();
  return runs.empty() ? Status() : ScanRuns(unit, runs, sink);
}

Result<std::vector<RunPart>> Scanner::RunsToRead(const ScanUnit& unit) {
  std::vector<RunPart> runs;
  for (const RunPart& run : unit.runs) {
    bool ruled_out = false;
    for (size_t i = 0; i < plan_.needles.size() && !ruled_out; ++i) {
      NARFI_ASSIGN(ruled_out, run_skip_.IsRuledOut(*run, plan_.needles[i]));
    }
    if (!ruled_out) runs.push_back(run);
  }
  return runs;
}

Status Scanner::ScanRuns(const ScanUnit& unit, const std::vector<RunPart>& runs, ScanSink& sink) {
  const bool lazy = plan_.reads_line;
  const auto reader = runs.size() == 1
                          ? ReadRun(runs.front(), plan_.eager_columns(), lazy, direction_)
                          : MergeRuns(runs, direction_);
  for (const RunPart& run : runs) ++stats_.of(run->group->origin()).runs_read;
  return ScanBatches(*reader, unit, runs.size() > 1 || plan_.reads_metadata, true, sink);
}

Status Scanner::ScanBatches(UnitReader& reader, const ScanUnit& unit, bool has_metadata,
                            bool counts_lines, ScanSink& sink) {
  const bool forward = direction_ == Direction::kForward;
  for (;;) {
    NARFI_TRY(monitor_.Check());
    NARFI_ASSIGN(storage::RowBatch* const rows, reader.Next());
    if (rows == nullptr) break;
    const int64_t first_time = rows->times.front();
    const int64_t last_time = rows->times.back();
    if (forward ? first_time >= plan_.selector.end_ns : last_time < plan_.selector.start_ns) break;
    if (sink.Enough(forward ? first_time : last_time)) break;
    batch_.Start(unit.labels(), *rows, has_metadata);
    batch_.set_loader(reader.loader());
    batch_.set_monitor(&monitor_);
    ClipTimes();
    if (counts_lines) CountSelected(reader, unit, &ReadStats::lines);
    NARFI_TRY(RunStages());
    NARFI_TRY(CountRead(reader, unit, *rows));
    if (batch_.selection().empty()) continue;
    CountSelected(reader, unit, &ReadStats::matched);
    NARFI_TRY(sink.Take(batch_, unit, reader.first_sequence()));
  }
  stats_.duplicates += reader.duplicates();
  return {};
}

// Only the rows of [start, end) stay; times ascend.
void Scanner::ClipTimes() {
  std::vector<uint32_t>& rows = batch_.selection();
  if (rows.empty()) return;
  const auto before = [this](uint32_t row, int64_t time) { return batch_.time(row) < time; };
  const auto begin = std::lower_bound(rows.begin(), rows.end(), plan_.selector.start_ns, before);
  const auto end = std::lower_bound(begin, rows.end(), plan_.selector.end_ns, before);
  rows.erase(end, rows.end());
  rows.erase(rows.begin(), begin);
}

// Drops rows whose line cannot hold what a later `field="text"` asks for, before anyone parses
// them.
Status Scanner::DropByText() {
  if (!monitor_.context().use_pushdown) return {};
  for (const Needle& needle : plan_.needles) {
    if (needle.field.empty() || batch_.selection().empty()) continue;
    if (batch_.stream().Has(needle.field)) continue;
    NARFI_TRY(batch_.LoadLines());
    std::erase_if(batch_.selection(), [&](uint32_t row) { return !MayPass(needle, row); });
  }
  return {};
}

bool Scanner::MayPass(const Needle& needle, uint32_t row) const {
  const std::string_view line = batch_.line(row);
  const auto holds = [line](std::string_view text) { return ContainsText(line, text); };
  if (std::any_of(needle.any_of.begin(), needle.any_of.end(), holds) || holds(kEscapeNeedle))
    return true;
  const std::string_view plain = WithoutExtracted(needle.field);
  const auto metadata = batch_.metadata(row);
  return std::any_of(metadata.begin(), metadata.end(), [&](const Field& pair) {
    return pair.name == needle.field || pair.name == plain;
  });
}

Status Scanner::RunStages() {
  NARFI_TRY(DropByText());
  for (const auto& stage : stages_) {
    if (batch_.selection().empty()) return {};
    if (stage->needs_line()) NARFI_TRY(batch_.LoadLines());
    stage->Run(batch_);
    NARFI_TRY(batch_.failure());
  }
  if (!plan_.reads_line || batch_.selection().empty()) return {};
  return batch_.LoadLines();
}

ReadStats& Scanner::StatsOf(const ScanUnit& unit) {
  return stats_.of(unit.runs.front()->group->origin());
}

void Scanner::CountSelected(const UnitReader& reader, const ScanUnit& unit,
                            uint64_t ReadStats::*what) {
  const std::vector<storage::Origin>* const origins = reader.origins();
  if (origins == nullptr) {
    StatsOf(unit).*what += batch_.selection().size();
    return;
  }
  for (const uint32_t row : batch_.selection()) ++(stats_.of((*origins)[row]).*what);
}

Status Scanner::CountRead(const UnitReader& reader, const ScanUnit& unit,
                          const storage::RowBatch& rows) {
  const std::vector<storage::Origin>* const origins = reader.origins();
  ReadStats& of_unit = StatsOf(unit);
  uint64_t bytes = 0;
  for (uint32_t row = 0; row < rows.rows; ++row) {
    ReadStats& of_row = origins == nullptr ? of_unit : stats_.of((*origins)[row]);
    uint64_t metadata = 0;
    if (!rows.pair_offsets.empty()) {
      for (const Field& pair : rows.metadata(row)) metadata += pair.name.size() + pair.value.size();
    }
    const uint64_t line = rows.lines.empty() ? 0 : rows.lines[row].size();
    of_row.bytes += line + metadata;
    of_row.metadata_bytes += metadata;
    bytes += line + metadata;
  }
  return monitor_.AddBytesRead(bytes);
}

}  // namespace narfi::query
