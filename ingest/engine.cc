#include "ingest/engine.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>

#include "base/duration.h"
#include "base/log.h"
#include "base/metrics.h"
#include "ingest/flush.h"
#include "ingest/follower.h"
#include "ingest/push_body.h"
#include "ingest/reject_report.h"
#include "ingest/strangers.h"
#include "ingest/validate.h"
#include "ingest/wal_format.h"

namespace narfi::ingest {
namespace {

constexpr uint64_t kOpenSegments = 4096;
constexpr uint64_t kOpenSegmentBytes = 32 << 20;  // of their footers

// Each takes a file handle; half of those that the process may have stay for all the rest.
size_t MaxOpenSegments() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 256;
  return static_cast<size_t>(std::clamp<uint64_t>(limit.rlim_cur / 2, 1, kOpenSegments));
}

constexpr int64_t kMaxPushWaitNs = 5 * kSecond;

uint64_t CountEntries(const PushBatch& batch) {
  uint64_t count = 0;
  for (const PushStream& stream : batch.streams) count += stream.entries.size();
  return count;
}

}  // namespace

Engine::Engine(Options options, const config::TenantLimits& limits, FileSystem& fs,
               const Clock& clock)
    : options_(std::move(options)),
      limits_(limits),
      fs_(fs),
      clock_(clock),
      push_memory_(options_.memory_budget / 8, clock) {}

Result<std::unique_ptr<Engine>> Engine::Open(Options options, const config::TenantLimits& limits,
                                             FileSystem& fs, const Clock& clock) {
  std::unique_ptr<Engine> engine(new Engine(std::move(options), limits, fs, clock));
  NARFI_TRY(engine->Start());
  return engine;
}

Status Engine::Start() {
  NARFI_ASSIGN(retention_, TenantRetention::Make(limits_));
  NARFI_ASSIGN(otlp_, TenantOtlp::Make(limits_));
  NARFI_ASSIGN(root_, OpenStoreRoot(fs_, options_.root));
  pages_ = std::make_unique<storage::PageCache>(options_.memory_budget / 4);
  objects_ = storage::MakeLocalObjectStore(fs_, JoinPath(options_.root, "segments"));
  NARFI_TRY(OpenManifest());
  footers_ = std::make_unique<index::FooterCache>(*objects_, pages_.get(), MaxOpenSegments(),
                                                  kOpenSegmentBytes);
  const std::string index_folder =
      options_.index_folder.empty() ? JoinPath(options_.root, "index") : options_.index_folder;
  NARFI_ASSIGN(index_, index::LabelIndex::Open(index_folder));
  NARFI_TRY(CatchUpIndex());
  // Sequences of this start must be above all that were ever given: of files still there, and of
  // files that are covered and gone.
  uint64_t min_number = 1;
  const auto state = manifest_->state();
  for (const auto& [tenant, sequence] : state->covered)
    min_number = std::max(min_number, (sequence >> kSequenceBits) + 1);
  // Of a manifest that was rebuilt the covered sequences may be lower than those of segments.
  for (const auto& [id, info] : state->segments)
    min_number = std::max(min_number, (info->covered_sequence >> kSequenceBits) + 1);
  NARFI_ASSIGN(wal_, Wal::Open(fs_,
                               {.folder = JoinPath(options_.root, "wal"),
                                .file_bytes = options_.wal_file_bytes,
                                .max_bytes = options_.wal_max_bytes},
                               min_number));
  next_sequence_ = (wal_->first_number() << kSequenceBits) + 1;
  for (const auto& [tenant, sequence] : state->covered) wal_->Covered(tenant, sequence);
  Publish(state);
  if (options_.has_flusher) {
    replayer_ = std::thread([this] { ReplayAll(); });
    flusher_ = std::thread([this] { RunFlusher(); });
    sealer_ = std::thread([this] { RunSealer(); });
    merger_ = std::thread([this] { RunMerger(); });
  } else {
    ReplayAll();
  }
  return {};
}

