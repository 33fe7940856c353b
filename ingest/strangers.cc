#include "ingest/strangers.h"

#include <algorithm>
#include <set>

#include "base/log.h"
#include "ingest/flush.h"
#include "storage/segment_reader.h"

namespace narfi::ingest {
namespace {

using storage::ManifestState;
using storage::SegmentFooter;
using storage::SegmentReader;

class StrangerJudge {
 public:
  StrangerJudge(storage::ObjectStore& store, const ManifestState& state, bool is_cut)
      : store_(store), state_(state), is_cut_(is_cut) {
    for (const auto& [id, info] : state.removed) removed_.insert(ObjectNameOf(*info));
  }

  // Why the object may go; empty: it stays.
  std::string WhyItMayGo(const std::string& name) {
    if (name.ends_with(".tmp")) return "it was never finished";
    if (!name.ends_with(".seg")) return {};
    if (removed_.contains(name)) return "it was merged, deleted or too old";
    const auto segment = SegmentReader::Open(store_, name, nullptr);
    if (!segment) return {};
    const SegmentFooter& footer = (*segment)->footer();
    if (IsOfLostMerge(footer)) return "it was merged from segments that live";
    if (IsReplaced(footer.id)) return "another segment replaces it";
    // What the log still holds is flushed again. When the manifest lost its tail, nobody can tell
    // that this flush was not committed.
    const auto covered = state_.covered.find(footer.tenant);
    const uint64_t known = covered == state_.covered.end() ? 0 : covered->second;
    if (!is_cut_ && footer.replaces.empty() && footer.covered_sequence > known)
      return "its flush was never committed";
    return {};
  }

 private:
  // Its parts are there, or what they were merged into meanwhile.
  bool IsOfLostMerge(const SegmentFooter& footer) {
    return !footer.replaces.empty() &&
           std::all_of(footer.replaces.begin(), footer.replaces.end(),
                       [&](Hash128 id) { return state_.segments.contains(id) || IsReplaced(id); });
  }

  bool IsReplaced(Hash128 id) {
    if (!has_replaced_) CollectReplaced();
    return replaced_.contains(id);
  }

  // Asks the footers of the living: only when there is a stranger at all.
  void CollectReplaced() {
    has_replaced_ = true;
    for (const auto& [id, info] : state_.segments) {
      const auto segment = SegmentReader::Open(store_, ObjectNameOf(*info), nullptr);
      if (!segment) continue;
      const auto& replaces = (*segment)->footer().replaces;
      replaced_.insert(replaces.begin(), replaces.end());
    }
  }

  storage::ObjectStore& store_;
  const ManifestState& state_;
  const bool is_cut_;
  bool has_replaced_ = false;
  std::set<Hash128> replaced_;
  std::set<std::string> removed_;  // names of what edits removed
};

}  // namespace

void ClearStrangers(storage::ObjectStore& store, const std::vector<std::string>& names,
                    const ManifestState& state, bool is_cut) {
  std::set<std::string> living;
  for (const auto& [id, info] : state.segments) living.insert(ObjectNameOf(*info));
  StrangerJudge judge(store, state, is_cut);
  std::vector<std::string> left;
  for (const std::string& name : names) {
    if (living.contains(name)) continue;
    const std::string why = judge.WhyItMayGo(name);
    if (why.empty()) {
      left.push_back(name);
      continue;
    }
    Log(LogLevel::kInfo, "removing a segment file that no manifest lists",
        {{"name", name}, {"reason", why}});
    if (const auto removed = store.Remove(name); !removed)
      Log(LogLevel::kWarn, "a segment file that no manifest lists cannot be removed",
          {{"reason", removed.error().text}});
  }
  if (!left.empty())
    Log(LogLevel::kWarn,
        "segment files that no manifest lists are left where they are, and out of every answer",
        {{"files", left.size()}, {"first", left.front()}});
}

}  // namespace narfi::ingest
