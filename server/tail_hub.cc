#include "server/tail_hub.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <unordered_set>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/metrics.h"

namespace narfi::server {

// Hashes of the newest entries: of kSeenEntries at least, and of twice as many at most.
class RecentEntries {
 public:
  // False when it is one of them.
  bool Add(uint64_t hash) {
    if (older_.contains(hash) || !newer_.insert(hash).second) return false;
    if (newer_.size() < TailHub::kSeenEntries) return true;
    older_ = std::move(newer_);
    newer_ = {};
    return true;
  }

 private:
  std::unordered_set<uint64_t> newer_;
  std::unordered_set<uint64_t> older_;
};

namespace {

constexpr size_t kTailThreads = 2;
constexpr size_t kQueuedTasks = 10'000;
constexpr uint64_t kRowBytes = sizeof(TailChunk::Row);

uint64_t HashOf(StreamId id, const ingest::PushEntry& entry) {
  std::string key;
  PutU64(key, id.high);
  PutU64(key, id.low);
  PutU64(key, static_cast<uint64_t>(entry.time_ns));
  PutString(key, entry.line);
  for (const auto& pair : entry.metadata) {
    PutString(key, pair.name);
    PutString(key, pair.value);
  }
  return Hash64(key);
}

GaugeMetricRef ActiveTails() {
  static auto tails = GaugeMetric("loki_querier_tail_active", "Number of active tailers.");
  return tails;
}

}  // namespace

TailHub::TailHub(const Services& services, Options options)
    : services_(services),
      options_(options),
      total_bytes_(std::make_shared<std::atomic<uint64_t>>(0)),
      pool_("tail", kTailThreads, kQueuedTasks),
      ticker_([this] { RunTicks(); }) {
  services_.ingest.Follow(this);
}

TailHub::~TailHub() {
  services_.ingest.Follow(nullptr);
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  ticker_.join();
}

TailHub::Tails TailHub::Living(const KnownTails& tails) {
  Tails living;
  for (const auto& known : tails) {
    if (auto tail = known.lock(); tail != nullptr && !tail->is_over())
      living.push_back(std::move(tail));
  }
  return living;
}

Result<std::shared_ptr<Tail>> TailHub::Add(TailRequest request) {
  const std::string tenant = request.query.tenant;
  const uint64_t most = services_.LimitsFor(tenant).max_concurrent_tail_requests;
  auto tail =
      std::make_shared<Tail>(services_, pool_, std::move(request), options_.max_queue_bytes);
  const MutexLock lock(mutex_);
  if (refuses_) return Fail(Code::kUnavailable, "the server stops");
  Forget();
  TenantTails& of_tenant = tenants_[tenant];
  if (const size_t count = of_tenant.tails.size() + 1; most > 0 && count > most) {
    return Fail(Code::kLimit, fmt::format("max concurrent tail requests limit exceeded, count > "
                                          "limit ({} > {})",
                                          count, most));
  }
  of_tenant.tails.push_back(tail);
  if (of_tenant.seen == nullptr) of_tenant.seen = std::make_shared<RecentEntries>();
  has_tails_ = true;
  wake_.notify_all();
  return tail;
}

void TailHub::Stop(int64_t grace_ns) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::nanoseconds(grace_ns);
  {
    const MutexLock lock(mutex_);
    refuses_ = true;
  }
  for (const auto& tail : All()) tail->Stop();
  const MutexLock lock(mutex_);
  while (!tenants_.empty() && forgot_.wait_until(mutex_, until) != std::cv_status::timeout) {
  }
}

size_t TailHub::CountOf(const std::string& tenant) const {
  const MutexLock lock(mutex_);
  const auto it = tenants_.find(tenant);
  return it == tenants_.end() ? 0 : Living(it->second.tails).size();
}

