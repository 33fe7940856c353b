#include "server/tail.h"

#include <algorithm>
#include <utility>

#include "query/logql/parser.h"
#include "server/query_limits.h"
#include "server/tail_source.h"

namespace narfi::server {
namespace {

constexpr size_t kKnownStreams = 100'000;  // whether they are wanted
// Of what is stored, which waits in memory until the client has taken it.
constexpr uint64_t kMaxHistoryBytes = 2 << 20;

// Tells of each snapshot of another source: at its moment, and when it has been taken.
class MomentSource final : public storage::Source {
 public:
  MomentSource(storage::Source& source, std::function<void()> at_moment,
               std::function<void()> taken)
      : source_(source), at_moment_(std::move(at_moment)), taken_(std::move(taken)) {}
  Result<storage::Snapshot> TakeSnapshot(const storage::Selector& selector) override {
    if (keeps_) return kept_;
    storage::Selector told = selector;
    told.at_moment = at_moment_;
    NARFI_ASSIGN(kept_, source_.TakeSnapshot(told));
    taken_();
    return kept_;
  }
  Result<std::vector<Labels>> Series(const storage::Selector& selector) override {
    return source_.Series(selector);
  }
  // From now on the last snapshot is the one, so that its moment stays.
  void Keep() { keeps_ = true; }
  std::vector<std::string> Tenants() override { return source_.Tenants(); }
  bool Quarantine(const storage::RowGroupReader& group, const Error& error) override {
    return source_.Quarantine(group, error);
  }

 private:
  storage::Source& source_;
  const std::function<void()> at_moment_;
  const std::function<void()> taken_;
  storage::Snapshot kept_;
  bool keeps_ = false;
};

int64_t LatestEnd(const Services& services) {
  const int64_t longest = services.settings.querier.tail_max_duration_ns;
  return longest > 0 ? services.clock.MonotonicNs() + longest : INT64_MAX;
}

}  // namespace

Status PrepareTail(const Services& services, const ReadCall& call, TailRequest& tail) {
  query::Request& query = tail.query;
  query.tenant = call.tenant;
  NARFI_ASSIGN(auto selector, logql::ParseLogSelector(query.query));
  query.expr = std::make_shared<const logql::Expr>(std::move(selector));
  NARFI_TRY(CheckTenantLimits(query, services));
  // The request is gone when its query runs: what it says of the client stays behind.
  tail.context = call.context;
  tail.context.cancelled = nullptr;
  return {};
}

Tail::Tail(const Services& services, Pool& pool, TailRequest request, uint64_t max_queue_bytes)
    : services_(services),
      pool_(pool),
      request_(std::move(request)),
      predicates_(logql::ToPredicates(std::get<logql::LogSelector>(*request_.query.expr).matchers)),
      queue_({.max_bytes = max_queue_bytes, .delay_ns = request_.delay_ns}),
      end_ns_(LatestEnd(services)) {}

void Tail::Begin(std::function<void(const Status&)> ready) {
  const bool taken =
      services_.query_pool.Submit([self = shared_from_this(), ready] { self->RunHistory(ready); });
  if (!taken) ready(Fail(Code::kUnavailable, "too many outstanding requests"));
}

void Tail::Open(std::unique_ptr<TailClient> client) {
  client_ = std::move(client);
  client_->OnGone([self = shared_from_this()] { self->is_over_ = true; });
  Arrive();
}

void Tail::Arrive() {
  if (++arrived_ == 2) GoOn();
}

void Tail::End(const std::string& reason) {
  is_over_ = true;
  client_->End(reason);
}

bool Tail::Wants(StreamId id, const Labels& labels) {
  const MutexLock lock(mutex_);
  if (wanted_.size() >= kKnownStreams) wanted_.clear();
  const auto [it, is_new] = wanted_.try_emplace(id);
  if (is_new) it->second = Matches(labels, predicates_);
  return it->second;
}

void Tail::RunHistory(const std::function<void(const Status&)>& ready) {
  if (const auto is_up = services_.ingest.WaitReady(request_.context.deadline_ns); !is_up)
    return ready(is_up);
  bool is_told = false;
  MomentSource source(
      services_.ingest, [this] { queue_.Start(); },
      [&] {
        if (!std::exchange(is_told, true)) ready({});
      });
  query::Request query = request_.query;
  query.end_ns = INT64_MAX;  // a line with a time in the future is stored too
  query.direction = query::Direction::kBackward;
  query::QueryContext context = request_.context;
  context.max_memory_bytes = std::min(context.max_memory_bytes, kMaxHistoryBytes);
  const query::Engine engine(source, services_.query_pool, services_.clock);
  auto result = engine.Execute(query, context);
  // What does not fit is the older part.
  while (!result && result.error().code == Code::kLimit && is_told && query.limit > 1) {
    query.limit /= 2;
    source.Keep();
    result = engine.Execute(query, context);
  }
  if (!result && !is_told) return ready(tl::unexpected(std::move(result).error()));
  if (!result) {
    failure_ = result.error().text;
  } else if (result->stats.entries_returned > 0) {
    // No query waits for what a client has not taken.
    result->memory.reset();
    frames_ = request_.make_frames(std::move(*result), query.direction, {});
  }
  Arrive();
}

Result<std::unique_ptr<TailFrames>> Tail::MakeFrames(TailQueue::Batch batch) const {
  query::QueryResult result;  // of no streams
  if (!batch.rows.empty()) {
    query::Request query = request_.query;
    query.start_ns = INT64_MIN;
    query.end_ns = INT64_MAX;
    query.direction = query::Direction::kForward;
    query.limit = batch.rows.size();
    // The end is not part of the range; no push has an entry of that time.
    TailSource source(std::move(batch.rows));
    const query::QueryContext context;
    NARFI_ASSIGN(result, query::Engine(source, pool_, services_.clock).Execute(query, context));
  }
  return request_.make_frames(std::move(result), query::Direction::kForward,
                              std::move(batch.dropped));
}

bool Tail::HasWork() const {
  return frames_ != nullptr || !failure_.empty() || queue_.HasDue(DueBy());
}

int64_t Tail::DueBy() const { return stopping_ ? INT64_MAX : services_.clock.NowNs(); }

// Who asks for a stop right now is heard at the next Tick().
void Tail::Rest() {
  if (stopping_ && !is_over_.exchange(true)) client_->GoAway();
  busy_ = false;
}

void Tail::Stop() {
  queue_.Stop();
  stopping_ = true;
}

void Tail::Work() {
  if (!failure_.empty()) return End(failure_);
  while (!is_over_ && frames_ == nullptr) {
    auto batch = queue_.Take(DueBy(), TailFrames::kMaxEntries, TailFrames::kMaxBytes);
    if (batch.empty()) break;
    auto made = MakeFrames(std::move(batch));
    if (!made) return End(made.error().text);
    if (!(*made)->done()) frames_ = std::move(*made);
  }
  if (is_over_ || frames_ == nullptr) return Rest();
  std::string text = frames_->Next();
  if (frames_->done()) frames_.reset();
  client_->Send(std::move(text), [self = shared_from_this()](bool ok) {
    if (ok) self->GoOn();
  });
}

// Not on the thread that sends.
void Tail::GoOn() {
  if (!HasWork()) return Rest();
  if (!pool_.Submit([self = shared_from_this()] { self->Work(); })) busy_ = false;
}

void Tail::Tick(int64_t now_monotonic_ns) {
  if (is_over_ || arrived_ < 2) return;
  if (now_monotonic_ns >= end_ns_) return End("reached tail max duration limit");
  if (!busy_.exchange(true)) GoOn();
}

}  // namespace narfi::server