Status Engine::OpenManifest() {
  NARFI_ASSIGN(const auto names, objects_->List());
  const std::string folder = JoinPath(options_.root, "manifest");
  bool has_log = false;
  if (fs_.Exists(folder)) {
    NARFI_ASSIGN(const auto logs, fs_.List(folder));
    for (const std::string& name : logs) has_log = has_log || name.ends_with(".log");
  }
  size_t segments = 0;
  for (const std::string& name : names) segments += name.ends_with(".seg") ? 1 : 0;
  if (!has_log && segments > 0) {
    return Fail(Code::kCorrupt,
                fmt::format("{} holds {} segments but no manifest that lists them; put the folder "
                            "\"manifest\" back, or rebuild it from the segments: narfid "
                            "-storage.path={} -storage.verify -storage.rebuild-manifest",
                            options_.root, segments, options_.root));
  }
  NARFI_ASSIGN(manifest_, storage::OpenLocalManifest(fs_, folder));
  ClearStrangers(*objects_, names, *manifest_->state(), manifest_->is_cut());
  return {};
}

Status Engine::CatchUpIndex() {
  return index_->CatchUp(
      *manifest_->state(),
      [&](const storage::SegmentInfo& info) { return footers_->Get(info.id, ObjectNameOf(info)); },
      [&](const storage::SegmentInfo& info, const Error& error) { NoteUnreadable(info, error); });
}

// Makes the index anew from the footers, unless somebody did since its remakes() were counted.
Status Engine::RepairIndex(uint64_t seen_remakes, const Error& error) {
  static auto rebuilds = CounterMetric("narfi_index_rebuilds_total",
                                       "How often a damaged index was made anew while running.");
  if (index_->remakes() != seen_remakes && index_->is_whole()) return {};
  rebuilds.Increment();
  Log(LogLevel::kError, "the index is damaged; making it anew", {{"reason", error.text}});
  NARFI_TRY(index_->Remake());
  NARFI_TRY(CatchUpIndex());
  Log(LogLevel::kInfo, "the index was made anew");
  return {};
}

Engine::~Engine() {
  is_stopping_ = true;
  push_memory_.Stop();
  wake_.notify_all();
  room_.notify_all();
  seal_wake_.notify_all();
  merge_wake_.notify_all();
  if (replayer_.joinable()) replayer_.join();
  if (sealer_.joinable()) sealer_.join();
  if (flusher_.joinable()) flusher_.join();
  if (merger_.joinable()) merger_.join();
  wal_.reset();
}

std::shared_ptr<TenantHeads> Engine::HeadsOf(const std::string& tenant) {
  const MutexLock lock(mutex_);
  auto& heads = tenants_[tenant];
  if (heads == nullptr) heads = std::make_shared<TenantHeads>(tenant, pages_.get(), clock_);
  return heads;
}

std::shared_ptr<TenantHeads> Engine::FindHeads(const std::string& tenant) const {
  const MutexLock lock(mutex_);
  const auto it = tenants_.find(tenant);
  return it == tenants_.end() ? nullptr : it->second;
}

std::vector<std::shared_ptr<TenantHeads>> Engine::AllHeads() const {
  const MutexLock lock(mutex_);
  std::vector<std::shared_ptr<TenantHeads>> out;
  for (const auto& [tenant, heads] : tenants_) out.push_back(heads);
  return out;
}

uint64_t Engine::head_bytes() const {
  uint64_t total = 0;
  for (const auto& heads : AllHeads()) total += heads->bytes();
  head_bytes_ = total;
  return total;
}

bool Engine::ReserveBody(uint64_t bytes) { return push_memory_.TakeBody(bytes); }

void Engine::ReleaseBody(uint64_t bytes) { push_memory_.GiveBody(bytes); }

void Engine::WakeFlusher() {
  {
    const MutexLock lock(mutex_);
    flush_now_ = true;
  }
  wake_.notify_all();
}

// What is being sealed counts less and less, so that pushes go on at the pace of the encoding
// rather than all wait for its end; meanwhile it takes what bodies under way leave of their own
// share.
bool Engine::HasRoomInHeads() const {
  if (head_bytes_ <= HeadShare()) return true;
  uint64_t soon_free = 0;
  for (const auto& heads : AllHeads()) soon_free += heads->soon_free();
  const uint64_t of_pushes = options_.memory_budget / 8;
  const uint64_t left = of_pushes - std::min(of_pushes, push_memory_.bytes());
  return head_bytes() <= HeadShare() + std::min(soon_free, left);
}

// Why pushes cannot be taken now, if they cannot.
std::optional<PushAnswer> Engine::Refusal() const {
  if (const std::string why = wal_->Why(); !why.empty()) return PushAnswer{503, why + "\n", 2};
  if (!HasRoomInHeads()) {
    return PushAnswer{
        429,
        "the memory for new entries is used up until a flush has finished; send this push again\n",
        1};
  }
  return std::nullopt;
}

