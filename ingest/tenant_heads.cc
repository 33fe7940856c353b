#include "ingest/tenant_heads.h"

#include <algorithm>
#include <span>

#include "base/log.h"
#include "ingest/reject_report.h"
#include "ingest/wal_format.h"

namespace narfi::ingest {
namespace {

// Open rows are searched as text: so many are worth columns once no more come.
constexpr uint32_t kRowsWorthSealing = 2048;
constexpr int64_t kIdleNs = 500'000'000;
// Steps in which soon_free() grows: some pushes.
constexpr uint64_t kTellBytes = 512 << 10;
constexpr int64_t kOldNs = 10'000'000'000;

}  // namespace

TenantHeads::TenantHeads(std::string tenant, storage::PageCache* cache, const Clock& clock)
    : tenant_(std::move(tenant)),
      cache_(cache),
      clock_(clock),
      sets_{NewSet()},
      replay_(NewSet()) {}

std::shared_ptr<HeadSet> TenantHeads::NewSet() const {
  return std::make_shared<HeadSet>(cache_, clock_.MonotonicNs());
}

// Drops the entries of one stream that its rules refuse.
void TenantHeads::JudgeStream(PushStream& stream, const Rules& rules, const NewestLookup& newest,
                              RejectReport& report) {
  if (stream.entries.empty()) return;
  const StreamId id = stream.labels.Id();
  auto it = streams_.find(id);
  if (it != streams_.end() && *it->second.labels != stream.labels) {
    // Two label sets with one 128-bit hash: never seen, and never mixed up.
    Log(LogLevel::kError, "two label sets have one stream id; the later one is refused",
        {{"tenant", tenant_}, {"labels", stream.labels.ToString()}});
    report.AddStreamLimit(stream);
    stream.entries.clear();
    return;
  }
  // A push may name a stream several times; it is one stream all the same.
  const bool is_new = !sets_.back()->Has(id) && !new_streams_.contains(id);
  if (is_new && rules.max_streams > 0 &&
      sets_.back()->streams() + new_streams_.size() >= rules.max_streams) {
    report.AddStreamLimit(stream);
    stream.entries.clear();
    return;
  }
  if (is_new) new_streams_.insert(id);
  if (it == streams_.end()) {
    it =
        streams_
            .try_emplace(id, StreamState{std::make_shared<const Labels>(stream.labels), newest(id)})
            .first;
    directory_.reset();
  }
  JudgeEntries(stream, rules, it->second.newest_ns, report);
  // A stream of which nothing was taken leaves no trace.
  if (is_new && stream.entries.empty()) {
    new_streams_.erase(id);
    streams_.erase(id);
    directory_.reset();
  }
}

void TenantHeads::JudgeEntries(PushStream& stream, const Rules& rules, int64_t& latest,
                               RejectReport& report) {
  // The report wants to see all entries of the stream: they are marked first and dropped together.
  std::vector<bool> refused(stream.entries.size());
  for (size_t i = 0; i < stream.entries.size(); ++i) {
    const PushEntry& entry = stream.entries[i];
    if (rules.out_of_order_window_ns && latest != INT64_MIN) {
      const int64_t oldest =
          rules.is_ordered_only ? latest : latest - *rules.out_of_order_window_ns;
      refused[i] = entry.time_ns < oldest;
      if (refused[i] && rules.is_ordered_only) report.AddOutOfOrder(stream, entry);
      if (refused[i] && !rules.is_ordered_only) report.AddTooFarBehind(stream, entry, oldest);
    }
    if (!refused[i] && entry.time_ns == kNoTime) {
      report.AddBeforeEpoch(stream, entry);
      refused[i] = true;
    }
    if (!refused[i]) latest = std::max(latest, entry.time_ns);
  }
  size_t next = 0;
  std::erase_if(stream.entries, [&](const PushEntry&) { return refused[next++]; });
}

TenantHeads::Outcome TenantHeads::Push(PushBatch& batch, const Rules& rules,
                                       const NewestLookup& newest, const LogPush& log,
                                       RejectReport& report) {
  const MutexLock lock(mutex_);
  std::vector<uint32_t> ordinals;
  new_streams_.clear();
  for (PushStream& stream : batch.streams) {
    JudgeStream(stream, rules, newest, report);
    for (const PushEntry& entry : stream.entries) ordinals.push_back(entry.ordinal);
  }
  if (ordinals.empty()) return Outcome::kNothingLeft;
  std::sort(ordinals.begin(), ordinals.end());
  std::vector<std::pair<uint32_t, uint32_t>> accepted;
  for (const uint32_t ordinal : ordinals) AddOrdinal(accepted, ordinal);
  uint64_t sequence = 0;
  if (!log(accepted, sequence)) return Outcome::kNotLogged;
  last_sequence_ = sequence;
  AppendTo(*sets_.back(), batch);
  return Outcome::kAppended;
}

void TenantHeads::AppendTo(HeadSet& set, const PushBatch& batch) {
  const int64_t now = clock_.MonotonicNs();
  for (const PushStream& stream : batch.streams) {
    if (stream.entries.empty()) continue;
    const StreamId id = stream.labels.Id();
    const auto [it, is_new] = streams_.try_emplace(id);
    StreamState& state = it->second;
    if (is_new) {
      state.labels = std::make_shared<const Labels>(stream.labels);
      directory_.reset();
    }
    for (const PushEntry& entry : stream.entries)
      state.newest_ns = std::max(state.newest_ns, entry.time_ns);
    set.Append(id, state.labels, stream.entries, now);
  }
}

void TenantHeads::Replay(const PushBatch& batch, uint64_t sequence) {
  const MutexLock lock(mutex_);
  replayed_sequence_ = std::max(replayed_sequence_, sequence);
  AppendTo(*replay_, batch);
}

void TenantHeads::FinishReplay() {
  const MutexLock lock(mutex_);
  last_sequence_ = std::max(last_sequence_, replayed_sequence_);
  // Behind what a failed flush of the replay left, before the live set.
  if (!replay_->empty()) sets_.insert(std::prev(sets_.end()), replay_);
  replay_ = NewSet();
}

TenantHeads::Taken TenantHeads::TakeForFlush() {
  const MutexLock lock(mutex_);
  Taken taken;
  for (const auto& set : sets_) {
    if (!set->empty()) taken.sets.push_back(set);
  }
  taken.covered = last_sequence_;
  if (!sets_.back()->empty()) sets_.push_back(NewSet());
  return taken;
}

TenantHeads::Taken TenantHeads::TakeReplayed() {
  const MutexLock lock(mutex_);
  Taken taken;
  taken.covered = replayed_sequence_;
  if (!replay_->empty()) {
    sets_.insert(std::prev(sets_.end()), replay_);
    replay_ = NewSet();
  }
  // With what earlier flushes that failed left: `covered` says that all of it is in segments.
  for (size_t i = 0; i + 1 < sets_.size(); ++i) taken.sets.push_back(sets_[i]);
  return taken;
}

// The tenant's lock is not held while a part is encoded.
bool TenantHeads::SealOne(bool idle_too, const OnProgress& on_progress) {
  const MutexLock sealing(seal_mutex_);
  std::vector<std::shared_ptr<HeadSet>> sets;
  {
    const MutexLock lock(mutex_);
    sets = sets_;
    sets.push_back(replay_);
    for (const auto& set : sets) {
      if (idle_too && IsIdle(*set)) set->Close();
    }
  }
  for (const auto& set : sets) {
    if (SealPart(*set, on_progress)) return true;
  }
  return false;
}

bool TenantHeads::SealPart(HeadSet& set, const OnProgress& on_progress) {
  std::shared_ptr<const HeadSet::Part> part;
  {
    const MutexLock lock(mutex_);
    part = set.ToSeal();
  }
  if (part == nullptr) return false;
  auto sealed = HeadSet::Encode(*part, cache_, [&](double done) {
    const auto bytes = static_cast<uint64_t>(done * static_cast<double>(part->bytes));
    if (bytes < soon_free_ + kTellBytes) return;
    soon_free_ = bytes;
    on_progress();
  });
  const MutexLock lock(mutex_);
  soon_free_ = 0;
  set.Replace(part, std::move(sealed));
  return true;
}

bool TenantHeads::IsIdle(const HeadSet& set) const {
  const int64_t now = clock_.MonotonicNs();
  return set.open_rows() >= kRowsWorthSealing &&
         (now - set.appended_ns() > kIdleNs || now - set.opened_ns() > kOldNs);
}

std::vector<std::shared_ptr<const storage::StoredRowGroup>> TenantHeads::SealAll(
    const Taken& taken, const OnProgress& on_progress) {
  const MutexLock sealing(seal_mutex_);
  std::vector<std::shared_ptr<const storage::StoredRowGroup>> groups;
  for (const auto& set : taken.sets) {
    {
      const MutexLock lock(mutex_);
      set->Close();
    }
    while (SealPart(*set, on_progress)) {
    }
    const MutexLock lock(mutex_);
    for (auto& group : set->Groups()) groups.push_back(std::move(group));
  }
  return groups;
}

void TenantHeads::Flushed(const Taken& taken, const std::function<void()>& publish) {
  const MutexLock lock(mutex_);
  publish();
  std::erase_if(sets_, [&](const std::shared_ptr<HeadSet>& set) {
    return std::find(taken.sets.begin(), taken.sets.end(), set) != taken.sets.end();
  });
  if (sets_.empty()) sets_.push_back(NewSet());
  // Names of their own: clang's lock analysis does not look into lambdas.
  const HeadSet& replay = *replay_;
  const std::span<const std::shared_ptr<HeadSet>> sets(sets_);
  std::erase_if(streams_, [&](const auto& known) {
    return !replay.Has(known.first) && std::none_of(sets.begin(), sets.end(), [&](const auto& set) {
      return set->Has(known.first);
    });
  });
  directory_.reset();
}

std::shared_ptr<const std::vector<HeadStream>> TenantHeads::Streams() const {
  const MutexLock lock(mutex_);
  if (directory_ == nullptr) {
    auto made = std::make_shared<std::vector<HeadStream>>();
    made->reserve(streams_.size());
    for (const auto& [id, state] : streams_) made->push_back({id, state.labels});
    directory_ = std::move(made);
  }
  return directory_;
}

std::vector<storage::RunRef> TenantHeads::Readers(const std::vector<StreamId>& ids,
                                                  const std::function<void()>& also) const {
  const MutexLock lock(mutex_);
  also();
  std::vector<storage::RunRef> out;
  for (const StreamId id : ids) {
    for (const auto& set : sets_) set->Readers(id, out);
  }
  return out;
}

uint64_t TenantHeads::bytes() const {
  const MutexLock lock(mutex_);
  uint64_t total = replay_->bytes();
  for (const auto& set : sets_) total += set->bytes();
  return total;
}

TenantHeads::Sizes TenantHeads::sizes() const {
  const MutexLock lock(mutex_);
  Sizes out;
  for (const auto& set : sets_) {
    out.open += set->open_bytes();
    out.closed += set->closed_bytes();
    out.all += set->bytes();
  }
  return out;
}

uint64_t TenantHeads::replay_bytes() const {
  const MutexLock lock(mutex_);
  uint64_t total = replay_->bytes();
  for (size_t i = 0; i + 1 < sets_.size(); ++i) total += sets_[i]->bytes();
  return total;
}

int64_t TenantHeads::oldest_ns() const {
  const MutexLock lock(mutex_);
  for (const auto& set : sets_) {
    if (!set->empty()) return set->created_ns();
  }
  return INT64_MAX;
}

}  // namespace narfi::ingest
