#include "query/exec/split_units.h"

#include <algorithm>
#include <iterator>

namespace narfi::query {
namespace {

// A unit is merged as a whole where cutting it would look up more rows than this a run.
constexpr size_t kCutsPerRun = 64;

class UnitCutter {
 public:
  explicit UnitCutter(const ScanUnit& unit) : unit_(unit) {
    for (const RunPart& run : unit.runs) {
      borders_.push_back(run->info().min_time_ns);
      if (run->info().max_time_ns != INT64_MAX) borders_.push_back(run->info().max_time_ns + 1);
    }
    std::sort(borders_.begin(), borders_.end());
    borders_.erase(std::unique(borders_.begin(), borders_.end()), borders_.end());
    given_.resize(unit.runs.size());
  }

  // Every row of the unit is in one of `out`.
  Result<bool> Cut(std::vector<ScanUnit>& out) {
    if (CountCuts() > kCutsPerRun * unit_.runs.size()) return false;
    const size_t before = out.size();
    for (size_t i = 0; i < borders_.size(); ++i) {
      const bool last = i + 1 == borders_.size();
      NARFI_ASSIGN(ScanUnit piece,
                   TakeBetween(borders_[i], last ? INT64_MAX : borders_[i + 1], last));
      if (piece.runs.empty()) continue;
      if (out.size() == before || !Join(out.back(), piece)) out.push_back(std::move(piece));
    }
    return true;
  }

 private:
  size_t CountCuts() const {
    size_t cuts = 0;
    for (const RunPart& run : unit_.runs) {
      const auto first =
          std::lower_bound(borders_.begin(), borders_.end(), run->info().min_time_ns);
      const auto last = std::upper_bound(borders_.begin(), borders_.end(), run->info().max_time_ns);
      cuts += static_cast<size_t>(last - first);
    }
    return cuts;
  }

  // The rows from `begin_ns` on, and before `end_ns` unless they are the last ones.
  Result<ScanUnit> TakeBetween(int64_t begin_ns, int64_t end_ns, bool last) {
    ScanUnit piece;
    piece.order = unit_.order;
    for (size_t i = 0; i < unit_.runs.size(); ++i) {
      const storage::RunRef& run = *unit_.runs[i];
      if (given_[i] == run.info().rows || run.info().min_time_ns >= end_ns) continue;
      uint32_t behind = run.info().rows;
      if (!last && run.info().max_time_ns >= end_ns) {
        NARFI_ASSIGN(behind, run.group->RowsBefore(run.run, end_ns));
      }
      if (behind == given_[i]) continue;
      piece.runs.emplace_back(run, given_[i], behind - given_[i]);
      piece.rows += behind - given_[i];
      piece.min_time_ns = std::max(begin_ns, unit_.min_time_ns);
      piece.max_time_ns = std::min(last ? end_ns : end_ns - 1, unit_.max_time_ns);
      given_[i] = behind;
    }
    return piece;
  }

  // Pieces of the same runs are one, and so are neighbours that are merged anyhow.
  static bool Join(ScanUnit& to, const ScanUnit& next) {
    const bool same_run =
        to.alone() && next.alone() && to.runs.front().run == next.runs.front().run;
    if (!same_run && (to.alone() || next.alone())) return false;
    for (const RunPart& part : next.runs) {
      const auto known = std::find_if(to.runs.begin(), to.runs.end(),
                                      [&](const RunPart& p) { return p.run == part.run; });
      if (known == to.runs.end()) {
        to.runs.push_back(part);
      } else {
        known->rows += part.rows;
      }
    }
    std::sort(to.runs.begin(), to.runs.end(),
              [](const RunPart& a, const RunPart& b) { return a.run < b.run; });
    to.rows += next.rows;
    to.max_time_ns = next.max_time_ns;
    return true;
  }

  const ScanUnit& unit_;
  std::vector<int64_t> borders_;
  std::vector<uint32_t> given_;  // rows of each run that are in a piece
};

Result<bool> HasColumns(const ScanUnit& unit) {
  for (const RunPart& run : unit.runs) {
    NARFI_ASSIGN(const auto columnar, run->group->columnar());
    if (columnar == nullptr) return false;
  }
  return true;
}

// A unit with damage stays whole: whoever scans it knows what to do.
Result<bool> CutUnit(const ScanUnit& unit, std::vector<ScanUnit>& pieces) {
  const size_t before = pieces.size();
  Result<bool> cut = HasColumns(unit);
  if (cut && *cut) cut = UnitCutter(unit).Cut(pieces);
  if (cut || cut.error().code != Code::kCorrupt) return cut;
  pieces.resize(before);
  return false;
}

}  // namespace

Status SplitOverlaps(std::vector<ScanUnit>& units) {
  std::vector<ScanUnit> pieces;
  for (ScanUnit& unit : units) {
    if (unit.alone()) continue;
    NARFI_ASSIGN(const bool cut, CutUnit(unit, pieces));
    if (cut) unit.runs.clear();
  }
  if (pieces.empty()) return {};
  std::erase_if(units, [](const ScanUnit& unit) { return unit.runs.empty(); });
  units.insert(units.end(), std::make_move_iterator(pieces.begin()),
               std::make_move_iterator(pieces.end()));
  return {};
}

}  // namespace narfi::query