// A flush makes room within moments: a push waits for it a while before it is sent away.
std::optional<PushAnswer> Engine::RefusalAfterWaiting() {
  auto refused = Refusal();
  if (!refused || !options_.has_flusher) return refused;
  WakeFlusher();
  const int64_t deadline = clock_.MonotonicNs() + kMaxPushWaitNs;
  while (refused && !is_stopping_ && !wal_->is_broken()) {
    const int64_t left = deadline - clock_.MonotonicNs();
    if (left <= 0) return refused;
    {
      const MutexLock lock(mutex_);
      room_.wait_for(mutex_, std::chrono::nanoseconds(std::min<int64_t>(left, kSecond / 10)));
    }
    refused = Refusal();
  }
  return refused;
}

TenantHeads::Rules Engine::RulesFor(const std::string& tenant) const {
  const config::Limits& limits = limits_.LimitsFor(tenant);
  TenantHeads::Rules rules;
  rules.out_of_order_window_ns = options_.out_of_order_window_ns;
  rules.is_ordered_only = !limits.unordered_writes;
  rules.max_streams = limits.max_streams_per_user > 0 ? limits.max_streams_per_user
                                                      : limits.max_global_streams_per_user;
  return rules;
}

void Engine::Push(const std::string& tenant, const std::string& content_type,
                  const std::string& content_encoding, std::string body, Done done) {
  if (auto refused = RefusalAfterWaiting()) {
    done(std::move(*refused));
    return;
  }
  const auto shared_body = std::make_shared<const std::string>(std::move(body));
  const int64_t now = clock_.NowNs();
  auto decoded =
      DecodeWithin(push_memory_, options_.has_flusher ? kMaxPushWaitNs : 0,
                   {content_type, content_encoding, *shared_body, now, &otlp_.For(tenant)},
                   {options_.max_body_bytes, options_.max_unpacked_bytes});
  if (!decoded) {
    done(std::move(decoded).error());
    return;
  }
  PushBatch& batch = decoded->batch;
  const config::Limits& limits = limits_.LimitsFor(tenant);
  RejectReport report(tenant);
  report.set_entries(CountEntries(batch));
  report.set_bulk(batch.bulk);
  Validate(batch, limits, {now, false, options_.out_of_order_window_ns.has_value()}, report);
  rates_.Apply(limits, clock_.MonotonicNs(), batch, report);
  WalPush about;
  about.tenant = tenant;
  about.received_ns = now;
  about.content_type = content_type;
  about.content_encoding = content_encoding;
  const auto heads = HeadsOf(tenant);
  LogAndAnswer(*heads, batch, report, std::move(about), shared_body, std::move(done));
}

void Engine::LogAndAnswer(TenantHeads& heads, PushBatch& batch, RejectReport& report, WalPush about,
                          std::shared_ptr<const std::string> body, Done done) {
  const auto answer = std::make_shared<PushAnswer>();
  const auto newest = [&](StreamId id) {
    if (!options_.out_of_order_window_ns) return INT64_MIN;
    const auto time = index_->NewestTime(heads.tenant(), id);
    if (!time) is_index_suspect_ = true;
    return time ? *time : INT64_MIN;
  };
  const auto log = [&](const std::vector<std::pair<uint32_t, uint32_t>>& accepted,
                       uint64_t& sequence) {
    *answer = report.Answer();
    answer->accepted = accepted;
    sequence = next_sequence_++;
    about.sequence = sequence;
    about.all_accepted = false;
    about.accepted = accepted;
    about.body = *body;
    const bool is_logged = wal_->Append(
        heads.tenant(), sequence, EncodePushHead(about), body,
        [answer, done](const Status& logged) {
          done(logged
                   ? std::move(*answer)
                   : PushAnswer{503,
                                "the push could not be made durable: " + logged.error().text + "\n",
                                2});
        });
    if (Follower* follower = follower_; is_logged && follower != nullptr)
      follower->Taken(heads.tenant(), batch);
    return is_logged;
  };
  const uint64_t before = heads.bytes();
  switch (heads.Push(batch, RulesFor(heads.tenant()), newest, log, report)) {
    case TenantHeads::Outcome::kAppended:
      head_bytes_ += heads.bytes() - before;
      if (heads.sizes().closed > 0) seal_wake_.notify_one();
      break;
    case TenantHeads::Outcome::kNothingLeft:
      done(report.Answer());
      break;
    case TenantHeads::Outcome::kNotLogged:
      done({503, "the push could not be made durable: " + wal_->Why() + "\n", 2});
      break;
  }
}

}  // namespace narfi::ingest
