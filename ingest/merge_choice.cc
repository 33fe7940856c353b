#include "ingest/merge_choice.h"

#include <algorithm>
#include <map>

namespace narfi::ingest {
namespace {

using storage::SegmentInfo;

// A stretch of neighbours that may become one segment.
class Stretch {
 public:
  Stretch(const MergeRules& rules, bool is_open) : rules_(rules), is_open_(is_open) {}

  bool Takes(const SegmentInfo& info) const {
    if (info.level >= kMaxMergeLevel || info.file_bytes > rules_.max_bytes / 2) return false;
    if (parts_ == 0) return true;
    if (parts_ >= rules_.max_parts || bytes_ + info.file_bytes > rules_.max_bytes ||
        rows_ + info.rows > rules_.max_rows)
      return false;
    if (!is_open_) return true;
    const uint64_t size = SizeOf(info);
    return info.level == level_ &&
           std::max(size, largest_) / rules_.size_ratio <= std::min(size, smallest_);
  }

  void Add(const SegmentInfo& info) {
    const uint64_t size = SizeOf(info);
    smallest_ = parts_ == 0 ? size : std::min(smallest_, size);
    largest_ = std::max(largest_, size);
    level_ = info.level;
    bytes_ += info.file_bytes;
    rows_ += info.rows;
    ++parts_;
  }

  size_t parts() const { return parts_; }

 private:
  uint64_t SizeOf(const SegmentInfo& info) const {
    return std::max(info.file_bytes, rules_.small_bytes);
  }

  const MergeRules& rules_;
  const bool is_open_;
  size_t parts_ = 0;
  uint64_t bytes_ = 0;
  uint64_t rows_ = 0;
  uint64_t smallest_ = 0;
  uint64_t largest_ = 0;
  uint8_t level_ = 0;
};

// How long the day has been over; negative while it is not.
int64_t TimeSinceDay(int64_t day, int64_t now_ns) {
  int64_t end_ns = 0;
  int64_t since_ns = 0;
  if (__builtin_mul_overflow(day + 1, kDay, &end_ns)) return day < 0 ? INT64_MAX : INT64_MIN;
  if (__builtin_sub_overflow(now_ns, end_ns, &since_ns)) return day < 0 ? INT64_MAX : INT64_MIN;
  return since_ns;
}

int64_t LastFlush(const SegmentList& segments) {
  int64_t last_ns = 0;
  for (const auto& info : segments) {
    if (info->level == 0) last_ns = std::max(last_ns, info->created_ns);
  }
  return last_ns;
}

SegmentList ChooseOfDay(const SegmentList& segments, const MergeRules& rules, int64_t now_ns,
                        const std::set<Hash128>& avoid) {
  const int64_t since_ns = TimeSinceDay(segments.front()->day, now_ns);
  const bool is_open =
      since_ns < rules.closed_after_ns || now_ns - LastFlush(segments) < rules.closed_after_ns;
  const size_t least = is_open                             ? rules.parts_today
                       : since_ns < rules.settled_after_ns ? rules.parts_closed
                                                           : rules.parts_settled;
  for (size_t first = 0; first + least <= segments.size(); ++first) {
    Stretch stretch(rules, is_open);
    size_t end = first;
    while (end < segments.size() && !avoid.contains(segments[end]->id) &&
           stretch.Takes(*segments[end]))
      stretch.Add(*segments[end++]);
    if (stretch.parts() >= least)
      return {segments.begin() + static_cast<ptrdiff_t>(first),
              segments.begin() + static_cast<ptrdiff_t>(end)};
  }
  return {};
}

}  // namespace

std::vector<SegmentList> SegmentsByDay(const storage::ManifestState& state) {
  std::map<std::pair<std::string, int64_t>, SegmentList> days;
  for (const auto& [id, info] : state.segments) days[{info->tenant, info->day}].push_back(info);
  std::vector<SegmentList> out;
  for (auto& [day, segments] : days) {
    std::sort(segments.begin(), segments.end(), [](const auto& a, const auto& b) {
      return a->covered_sequence < b->covered_sequence;
    });
    out.push_back(std::move(segments));
  }
  return out;
}

// The day with the most to gain: many segments cost every query that touches it.
SegmentList ChooseMerge(const storage::ManifestState& state, const MergeRules& rules,
                        int64_t now_ns, const std::set<Hash128>& avoid) {
  SegmentList best;
  for (const SegmentList& segments : SegmentsByDay(state)) {
    SegmentList chosen = ChooseOfDay(segments, rules, now_ns, avoid);
    if (chosen.size() > best.size()) best = std::move(chosen);
  }
  return best;
}

}  // namespace narfi::ingest