// Drops what is over.
void TailHub::Forget() {
  size_t count = 0;
  for (auto& [name, tenant] : tenants_) {
    std::erase_if(tenant.tails, [](const std::weak_ptr<Tail>& known) {
      const auto tail = known.lock();
      return tail == nullptr || tail->is_over();
    });
    count += tenant.tails.size();
  }
  std::erase_if(tenants_, [](const auto& tenant) { return tenant.second.tails.empty(); });
  has_tails_ = !tenants_.empty();
  ActiveTails().Set(static_cast<double>(count));
}

TailHub::Tails TailHub::All() const {
  const MutexLock lock(mutex_);
  Tails all;
  for (const auto& [name, tenant] : tenants_) {
    for (auto& tail : Living(tenant.tails)) all.push_back(std::move(tail));
  }
  return all;
}

void TailHub::Taken(const std::string& tenant, const ingest::PushBatch& batch) {
  if (!has_tails_) return;
  Tails tails;
  std::shared_ptr<RecentEntries> seen;
  {
    const MutexLock lock(mutex_);
    const auto it = tenants_.find(tenant);
    if (it == tenants_.end()) return;
    tails = Living(it->second.tails);
    seen = it->second.seen;
  }
  for (const ingest::PushStream& stream : batch.streams) {
    if (!stream.entries.empty()) Bring(stream, tails, *seen);
  }
}

void TailHub::Bring(const ingest::PushStream& stream, const Tails& tails, RecentEntries& seen) {
  const StreamId id = stream.labels.Id();
  std::vector<Tail*> wanting;
  for (const auto& tail : tails) {
    if (tail->Wants(id, stream.labels)) wanting.push_back(tail.get());
  }
  if (wanting.empty()) return;
  const auto chunk = std::make_shared<TailChunk>();
  for (const ingest::PushEntry& entry : stream.entries) {
    if (!seen.Add(HashOf(id, entry))) continue;
    TailChunk::Row& row = chunk->rows.emplace_back();
    row.time_ns = entry.time_ns;
    row.line = chunk->arena.Copy(entry.line);
    for (const auto& pair : entry.metadata)
      row.metadata.push_back({chunk->arena.Copy(pair.name), chunk->arena.Copy(pair.value)});
    chunk->bytes += kRowBytes + row.metadata.size() * sizeof(storage::MetadataPair);
  }
  if (chunk->rows.empty()) return;
  std::stable_sort(chunk->rows.begin(), chunk->rows.end(),
                   [](const auto& a, const auto& b) { return a.time_ns < b.time_ns; });
  chunk->id = id;
  chunk->labels = std::make_shared<const Labels>(stream.labels);
  chunk->arrived_ns = services_.clock.NowNs();
  chunk->bytes += chunk->arena.bytes() + sizeof *chunk;
  chunk->in_total = total_bytes_;
  total_bytes_->fetch_add(chunk->bytes, std::memory_order_relaxed);
  for (Tail* tail : wanting) tail->queue().Push(chunk);
  if (*total_bytes_ > options_.max_total_bytes) MakeRoom();
}

// The tail that is furthest behind loses what waits for it, so that the others need lose nothing.
void TailHub::MakeRoom() {
  const Tails tails = All();
  const auto most = std::max_element(tails.begin(), tails.end(), [](const auto& a, const auto& b) {
    return a->queue().bytes() < b->queue().bytes();
  });
  if (most != tails.end()) (*most)->queue().DropAll();
}

void TailHub::RunTicks() {
  for (;;) {
    {
      const MutexLock lock(mutex_);
      while (tenants_.empty() && !stopping_) wake_.wait(mutex_);
      if (!stopping_) wake_.wait_for(mutex_, std::chrono::nanoseconds(kTickNs));
      if (stopping_) return;
      Forget();
      if (tenants_.empty()) forgot_.notify_all();
    }
    const int64_t now = services_.clock.MonotonicNs();
    for (const auto& tail : All()) tail->Tick(now);
  }
}

}  // namespace narfi::server
