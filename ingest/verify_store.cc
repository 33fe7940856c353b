#include "ingest/verify_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/size.h"
#include "ingest/flush.h"
#include "ingest/store_root.h"
#include "storage/object_store.h"
#include "storage/verify_segment.h"

namespace narfi::ingest {
namespace {

using storage::SegmentInfo;

class StoreVerifier {
 public:
  StoreVerifier(FileSystem& fs, const std::string& root, const SayLine& say)
      : fs_(fs),
        root_(root),
        say_(say),
        objects_(storage::MakeLocalObjectStore(fs, JoinPath(root, "segments"))) {}

  Result<bool> Run() {
    NARFI_TRY(ReadManifest());
    NARFI_ASSIGN(const auto names, objects_->List());
    for (const std::string& name : names) {
      if (name.ends_with(".seg")) CheckFile(name);
    }
    for (const auto& [name, info] : living_) {
      if (seen_.contains(name)) continue;
      Problem(fmt::format("segments/{}: the manifest lists it, and it is gone with {} entries",
                          name, info.rows));
    }
    say_(fmt::format("{} segments read, {} of them damaged; {} rows, {} of them cannot be read; {}",
                     files_, bad_files_, rows_, bad_rows_, FormatBytes(bytes_)));
    return is_sound_;
  }

 private:
  void Problem(const std::string& text) {
    is_sound_ = false;
    say_(text);
  }

  Status ReadManifest() {
    const auto manifest = ReadNewestManifest(fs_, JoinPath(root_, "manifest"));
    if (!manifest) {
      if (manifest.error().code != Code::kNotFound) return tl::unexpected<Error>(manifest.error());
      Problem(manifest.error().text);
      return {};
    }
    if (!manifest->log) {
      Problem(fmt::format("{}: {}", manifest->path, manifest->log.error().text));
      return {};
    }
    const storage::ManifestState& state = manifest->log->state;
    has_manifest_ = true;
    for (const auto& [id, info] : state.segments) living_.emplace(ObjectNameOf(*info), *info);
    say_(fmt::format("manifest: generation {}, {} segments of {} tenants, {} deletes",
                     state.generation, state.segments.size(), state.covered.size(),
                     state.deletes.size()));
    if (manifest->log->cut_bytes > 0)
      say_(fmt::format("manifest: a torn tail of {} bytes, which was never acknowledged",
                       manifest->log->cut_bytes));
    return {};
  }

  void CheckFile(const std::string& name) {
    const auto living = living_.find(name);
    const bool is_listed = living != living_.end();
    const auto report = storage::VerifySegment(*objects_, name);
    ++files_;
    bytes_ += report.file_bytes;
    rows_ += report.rows;
    bad_rows_ += report.bad_rows;
    bad_files_ += report.problems.empty() ? 0 : 1;
    seen_.emplace(name);
    for (const std::string& problem : report.problems)
      Problem(fmt::format("segments/{}: {}", name, problem));
    if (!is_listed) {
      if (has_manifest_) say_(fmt::format("segments/{}: no manifest lists it", name));
    } else if (report.footer && !IsAsListed(report, living->second)) {
      Problem(fmt::format("segments/{}: it is not the segment that the manifest lists", name));
    }
  }

  static bool IsAsListed(const storage::SegmentReport& report, const SegmentInfo& info) {
    return report.footer->id == info.id && report.footer->tenant == info.tenant &&
           report.footer->day == info.day &&
           report.footer->covered_sequence == info.covered_sequence && report.rows == info.rows &&
           report.file_bytes == info.file_bytes;
  }

  FileSystem& fs_;
  const std::string& root_;
  const SayLine& say_;
  const std::unique_ptr<storage::ObjectStore> objects_;
  std::map<std::string, SegmentInfo> living_;
  std::set<std::string> seen_;
  bool has_manifest_ = false;
  bool is_sound_ = true;
  uint64_t files_ = 0;
  uint64_t bad_files_ = 0;
  uint64_t rows_ = 0;
  uint64_t bad_rows_ = 0;
  uint64_t bytes_ = 0;
};

}  // namespace

Status CheckIsStoreRoot(FileSystem& fs, const std::string& path) {
  if (fs.Exists(JoinPath(path, "FORMAT"))) return {};
  return Fail(Code::kNotFound, fmt::format("{} is no storage root of narfid (it has no FORMAT "
                                           "file); say with -storage.path where it is",
                                           path));
}

Result<ManifestOnDisk> ReadNewestManifest(FileSystem& fs, const std::string& folder) {
  uint64_t number = 0;
  if (fs.Exists(folder)) {
    NARFI_ASSIGN(const auto names, fs.List(folder));
    for (const std::string& name : names)
      number = std::max(number, storage::ManifestLogNumber(name));
  }
  if (number == 0) return Fail(Code::kNotFound, folder + ": there is no manifest");
  const std::string path = JoinPath(folder, storage::ManifestLogName(number));
  NARFI_ASSIGN(std::string bytes, fs.ReadAll(path));
  auto log = storage::ReadManifestLog(bytes, number);
  return ManifestOnDisk{path, number, std::move(bytes), std::move(log)};
}

Result<bool> VerifyStore(FileSystem& fs, const std::string& root, const SayLine& say) {
  NARFI_TRY(CheckIsStoreRoot(fs, root));
  NARFI_ASSIGN(const StoreRoot held, OpenStoreRoot(fs, root));
  return StoreVerifier(fs, root, say).Run();
}

}  // namespace narfi::ingest
