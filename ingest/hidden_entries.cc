#include "ingest/hidden_entries.h"

#include <fmt/format.h>

#include "query/logql/matcher.h"

namespace narfi::ingest {
namespace {

Result<logql::MatchOp> ParseOp(std::string_view text) {
  for (const auto op : {logql::MatchOp::kEqual, logql::MatchOp::kNotEqual, logql::MatchOp::kRegex,
                        logql::MatchOp::kNotRegex}) {
    if (ToText(op) == text) return op;
  }
  return Fail(Code::kInvalidArgument, fmt::format("\"{}\" is no matcher", text));
}

}  // namespace

Result<EntryDelete> CompileDelete(std::shared_ptr<const storage::DeletePredicate> what) {
  if (what->matchers.empty())
    return Fail(Code::kInvalidArgument, "a delete needs at least one matcher");
  if (what->end_ns < what->start_ns)
    return Fail(Code::kInvalidArgument, "a delete ends before it starts");
  std::vector<logql::Matcher> matchers;
  for (const auto& matcher : what->matchers) {
    NARFI_ASSIGN(const logql::MatchOp op, ParseOp(matcher.op));
    NARFI_ASSIGN(auto made, logql::MakeMatcher(matcher.name, op, matcher.value));
    matchers.push_back(std::move(made));
  }
  return EntryDelete{std::move(what), logql::ToPredicates(matchers)};
}

HiddenEntries::HiddenEntries(const RetentionRules& rules, const EntryDeletes* deletes,
                             int64_t now_ns, int64_t start_ns, int64_t end_ns)
    : rules_(rules), now_ns_(now_ns), expires_(rules.LatestCutoff(now_ns) > start_ns) {
  if (deletes == nullptr) return;
  for (const auto& [id, one] : *deletes) {
    if (one->what->end_ns >= start_ns && one->what->start_ns < end_ns) deletes_.push_back(one);
  }
}

std::vector<storage::HiddenTimes> HiddenEntries::Of(const Labels& labels) const {
  std::vector<storage::HiddenTimes> out;
  if (expires_) {
    const int64_t cutoff = rules_.CutoffOf(labels, now_ns_);
    if (cutoff > INT64_MIN) out.push_back({INT64_MIN, cutoff - 1});
  }
  for (const auto& one : deletes_) {
    if (Matches(labels, one->predicates)) out.push_back({one->what->start_ns, one->what->end_ns});
  }
  return out;
}

}  // namespace narfi::ingest
