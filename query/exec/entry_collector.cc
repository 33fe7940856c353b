#include "query/exec/entry_collector.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <string>
#include <unordered_map>

#include "base/hash.h"

namespace narfi::query {
namespace {

// Garbage that the arena may hold beside what is alive.
constexpr uint64_t kSlackBytes = 1 << 20;

std::span<const Field> CopyFields(std::span<const Field> fields, Arena& arena) {
  if (fields.empty()) return {};
  char* raw = arena.Allocate(fields.size() * sizeof(Field) + alignof(Field));
  const auto misplaced = reinterpret_cast<uintptr_t>(raw) % alignof(Field);
  auto* out = reinterpret_cast<Field*>(raw + (misplaced == 0 ? 0 : alignof(Field) - misplaced));
  for (size_t i = 0; i < fields.size(); ++i)
    new (out + i) Field{arena.Copy(fields[i].name), arena.Copy(fields[i].value)};
  return {out, fields.size()};
}

uint64_t BytesOf(std::span<const Field> fields) {
  uint64_t bytes = fields.size() * sizeof(Field) + alignof(Field);
  for (const Field& field : fields) bytes += field.name.size() + field.value.size();
  return bytes;
}

}  // namespace

// Each name and value, closed by a byte that is in no UTF-8 text.
uint64_t TieHash(const Labels& labels) {
  std::string bytes;
  for (const Label& label : labels) {
    bytes.append(label.name).push_back('\xff');
    bytes.append(label.value).push_back('\xff');
  }
  return HashXxh64(bytes);
}

EntryCollector::EntryCollector(const Request& request, QueryMonitor& monitor)
    : forward_(request.direction == Direction::kForward),
      categorize_(request.categorize),
      limit_(request.limit),
      interval_ns_(request.interval_ns),
      capacity_(request.interval_ns > 0 ? UINT64_MAX : request.limit),
      moment_(request.moment),
      monitor_(monitor),
      full_(request.limit == 0) {
  worst_time_ = forward_ ? INT64_MIN : INT64_MAX;
}

bool EntryCollector::Before(const Candidate& a, const Candidate& b) const {
  if (a.time_ns != b.time_ns) return forward_ ? a.time_ns < b.time_ns : a.time_ns > b.time_ns;
  if (a.stream_hash != b.stream_hash) return a.stream_hash < b.stream_hash;
  const auto key = [](const Candidate& c) { return std::make_pair(c.unit, c.sequence); };
  return forward_ ? key(a) < key(b) : key(b) < key(a);
}

bool EntryCollector::IsWanted(const Candidate& candidate) const {
  if (!moment_ || !moment_->behind) return true;
  const MomentPlace& behind = *moment_->behind;
  if (candidate.stream_hash != behind.stream_hash)
    return candidate.stream_hash > behind.stream_hash;
  return RankOf(candidate) > behind.rank;
}

bool EntryCollector::Enough(int64_t time_ns) const {
  if (moment_ || !full_.load(std::memory_order_acquire)) return false;
  const int64_t worst = worst_time_.load(std::memory_order_relaxed);
  if (limit_ == 0) return true;
  return forward_ ? time_ns > worst : time_ns < worst;
}

Status EntryCollector::Take(Batch& batch, const ScanUnit& unit, int64_t first_sequence) {
  const MutexLock lock(mutex_);
  const std::vector<uint32_t>& rows = batch.selection();
  const uint64_t stream_hash = rows.empty() ? 0 : TieHash(unit.labels());
  const int64_t first_rank = moment_ ? ranks_[&unit] : 0;
  if (moment_) ranks_[&unit] += static_cast<int64_t>(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    const uint32_t row = rows[forward_ ? i : rows.size() - 1 - i];
    Candidate candidate;
    candidate.time_ns = batch.time(row);
    candidate.stream_hash = stream_hash;
    candidate.unit = unit.order;
    const int64_t rank = first_rank + static_cast<int64_t>(i);
    candidate.sequence = !moment_ ? first_sequence + row : forward_ ? rank : -rank;
    if (!IsWanted(candidate)) continue;
    // The rest of the batch is worse still.
    if (heap_.size() >= capacity_ && (capacity_ == 0 || !Before(candidate, heap_.front()))) break;
    labels_.Collect(batch, row);
    candidate.stream = labels_.stream;
    candidate.entry = {batch.time(row), batch.line(row), labels_.metadata, labels_.parsed};
    Add(candidate);
    NARFI_TRY(Compact());
  }
  return {};
}

void EntryCollector::Add(Candidate candidate) {
  const auto worse_first = [this](const Candidate& a, const Candidate& b) { return Before(a, b); };
  if (heap_.size() >= capacity_) {
    std::pop_heap(heap_.begin(), heap_.end(), worse_first);
    live_bytes_ -= heap_.back().bytes;
    heap_.pop_back();
  }
  candidate.bytes = candidate.entry.line.size() + BytesOf(candidate.stream) +
                    BytesOf(candidate.entry.metadata) + BytesOf(candidate.entry.parsed);
  live_bytes_ += candidate.bytes;
  CopyInto(candidate, arena_);
  heap_.push_back(candidate);
  std::push_heap(heap_.begin(), heap_.end(), worse_first);
  if (heap_.size() >= capacity_) {
    worst_time_.store(heap_.front().time_ns, std::memory_order_relaxed);
    full_.store(true, std::memory_order_release);
  }
}

void EntryCollector::CopyInto(Candidate& candidate, Arena& arena) const {
  candidate.stream = CopyFields(candidate.stream, arena);
  candidate.entry.line = arena.Copy(candidate.entry.line);
  candidate.entry.metadata = CopyFields(candidate.entry.metadata, arena);
  candidate.entry.parsed = CopyFields(candidate.entry.parsed, arena);
}

Status EntryCollector::Compact() {
  if (arena_.bytes() > 2 * live_bytes_ + kSlackBytes) {
    Arena fresh;
    for (Candidate& candidate : heap_) CopyInto(candidate, fresh);
    arena_ = std::move(fresh);
  }
  const uint64_t held = arena_.bytes() + heap_.capacity() * sizeof(Candidate);
  const int64_t delta = static_cast<int64_t>(held) - static_cast<int64_t>(charged_bytes_);
  charged_bytes_ = held;
  return delta == 0 ? Status() : monitor_.AddMemory(delta);
}

// The first entry, and then each that lies at least an interval behind the last one kept.
void EntryCollector::KeepIntervals(std::vector<Candidate>& kept) const {
  std::vector<Candidate> out;
  for (const Candidate& candidate : kept) {
    if (!out.empty()) {
      const int64_t last = out.back().time_ns;
      const bool far = forward_ ? candidate.time_ns >= last + interval_ns_
                                : candidate.time_ns <= last - interval_ns_;
      if (!far) continue;
    }
    out.push_back(candidate);
    if (out.size() == limit_) break;
  }
  kept = std::move(out);
}

StreamsResult EntryCollector::Finish() {
  const MutexLock lock(mutex_);
  std::vector<Candidate> kept = std::move(heap_);
  std::sort(kept.begin(), kept.end(),
            [this](const Candidate& a, const Candidate& b) { return Before(a, b); });
  if (interval_ns_ > 0) KeepIntervals(kept);
  StreamsResult result;
  std::unordered_map<std::string, size_t> by_labels;
  std::vector<Field> fields;
  std::string key;
  uint64_t next_place = 0;
  for (const Candidate& candidate : kept) {
    fields.assign(candidate.stream.begin(), candidate.stream.end());
    if (!categorize_) {
      fields.insert(fields.end(), candidate.entry.metadata.begin(), candidate.entry.metadata.end());
      fields.insert(fields.end(), candidate.entry.parsed.begin(), candidate.entry.parsed.end());
      std::sort(fields.begin(), fields.end(),
                [](const Field& a, const Field& b) { return a.name < b.name; });
    }
    key.clear();
    AppendFieldsKey(key, fields);
    const auto [place, is_new] = by_labels.try_emplace(key, result.streams.size());
    if (is_new) result.streams.push_back({ToLabelPairs(fields), {}});
    LogEntry& entry = result.streams[place->second].entries.emplace_back(candidate.entry);
    entry.place = next_place++;
  }
  if (moment_ && !kept.empty()) result.last = {kept.back().stream_hash, RankOf(kept.back())};
  std::sort(result.streams.begin(), result.streams.end(),
            [](const LogStream& a, const LogStream& b) { return a.labels < b.labels; });
  result.arenas.push_back(std::move(arena_));
  return result;
}

}  // namespace narfi::query
