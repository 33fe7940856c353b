#include "query/exec/monitor.h"

#include "base/size.h"

namespace narfi::query {
namespace {

constexpr std::string_view kOverMemoryText = "the query needs more memory than its share of ";
// What is taken of the memory of all queries at once.
constexpr uint64_t kChargeStep = 1 << 20;

}  // namespace

bool IsOverMemory(const Error& error) { return error.text.starts_with(kOverMemoryText); }

QueryMonitor::QueryMonitor(const QueryContext& context, const Clock& clock,
                           storage::DamageList* damage)
    : context_(context),
      clock_(clock),
      damage_(damage),
      charge_(context.memory == nullptr ? nullptr
                                        : std::make_shared<MemoryCharge>(context.memory)) {}

Status QueryMonitor::Check() const {
  if (context_.cancelled != nullptr && context_.cancelled->load(std::memory_order_relaxed)) {
    return Fail(Code::kCancelled, "the query was cancelled");
  }
  if (context_.deadline_ns != INT64_MAX && clock_.MonotonicNs() >= context_.deadline_ns) {
    return Fail(Code::kDeadline,
                "the query took longer than it may; narrow its time range or its selector");
  }
  return {};
}

Status QueryMonitor::AddBytesRead(uint64_t bytes) {
  const uint64_t total = bytes_read_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  if (total <= context_.max_bytes_read) return {};
  return Fail(Code::kLimit, "the query would read too many bytes (query: at least " +
                                FormatBytes(total) +
                                ", limit: " + FormatBytes(context_.max_bytes_read) +
                                "); consider adding more specific stream selectors or reduce the "
                                "time range of the query");
}

Status QueryMonitor::AddMemory(int64_t delta) {
  const int64_t total = memory_.fetch_add(delta, std::memory_order_relaxed) + delta;
  if (delta <= 0) return {};
  if (static_cast<uint64_t>(total) <= context_.max_memory_bytes) {
    const auto held = static_cast<uint64_t>(total);
    if (charge_ == nullptr || held <= charged_.load(std::memory_order_relaxed)) return {};
    const uint64_t wanted = (held / kChargeStep + 1) * kChargeStep;
    NARFI_TRY(charge_->GrowTo(wanted, [this] { return Check(); }));
    charged_.store(wanted, std::memory_order_relaxed);
    return {};
  }
  return Fail(Code::kLimit,
              std::string(kOverMemoryText) + FormatBytes(context_.max_memory_bytes) +
                  "; narrow its time range, its selector or the number of its series");
}

bool QueryMonitor::IsDamage(std::span<const storage::RunRef* const> runs, const Error& error) {
  if (damage_ == nullptr || error.code != Code::kCorrupt) return false;
  damage_->Note(runs, error);
  return true;
}

Status QueryMonitor::CheckStreams(uint64_t streams) const {
  if (streams <= context_.max_streams) return {};
  // Loki's words; what it puts into the braces is nothing.
  return Fail(Code::kLimit, "cardinality limit exceeded for {}; " + std::to_string(streams) +
                                " entries, more than limit of " +
                                std::to_string(context_.max_streams));
}

Status QueryMonitor::CheckSeries(uint64_t series) const {
  if (series <= context_.max_series) return {};
  return Fail(Code::kLimit,
              "maximum number of series (" + std::to_string(context_.max_series) +
                  ") reached for a single query; consider reducing query cardinality by adding "
                  "more specific stream selectors, reducing the time range, or aggregating results "
                  "with functions like sum(), count() or topk()");
}

}  // namespace narfi::query
