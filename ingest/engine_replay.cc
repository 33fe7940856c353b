// Engine: what the last start left in the write-ahead log comes back into heads.
#include <fmt/format.h>

#include "base/duration.h"
#include "base/log.h"
#include "base/metrics.h"
#include "ingest/engine.h"
#include "ingest/push_body.h"
#include "ingest/validate.h"
#include "ingest/wal_replay.h"

namespace narfi::ingest {
namespace {

constexpr int64_t kReplayPauseNs = 2 * kSecond;

}  // namespace

// One file, again and again until it can be read: what comes after it would cover its sequences, so
// nothing may. Only stopping ends it otherwise.
Result<ReplayReport> Engine::ReplayOldFile(const Wal::OldFile& file, uint64_t& undecodable) {
  for (;;) {
    undecodable = 0;
    auto report = ReplayFile(fs_, file.path, file.number, [&](const WalPush& push) -> Status {
      if (is_stopping_) return Fail(Code::kCancelled, "stopping");
      auto replayed = ReplayPush(push);
      // One record that no longer decodes must not take the others with it.
      if (!replayed && replayed.error().code == Code::kCorrupt) {
        Log(LogLevel::kError, "a record of the write-ahead log is left out",
            {{"reason", replayed.error().text}});
        ++undecodable;
        return {};
      }
      return replayed;
    });
    if (report || report.error().code == Code::kCancelled || report.error().code == Code::kCorrupt)
      return report;
    Log(LogLevel::kError, "a write-ahead log cannot be replayed now; trying again",
        {{"reason", report.error().text}});
    const MutexLock lock(mutex_);
    if (!is_stopping_ && options_.has_flusher) wake_.wait_for(mutex_, std::chrono::seconds(2));
    if (is_stopping_ || !options_.has_flusher) return Fail(Code::kCancelled, "stopping");
  }
}

// Puts a copy beside the log: what could not be replayed is kept for whoever can read it.
void Engine::KeepDamaged(const Wal::OldFile& file) {
  const auto bytes = fs_.ReadAll(file.path);
  const auto kept = bytes ? WriteFileAtomically(fs_, file.path + ".bad", *bytes)
                          : Status(tl::unexpected(bytes.error()));
  if (!kept)
    Log(LogLevel::kError, "a damaged write-ahead log could not be copied",
        {{"file", file.path}, {"reason", kept.error().text}});
}

void Engine::ReplayAll() {
  static auto damaged = CounterMetric("narfi_wal_damaged_records_total",
                                      "Records inside write-ahead logs that were damaged.");
  uint64_t records = 0;
  for (const Wal::OldFile& file : wal_->old_files()) {
    uint64_t undecodable = 0;
    auto report = ReplayOldFile(file, undecodable);
    if (!report && report.error().code == Code::kCancelled) return;
    if (!report) {
      Log(LogLevel::kError, "a write-ahead log is damaged from its start",
          {{"reason", report.error().text}});
      report = ReplayReport();
      report->damaged_records = 1;
    }
    records += report->records - undecodable;
    if (file.bytes == 0)
      Log(LogLevel::kInfo, "an empty write-ahead log is dropped: its start died while making it",
          {{"file", file.path}});
    if (report->torn_bytes > 0)
      Log(LogLevel::kWarn, "cut a torn tail off a write-ahead log",
          {{"file", file.path}, {"bytes", report->torn_bytes}});
    if (const uint64_t lost = report->damaged_records + undecodable; lost > 0) {
      damaged.Increment(static_cast<double>(lost));
      Log(LogLevel::kError,
          "a write-ahead log has damaged records, whose entries are missing; a copy of it is kept "
          "as *.bad",
          {{"file", file.path}, {"records", lost}});
      KeepDamaged(file);
    }
    wal_->Replayed(file.number, report->newest);
  }
  for (const auto& heads : AllHeads()) heads->FinishReplay();
  if (!wal_->old_files().empty())
    Log(LogLevel::kInfo, "replayed the write-ahead log",
        {{"files", wal_->old_files().size()}, {"pushes", records}});
  {
    const MutexLock lock(mutex_);
    is_ready_ = true;
  }
  wake_.notify_all();
}

Status Engine::ReplayPush(const WalPush& push) {
  const std::string tenant(push.tenant);
  const auto state = manifest_->state();
  const auto covered = state->covered.find(tenant);
  if (covered != state->covered.end() && push.sequence <= covered->second) return {};
  // It was accepted once: today's smaller limits must not refuse it.
  auto batch = Decode(
      {push.content_type, push.content_encoding, push.body, push.received_ns, &otlp_.For(tenant)},
      {kMaxRecordBytes, kMaxRecordBytes, true});
  if (!batch) {
    return Fail(Code::kCorrupt, fmt::format("push {} of tenant {} no longer decodes: {}",
                                            push.sequence, tenant, batch.error().text));
  }
  RejectReport unused(tenant, true);
  Validate(*batch, limits_.LimitsFor(tenant), {push.received_ns, true, false}, unused);
  if (!push.all_accepted) {
    for (PushStream& stream : batch->streams) {
      std::erase_if(stream.entries, [&](const PushEntry& entry) {
        return !HasOrdinal(push.accepted, entry.ordinal);
      });
    }
  }
  HeadsOf(tenant)->Replay(*batch, push.sequence);
  return MakeRoomInReplay();
}

// A log may unpack to more than the heads may hold: what was replayed so far becomes segments.
// Where they cannot be written, a full disk say, the heads take all of their share before the
// replay waits: that is what they held when the log was written.
Status Engine::MakeRoomInReplay() {
  for (;;) {
    uint64_t replayed = 0;
    for (const auto& heads : AllHeads()) replayed += heads->replay_bytes();
    const bool is_over = replayed >= HeadShare();
    if (replayed < options_.memory_budget / 8) return {};
    if (!is_over && clock_.MonotonicNs() < next_replay_flush_ns_) return {};
    auto flushed = FlushReplayed();
    if (flushed) return {};
    Log(LogLevel::kError, "what was replayed cannot be written to segments now; trying again",
        {{"reason", flushed.error().text}});
    next_replay_flush_ns_ = clock_.MonotonicNs() + kReplayPauseNs;
    if (!is_over) return {};
    if (!options_.has_flusher) return flushed;
    const MutexLock lock(mutex_);
    if (!is_stopping_) wake_.wait_for(mutex_, std::chrono::nanoseconds(kReplayPauseNs));
    if (is_stopping_) return Fail(Code::kCancelled, "stopping");
  }
}

Status Engine::FlushReplayed() {
  const MutexLock lock(flush_mutex_);
  for (const auto& heads : AllHeads()) NARFI_TRY(FlushTaken(*heads, heads->TakeReplayed()));
  return {};
}

Status Engine::WaitReady(int64_t deadline_monotonic_ns) const {
  const MutexLock lock(mutex_);
  while (!is_ready_) {
    const int64_t left = deadline_monotonic_ns - clock_.MonotonicNs();
    if (left <= 0)
      return Fail(Code::kUnavailable,
                  "the write-ahead log is still being replayed; ask again in a moment");
    wake_.wait_for(mutex_, std::chrono::nanoseconds(left));
  }
  return {};
}

}  // namespace narfi::ingest
