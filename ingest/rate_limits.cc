#include "ingest/rate_limits.h"

#include <algorithm>
#include <iterator>

namespace narfi::ingest {
namespace {

constexpr double kMiB = 1 << 20;

}  // namespace

// A bucket that was never used is full.
bool RateLimits::Bucket::Take(const Rate& rate, int64_t now_ns, double wanted) {
  const double seconds = static_cast<double>(now_ns - filled_ns) / 1e9;
  bytes = filled_ns == 0 ? rate.burst_bytes
                         : std::min(rate.burst_bytes, bytes + seconds * rate.bytes_per_second);
  filled_ns = now_ns;
  if (wanted > bytes) return false;
  bytes -= wanted;
  return true;
}

void RateLimits::Apply(const config::Limits& limits, int64_t now_ns, PushBatch& batch,
                       RejectReport& report) {
  if (limits.ingestion_rate_mb <= 0 && limits.per_stream_rate_limit == 0) return;
  const MutexLock lock(mutex_);
  if (limits.ingestion_rate_mb > 0 && !TakeAll(limits, now_ns, batch, report)) {
    batch.streams.clear();
    return;
  }
  if (limits.per_stream_rate_limit == 0) return;
  const Rate rate{static_cast<double>(limits.per_stream_rate_limit),
                  static_cast<double>(limits.per_stream_rate_limit_burst)};
  if (stream_count_ > kMaxStreams) ForgetFull(rate, now_ns);
  auto& buckets = streams_[report.tenant()];
  for (PushStream& stream : batch.streams) {
    const auto [place, is_new] = buckets.try_emplace(stream.labels.Id());
    stream_count_ += is_new ? 1 : 0;
    TakeStream(rate, limits.per_stream_rate_limit, now_ns, place->second, stream, report);
  }
  std::erase_if(batch.streams, [](const PushStream& stream) { return stream.entries.empty(); });
  report.EndStream();  // what stood where may stand elsewhere now
}

bool RateLimits::TakeAll(const config::Limits& limits, int64_t now_ns, const PushBatch& batch,
                         RejectReport& report) {
  const Rate rate{limits.ingestion_rate_mb * kMiB, limits.ingestion_burst_size_mb * kMiB};
  uint64_t entries = 0;
  uint64_t bytes = 0;
  for (const PushStream& stream : batch.streams) {
    entries += stream.entries.size();
    for (const PushEntry& entry : stream.entries) bytes += EntryBytes(entry);
  }
  if (tenants_[report.tenant()].Take(rate, now_ns, static_cast<double>(bytes))) return true;
  report.AddRateLimit(static_cast<uint64_t>(rate.bytes_per_second), entries, bytes);
  return false;
}

void RateLimits::TakeStream(const Rate& rate, uint64_t limit_bytes, int64_t now_ns, Bucket& bucket,
                            PushStream& stream, RejectReport& report) {
  std::vector<bool> taken;
  for (const PushEntry& entry : stream.entries)
    taken.push_back(bucket.Take(rate, now_ns, static_cast<double>(EntryBytes(entry))));
  // The report looks at the stream as it came.
  for (size_t i = 0; i < taken.size(); ++i) {
    if (!taken[i]) report.AddStreamRateLimit(stream, stream.entries[i], limit_bytes);
  }
  size_t index = 0;
  std::erase_if(stream.entries, [&](const PushEntry&) { return !taken[index++]; });
}

void RateLimits::ForgetFull(const Rate& rate, int64_t now_ns) {
  stream_count_ = 0;
  for (auto& [tenant, buckets] : streams_) {
    for (auto it = buckets.begin(); it != buckets.end();) {
      it->second.Take(rate, now_ns, 0);
      it = it->second.bytes >= rate.burst_bytes ? buckets.erase(it) : std::next(it);
    }
    stream_count_ += buckets.size();
  }
}

}  // namespace narfi::ingest
