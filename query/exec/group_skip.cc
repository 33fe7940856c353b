#include "query/exec/group_skip.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <memory>

#include "base/bytes.h"
#include "base/thread_annotations.h"
#include "query/exec/batch.h"
#include "storage/block_tally.h"
#include "storage/segment_lookup.h"

namespace narfi::query {
namespace {

using storage::Columnar;
using storage::GroupAnswer;
using storage::LookupEffort;

Result<bool> HoldsText(const Columnar& columnar, std::string_view text) {
  NARFI_ASSIGN(const auto hits, columnar.FindText(text));
  return !hits->sure.empty() || !hits->maybe.empty();
}

bool HasMetadataName(const Columnar& columnar, std::string_view name) {
  const auto& names = columnar.metadata_names();
  return std::binary_search(names.begin(), names.end(), name);
}

std::string_view WithoutSuffix(std::string_view field) {
  if (field.ends_with(kExtractedSuffix)) field.remove_suffix(kExtractedSuffix.size());
  return field;
}

// Entries or streams that have the field without their lines.
bool HasLabel(const storage::RowGroupReader& group, const Columnar& columnar,
              std::string_view field) {
  const std::string_view plain = WithoutSuffix(field);
  if (HasMetadataName(columnar, field) || HasMetadataName(columnar, plain)) return true;
  return std::any_of(group.runs().begin(), group.runs().end(),
                     [&](const storage::StreamRun& run) { return run.labels->Has(field); });
}

Result<bool> MayHold(const storage::RowGroupReader& group, const Columnar& columnar,
                     const Needle& needle) {
  for (const std::string& text : needle.any_of) {
    NARFI_ASSIGN(const bool holds, HoldsText(columnar, text));
    if (holds) return true;
  }
  if (needle.field.empty()) return false;
  if (HasLabel(group, columnar, needle.field)) return true;
  return HoldsText(columnar, kEscapeNeedle);
}

// MayHold() of all row groups of a segment.
GroupAnswer MayHoldIn(const storage::SegmentLookup& lookup, const Needle& needle,
                      LookupEffort effort) {
  GroupAnswer out;
  for (const std::string& text : needle.any_of) out = out.Or(lookup.WithText(text, effort));
  if (needle.field.empty()) return out;
  return out.Or(lookup.WithName(needle.field, effort))
      .Or(lookup.WithName(WithoutSuffix(needle.field), effort))
      .Or(lookup.WithCommonText(kEscapeNeedle, effort));
}

void AppendName(std::string& name, const Needle& needle) {
  PutString(name, needle.field);
  PutVarint(name, needle.any_of.size());
  for (const std::string& text : needle.any_of) PutString(name, text);
}

// A needle, and what came of asking for it: one that most row groups hold is asked no more.
class AskedNeedle {
 public:
  explicit AskedNeedle(const Needle& needle) : needle_(needle) {}

  const Needle& needle() const { return needle_; }
  Result<bool> Asked(const storage::RowGroupReader& group, const Columnar& columnar) {
    if (asked_ >= kTrials && 2 * held_ > asked_) return true;
    NARFI_ASSIGN(const bool holds, MayHold(group, columnar, needle_));
    ++asked_;
    if (holds) ++held_;
    return holds;
  }

 private:
  static constexpr uint32_t kTrials = 4;
  const Needle needle_;
  std::atomic<uint32_t> asked_ = 0;
  std::atomic<uint32_t> held_ = 0;
};

}  // namespace

void SkipByNeedles(const std::vector<Needle>& needles, Pool& pool, storage::Selector& selector) {
  const auto rare = std::make_shared<std::deque<AskedNeedle>>();
  for (const Needle& needle : needles) {
    if (std::all_of(needle.any_of.begin(), needle.any_of.end(), IsRare)) rare->emplace_back(needle);
  }
  if (rare->empty()) return;
  for (const Needle& needle : needles) AppendName(selector.may_hold_name, needle);
  selector.for_all = [&pool](size_t count, const std::function<void(size_t)>& body) {
    // What the other threads read belongs to this query, too.
    storage::BlockTally* const tally = storage::BlockTallyScope::current();
    if (tally == nullptr) return pool.ParallelFor(count, body);
    Mutex mutex;
    pool.ParallelFor(count, [&](size_t i) {
      storage::BlockTally own;
      {
        const storage::BlockTallyScope scope(own);
        body(i);
      }
      const MutexLock lock(mutex);
      tally->Add(own);
    });
  };
  selector.may_hold_in = [rare](const storage::SegmentLookup& lookup, LookupEffort effort) {
    GroupAnswer all = MayHoldIn(lookup, rare->front().needle(), effort);
    for (size_t i = 1; i < rare->size(); ++i)
      all = all.And(MayHoldIn(lookup, (*rare)[i].needle(), effort));
    return all;
  };
  selector.may_hold = [rare](const storage::RowGroupReader& group) -> Result<bool> {
    NARFI_ASSIGN(const auto columnar, group.columnar());
    if (columnar == nullptr) return true;
    for (AskedNeedle& needle : *rare) {
      NARFI_ASSIGN(const bool holds, needle.Asked(group, *columnar));
      if (!holds) return false;
    }
    return true;
  };
}

}  // namespace narfi::query
