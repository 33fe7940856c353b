#include "ingest/rebuild_manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "ingest/flush.h"
#include "ingest/store_root.h"
#include "ingest/wal.h"
#include "ingest/wal_replay.h"
#include "storage/merge.h"
#include "storage/object_store.h"
#include "storage/segment_reader.h"

namespace narfi::ingest {
namespace {

using storage::ManifestState;
using storage::SegmentInfo;

class ManifestRebuilder {
 public:
  ManifestRebuilder(FileSystem& fs, const std::string& root, const SayLine& say)
      : fs_(fs),
        root_(root),
        say_(say),
        folder_(JoinPath(root, "manifest")),
        objects_(storage::MakeLocalObjectStore(fs, JoinPath(root, "segments"))) {}

  Status Run() {
    NARFI_TRY(ReadWhatIsLeft());
    NARFI_TRY(ReadFooters());
    ManifestState state;
    state.generation = known_.generation + 1;
    state.deletes = known_.deletes;
    state.covered = known_.covered;
    uint64_t rows = 0;
    for (const auto& [id, info] : found_) {
      if (LeaveOut(info, state)) continue;
      state.segments.emplace(id, std::make_shared<const SegmentInfo>(info));
      rows += info.rows;
    }
    NARFI_TRY(FindCovered(state));
    NARFI_TRY(KeepOldLogs());
    NARFI_TRY(WriteLog(state));
    say_(
        fmt::format("the manifest was made anew: {} segments of {} tenants, {} entries, {} deletes",
                    state.segments.size(), state.covered.size(), rows, state.deletes.size()));
    return {};
  }

 private:
  Status ReadWhatIsLeft() {
    const auto manifest = ReadNewestManifest(fs_, folder_);
    if (!manifest) {
      if (manifest.error().code != Code::kNotFound) return tl::unexpected<Error>(manifest.error());
      say_(manifest.error().text + "; deletes that were not worked off are forgotten");
      return {};
    }
    if (manifest->log) {
      return Fail(Code::kInvalidArgument,
                  manifest->path +
                      " is sound: there is nothing to rebuild. To do it all the same, "
                      "move the folder away first");
    }
    number_ = manifest->number;
    known_ = storage::SalvageManifest(manifest->bytes, manifest->number);
    say_(fmt::format("{}: {}; what it says up to generation {} is used", manifest->path,
                     manifest->log.error().text, known_.generation));
    return {};
  }

  Status ReadFooters() {
    NARFI_ASSIGN(const auto names, objects_->List());
    for (const std::string& name : names) {
      if (!name.ends_with(".seg")) continue;
      const auto segment = storage::SegmentReader::Open(*objects_, name, nullptr);
      if (segment) {
        AddFooter(name, **segment);
      } else {
        say_(fmt::format("segments/{}: left where it is, out of every answer: {}", name,
                         segment.error().text));
      }
    }
    return {};
  }

  void AddFooter(const std::string& name, const storage::SegmentReader& segment) {
    const storage::SegmentFooter& footer = segment.footer();
    SegmentInfo info;
    info.id = footer.id;
    info.tenant = footer.tenant;
    info.day = footer.day;
    info.created_ns = footer.created_ns;
    info.covered_sequence = footer.covered_sequence;
    info.file_bytes = segment.file_bytes();
    info.level = footer.replaces.empty() ? 0 : 1;  // or 2: then it may be merged once more
    for (const auto& group : segment.groups()) storage::CountRuns(*group, info);
    if (ObjectNameOf(info) != name) {
      say_(fmt::format("segments/{}: left where it is, out of every answer: its place is {}", name,
                       ObjectNameOf(info)));
      return;
    }
    for (const Hash128 id : footer.replaces) replaced_.emplace(id, footer.id);
    flushes_[info.tenant].insert(info.covered_sequence);
    found_.emplace(info.id, info);
  }

  // Left-out segments are files that a start may remove.
  bool LeaveOut(const SegmentInfo& info, ManifestState& state) {
    const auto replacing = replaced_.find(info.id);
    const bool is_removed = known_.removed.contains(info.id);
    if (replacing == replaced_.end() && !is_removed) return false;
    say_(fmt::format("segments/{}: left out: {}", ObjectNameOf(info),
                     is_removed ? "the old manifest says that it was removed"
                                : "segment " + ToHex(replacing->second) + " replaces it"));
    state.removed.emplace(info.id, std::make_shared<const SegmentInfo>(info));
    return true;
  }

  // A flush whose last push is in the log may not have been committed: days of it may be missing.
  Status FindCovered(ManifestState& state) {
    const std::string wal = JoinPath(root_, "wal");
    if (fs_.Exists(wal)) {
      NARFI_ASSIGN(const auto names, fs_.List(wal));
      for (const std::string& name : names) {
        const uint64_t number = WalFileNumber(name);
        if (number == 0) continue;
        const auto read = ReplayFile(fs_, JoinPath(wal, name), number, [&](const WalPush& push) {
          const auto flushes = flushes_.find(std::string(push.tenant));
          if (flushes != flushes_.end()) flushes->second.erase(push.sequence);
          return Status();
        });
        if (!read) say_(read.error().text);  // the next start says more
      }
    }
    for (const auto& [tenant, flushes] : flushes_) {
      uint64_t& covered = state.covered[tenant];
      if (!flushes.empty()) covered = std::max(covered, *flushes.rbegin());
    }
    return {};
  }

  Status KeepOldLogs() {
    if (!fs_.Exists(folder_)) return fs_.MakeFolder(folder_);
    NARFI_ASSIGN(const auto names, fs_.List(folder_));
    if (names.empty()) return {};
    std::string kept;
    for (int i = 1; kept.empty() || fs_.Exists(kept); ++i)
      kept = fmt::format("{}.old-{}", folder_, i);
    NARFI_TRY(fs_.MakeFolder(kept));
    for (const std::string& name : names)
      NARFI_TRY(fs_.Rename(JoinPath(folder_, name), JoinPath(kept, name)));
    NARFI_TRY(fs_.SyncFolder(kept));
    NARFI_TRY(fs_.SyncFolder(folder_));
    say_("the old manifest is kept in " + kept);
    return {};
  }

  Status WriteLog(const ManifestState& state) {
    const uint64_t number = number_ + 1;
    std::string bytes = storage::ManifestHeader(number);
    bytes += storage::FrameEdit(storage::WholeState(state), state.generation, number, bytes.size());
    return WriteFileAtomically(fs_, JoinPath(folder_, storage::ManifestLogName(number)), bytes);
  }

  FileSystem& fs_;
  const std::string& root_;
  const SayLine& say_;
  const std::string folder_;
  const std::unique_ptr<storage::ObjectStore> objects_;
  uint64_t number_ = 0;
  ManifestState known_;  // of the old manifest
  std::map<Hash128, SegmentInfo> found_;
  std::map<Hash128, Hash128> replaced_;                // by which
  std::map<std::string, std::set<uint64_t>> flushes_;  // tenant -> their covered sequences
};

}  // namespace

Status RebuildManifest(FileSystem& fs, const std::string& root, const SayLine& say) {
  NARFI_TRY(CheckIsStoreRoot(fs, root));
  NARFI_ASSIGN(const StoreRoot held, OpenStoreRoot(fs, root));
  return ManifestRebuilder(fs, root, say).Run();
}

}  // namespace narfi::ingest
