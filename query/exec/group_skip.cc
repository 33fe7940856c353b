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

// What is asked of a row group: lines with one of the texts, or a label that entries have without
// their lines.
struct Question {
  std::vector<std::string> any_of;
  std::string label;       // empty: only lines have it
  std::string value;       // of the label
  bool from_line = false;  // the label may also stand in the line, behind an escape

  // Whether segments tell anything: what is asked for looks like an id.
  bool IsOfIds() const {
    const auto can_tell = storage::SegmentLookup::CanTell;
    return any_of.empty() ? can_tell(value) : std::all_of(any_of.begin(), any_of.end(), can_tell);
  }
};

// A plain x of the entry's metadata is seen as x_extracted where the stream has an x.
bool MayBeRenamed(const Question& question) {
  return WithoutExtracted(question.label).size() != question.label.size();
}

Result<bool> HasMetadata(const Columnar& columnar, std::string_view name, std::string_view value) {
  if (!columnar.MayHaveMetadata(name)) return false;
  NARFI_ASSIGN(const auto view, columnar.MetadataField(name));
  return std::find(view->values.begin(), view->values.end(), value) != view->values.end();
}

Result<bool> MayHold(const storage::RowGroupReader& group, const Columnar& columnar,
                     const Question& question) {
  for (const std::string& text : question.any_of) {
    NARFI_ASSIGN(const bool holds, HoldsText(columnar, text));
    if (holds) return true;
  }
  if (question.label.empty()) return false;
  const auto has_label = [&](const storage::StreamRun& run) {
    return run.labels->Has(question.label);
  };
  if (std::any_of(group.runs().begin(), group.runs().end(), has_label)) return true;
  if (MayBeRenamed(question) && columnar.MayHaveMetadata(WithoutExtracted(question.label)))
    return true;
  NARFI_ASSIGN(const bool has_metadata, HasMetadata(columnar, question.label, question.value));
  if (has_metadata) return true;
  return question.from_line ? HoldsText(columnar, kEscapeNeedle) : false;
}

// MayHold() of all row groups of a segment, of a question of ids.
GroupAnswer MayHoldIn(const storage::SegmentLookup& lookup, const Question& question,
                      LookupEffort effort) {
  GroupAnswer out;
  for (const std::string& text : question.any_of) out = out.Or(lookup.WithText(text, effort));
  if (question.label.empty()) return out;
  out = out.Or(lookup.WithLabel(question.label, effort))
            .Or(lookup.WithMetadata(question.label, question.value, effort));
  if (MayBeRenamed(question))
    out = out.Or(lookup.WithMetadataName(WithoutExtracted(question.label), effort));
  return question.from_line ? out.Or(lookup.WithCommonText(kEscapeNeedle, effort)) : out;
}

void AppendName(std::string& name, const Question& question) {
  PutString(name, question.label);
  PutString(name, question.value);
  PutU8(name, question.from_line ? 1 : 0);
  PutVarint(name, question.any_of.size());
  for (const std::string& text : question.any_of) PutString(name, text);
}

// A question, and what came of asking it: what most row groups answer with yes is asked no more.
class Asked {
 public:
  explicit Asked(Question question)
      : question_(std::move(question)), is_of_ids_(question_.IsOfIds()) {}

  // Of what only row groups can tell nothing is made.
  GroupAnswer In(const storage::SegmentLookup& lookup, LookupEffort effort) const {
    return is_of_ids_ ? MayHoldIn(lookup, question_, effort) : lookup.Unknown();
  }
  bool is_of_ids() const { return is_of_ids_; }
  Result<bool> Of(const storage::RowGroupReader& group, const Columnar& columnar) const {
    if (asked_ >= kTrials && 2 * held_ > asked_) return true;
    NARFI_ASSIGN(const bool holds, MayHold(group, columnar, question_));
    ++asked_;
    if (holds) ++held_;
    return holds;
  }

 private:
  static constexpr uint32_t kTrials = 4;
  const Question question_;
  const bool is_of_ids_;
  mutable std::atomic<uint32_t> asked_ = 0;
  mutable std::atomic<uint32_t> held_ = 0;
};

// The questions to which hardly any row group says yes, as a filter that lends a query's pool.
class NeedleFilter final : public storage::GroupFilter {
 public:
  NeedleFilter(const SelectorPlan& plan, Pool& pool) : pool_(pool) {
    for (const Needle& needle : plan.needles) {
      if (std::all_of(needle.any_of.begin(), needle.any_of.end(), IsRare))
        Add({needle.any_of, needle.field, needle.value, true});
    }
    for (const MetadataNeedle& needle : plan.metadata_needles) {
      if (IsRare(needle.value)) Add({{}, needle.name, needle.value, false});
    }
  }

  bool asks_nothing() const { return rare_.empty(); }

  Result<bool> MayHold(const storage::RowGroupReader& group) const override {
    NARFI_ASSIGN(const auto columnar, group.columnar());
    if (columnar == nullptr) return true;
    for (const Asked& asked : rare_) {
      NARFI_ASSIGN(const bool holds, asked.Of(group, *columnar));
      if (!holds) return false;
    }
    return true;
  }

  bool AsksSegments() const override {
    return std::any_of(rare_.begin(), rare_.end(), [](const Asked& a) { return a.is_of_ids(); });
  }
  GroupAnswer MayHoldIn(const storage::SegmentLookup& lookup, LookupEffort effort) const override {
    GroupAnswer all = rare_.front().In(lookup, effort);
    for (size_t i = 1; i < rare_.size(); ++i) all = all.And(rare_[i].In(lookup, effort));
    return all;
  }

  std::string_view name() const override { return name_; }

  void ForAll(size_t count, const std::function<void(size_t)>& body) const override {
    // What the other threads read belongs to this query, too.
    storage::BlockTally* const tally = storage::BlockTallyScope::current();
    if (tally == nullptr) return pool_.ParallelFor(count, body);
    Mutex mutex;
    pool_.ParallelFor(count, [&](size_t i) {
      storage::BlockTally own;
      {
        const storage::BlockTallyScope scope(own);
        body(i);
      }
      const MutexLock lock(mutex);
      tally->Add(own);
    });
  }

  bool Run(std::function<void()> task) const override {
    pool_.Submit(std::move(task));  // where it has no room another query will ask for it again
    return false;
  }

 private:
  void Add(Question question) {
    AppendName(name_, question);
    rare_.emplace_back(std::move(question));
  }

  Pool& pool_;
  std::string name_;
  std::deque<Asked> rare_;
};

}  // namespace

void SkipByNeedles(SelectorPlan& plan, Pool& pool) {
  auto filter = std::make_shared<const NeedleFilter>(plan, pool);
  if (!filter->asks_nothing()) plan.selector.filter = std::move(filter);
}

}  // namespace narfi::query
