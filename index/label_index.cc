#include "index/label_index.h"

#include <leveldb/cache.h>
#include <leveldb/db.h>
#include <leveldb/filter_policy.h>
#include <leveldb/write_batch.h>

#include <algorithm>
#include <set>

#include "base/bytes.h"
#include "base/log.h"
#include "base/time.h"

namespace narfi::index {
namespace {

using storage::SegmentInfo;
using storage::SegmentReader;

constexpr size_t kWriteBufferBytes = 4 << 20;
constexpr size_t kBlockCacheBytes = 8 << 20;
constexpr size_t kBatchBytes = 1 << 20;

Error ToError(const leveldb::Status& status) {
  const Code code = status.IsCorruption() ? Code::kCorrupt
                    : status.IsNotFound() ? Code::kNotFound
                                          : Code::kIo;
  return {code, "index: " + status.ToString()};
}

Status Checked(const leveldb::Status& status) {
  if (!status.ok()) return tl::unexpected(ToError(status));
  return {};
}

std::string_view View(const leveldb::Slice& slice) { return {slice.data(), slice.size()}; }

// Shared by every database of the process; LevelDB wants them to outlive it.
const leveldb::FilterPolicy* KeyFilter() {
  static const leveldb::FilterPolicy* const kPolicy = leveldb::NewBloomFilterPolicy(10);
  return kPolicy;
}
leveldb::Cache* BlockCache() {
  static leveldb::Cache* const kCache = leveldb::NewLRUCache(kBlockCacheBytes);
  return kCache;
}

leveldb::Status OpenDatabase(const std::string& folder, leveldb::DB** db) {
  leveldb::Options options;
  options.create_if_missing = true;
  options.write_buffer_size = kWriteBufferBytes;
  options.max_file_size = 16 << 20;
  options.filter_policy = KeyFilter();
  options.block_cache = BlockCache();
  leveldb::Status status = leveldb::DB::Open(options, folder, db);
  if (!status.ok()) return status;
  std::string version;
  status = (*db)->Get({}, VersionKey(), &version);
  const std::string ours(1, static_cast<char>(kIndexVersion));
  if (status.IsNotFound()) return (*db)->Put({}, VersionKey(), ours);
  if (status.ok() && version != ours) return leveldb::Status::Corruption("another format version");
  return status;
}

// Calls f(rest of key, value) for every key with `prefix` until it returns false.
template <class F>
Status ForEachKey(leveldb::DB& db, const std::string& prefix, F&& f) {
  leveldb::ReadOptions options;
  options.fill_cache = true;
  const std::unique_ptr<leveldb::Iterator> it(db.NewIterator(options));
  for (it->Seek(prefix); it->Valid() && it->key().starts_with(prefix); it->Next()) {
    if (!f(View(it->key()).substr(prefix.size()), View(it->value()))) break;
  }
  return Checked(it->status());
}

bool InRange(const RunLocation& run, int64_t start_ns, int64_t end_ns) {
  return run.max_time_ns >= start_ns && run.min_time_ns < end_ns;
}

std::vector<StreamId> Intersect(const std::vector<StreamId>& a, const std::vector<StreamId>& b) {
  std::vector<StreamId> out;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out));
  return out;
}

}  // namespace

LabelIndex::LabelIndex(std::unique_ptr<leveldb::DB> db) : db_(std::move(db)) {}
LabelIndex::~LabelIndex() = default;

Result<std::unique_ptr<LabelIndex>> LabelIndex::Open(const std::string& folder) {
  leveldb::DB* db = nullptr;
  leveldb::Status status = OpenDatabase(folder, &db);
  if (!status.ok()) {
    delete db;
    db = nullptr;
    Log(LogLevel::kWarn, "index is damaged or of another version; making it anew",
        {{"folder", folder}, {"reason", status.ToString()}});
    NARFI_TRY(Checked(leveldb::DestroyDB(folder, {})));
    status = OpenDatabase(folder, &db);
  }
  std::unique_ptr<leveldb::DB> holder(db);
  NARFI_TRY(Checked(status));
  return std::unique_ptr<LabelIndex>(new LabelIndex(std::move(holder)));
}

Status LabelIndex::CatchUp(
    const storage::ManifestState& state, const OpenSegment& open,
    const std::function<void(const SegmentInfo&, const Error&)>& unreadable) {
  std::set<Hash128> known;
  NARFI_TRY(ForEachKey(*db_, SegmentPrefix(), [&](std::string_view rest, std::string_view) {
    if (const auto id = ParseSegmentTail(rest)) known.insert(*id);
    return true;
  }));
  for (const Hash128 id : known) {
    if (!state.segments.contains(id)) NARFI_TRY(RemoveSegment(id));
  }
  for (const auto& [id, info] : state.segments) {
    if (known.contains(id)) continue;
    const auto segment = open(*info);
    if (!segment) {
      unreadable(*info, segment.error());
      continue;
    }
    NARFI_TRY(AddSegment(**segment));
  }
  return {};
}

void LabelIndex::PutRun(const storage::SegmentFooter& footer, uint32_t group, uint32_t run,
                        const storage::StreamRun& info, leveldb::WriteBatch& batch) const {
  const RunLocation location{info.id, footer.id, group, run, info.min_time_ns, info.max_time_ns};
  batch.Put(RunKey(footer.tenant, footer.day, location), EncodeRun(location));
  batch.Put(StreamKey(footer.tenant, footer.day, info.id), EncodeLabels(*info.labels));
  for (const Label& label : *info.labels)
    batch.Put(PostingKey(footer.tenant, footer.day, label.name, label.value, info.id), "");
}

Status LabelIndex::AddSegment(const SegmentReader& segment) {
  const storage::SegmentFooter& footer = segment.footer();
  leveldb::WriteBatch batch;
  std::string groups;
  for (uint32_t group = 0; group < segment.groups().size(); ++group) {
    const auto& runs = segment.groups()[group]->runs();
    for (uint32_t run = 0; run < runs.size(); ++run) {
      PutRun(footer, group, run, runs[run], batch);
      NARFI_ASSIGN(const int64_t newest, NewestTime(footer.tenant, runs[run].id));
      std::string value;
      PutSigned(value, std::max(newest, runs[run].max_time_ns));
      batch.Put(NewestKey(footer.tenant, runs[run].id), value);
      if (batch.ApproximateSize() < kBatchBytes) continue;
      NARFI_TRY(Checked(db_->Write({}, &batch)));
      batch.Clear();
    }
  }
  // Last, so that a segment is known only when all of it is.
  std::string about;
  PutString(about, footer.tenant);
  PutSigned(about, footer.day);
  batch.Put(SegmentKey(footer.id), about);
  return Checked(db_->Write({}, &batch));
}

Status LabelIndex::RemoveSegment(Hash128 id) {
  std::string about;
  const leveldb::Status found = db_->Get({}, SegmentKey(id), &about);
  if (found.IsNotFound()) return {};
  NARFI_TRY(Checked(found));
  ByteReader reader(about);
  const std::string tenant(reader.String());
  const int64_t day = reader.Signed();
  if (!reader.ok()) return Fail(Code::kCorrupt, "index: malformed segment entry");
  leveldb::WriteBatch batch;
  std::set<StreamId> gone;
  std::set<StreamId> left;
  const std::string prefix = RunPrefix(tenant, day);
  NARFI_TRY(ForEachKey(*db_, prefix, [&](std::string_view rest, std::string_view value) {
    const auto run = ParseRun(rest, value);
    if (!run) return true;
    if (run->segment == id) {
      batch.Delete(prefix + std::string(rest));
      gone.insert(run->stream);
    } else {
      left.insert(run->stream);
    }
    return true;
  }));
  for (const StreamId stream : gone) {
    if (left.contains(stream)) continue;
    const auto labels = LabelsOf(tenant, day, stream);
    if (!labels) continue;
    for (const Label& label : *labels)
      batch.Delete(PostingKey(tenant, day, label.name, label.value, stream));
    batch.Delete(StreamKey(tenant, day, stream));
  }
  batch.Delete(SegmentKey(id));
  return Checked(db_->Write({}, &batch));
}

Result<Labels> LabelIndex::LabelsOf(const std::string& tenant, int64_t day, StreamId id) const {
  std::string value;
  NARFI_TRY(Checked(db_->Get({}, StreamKey(tenant, day, id), &value)));
  auto labels = DecodeLabels(value);
  if (!labels) return Fail(Code::kCorrupt, "index: malformed labels");
  return std::move(*labels);
}

Result<int64_t> LabelIndex::NewestTime(const std::string& tenant, StreamId id) const {
  std::string value;
  const leveldb::Status found = db_->Get({}, NewestKey(tenant, id), &value);
  if (found.IsNotFound()) return INT64_MIN;
  NARFI_TRY(Checked(found));
  ByteReader reader(value);
  return reader.Signed();
}

Result<std::vector<StreamId>> LabelIndex::AllStreams(const std::string& tenant, int64_t day) const {
  std::vector<StreamId> out;
  NARFI_TRY(
      ForEachKey(*db_, StreamPrefix(tenant, day), [&](std::string_view rest, std::string_view) {
        if (const auto id = ParseStreamTail(rest)) out.push_back(*id);
        return true;
      }));
  return out;
}

Result<std::vector<StreamId>> LabelIndex::StreamsWith(const std::string& tenant, int64_t day,
                                                      const LabelPredicate& predicate) const {
  std::vector<StreamId> out;
  if (predicate.is_equality) {
    NARFI_TRY(ForEachKey(*db_, PostingPrefix(tenant, day, predicate.name, predicate.value),
                         [&](std::string_view rest, std::string_view) {
                           if (const auto id = ParseStreamTail(rest)) out.push_back(*id);
                           return true;
                         }));
    return out;
  }
  // Equal values lie side by side: each is asked about once.
  std::string last;
  bool has_last = false;
  bool accepted = false;
  NARFI_TRY(ForEachKey(*db_, PostingPrefix(tenant, day, predicate.name),
                       [&](std::string_view rest, std::string_view) {
                         const auto posting = ParsePosting(rest);
                         if (!posting) return true;
                         if (!has_last || last != posting->value) {
                           last = posting->value;
                           has_last = true;
                           accepted = predicate.accepts(last);
                         }
                         if (accepted) out.push_back(posting->id);
                         return true;
                       }));
  std::sort(out.begin(), out.end());
  return out;
}

Result<std::vector<StreamId>> LabelIndex::SelectStreams(
    const std::string& tenant, int64_t day, const std::vector<LabelPredicate>& predicates) const {
  // Those that demand the label narrow the postings; those that a missing label passes are asked of
  // each stream that is left.
  std::vector<StreamId> streams;
  bool narrowed = false;
  std::vector<LabelPredicate> rest;
  for (const LabelPredicate& predicate : predicates) {
    if (predicate.is_equality ? predicate.value.empty() : predicate.accepts("")) {
      rest.push_back(predicate);
      continue;
    }
    NARFI_ASSIGN(auto some, StreamsWith(tenant, day, predicate));
    streams = narrowed ? Intersect(streams, some) : std::move(some);
    narrowed = true;
  }
  if (!narrowed) {
    NARFI_ASSIGN(streams, AllStreams(tenant, day));
  }
  if (rest.empty()) return streams;
  std::vector<StreamId> out;
  for (const StreamId id : streams) {
    NARFI_ASSIGN(const Labels labels, LabelsOf(tenant, day, id));
    if (Matches(labels, rest)) out.push_back(id);
  }
  return out;
}

Status LabelIndex::CollectRuns(const std::string& prefix, const std::string& day_prefix,
                               int64_t start_ns, int64_t end_ns,
                               std::vector<RunLocation>& out) const {
  const std::string_view known = std::string_view(prefix).substr(day_prefix.size());
  return ForEachKey(*db_, prefix, [&](std::string_view rest, std::string_view value) {
    const auto run = ParseRun(std::string(known).append(rest), value);
    if (run && InRange(*run, start_ns, end_ns)) out.push_back(*run);
    return true;
  });
}

Result<std::vector<RunLocation>> LabelIndex::FindRuns(const std::string& tenant,
                                                      const std::vector<int64_t>& days,
                                                      const std::vector<LabelPredicate>& predicates,
                                                      int64_t start_ns, int64_t end_ns) const {
  std::vector<RunLocation> out;
  for (const int64_t day : days) {
    const std::string day_prefix = RunPrefix(tenant, day);
    NARFI_ASSIGN(const auto streams, SelectStreams(tenant, day, predicates));
    for (const StreamId id : streams)
      NARFI_TRY(CollectRuns(RunPrefix(tenant, day, id), day_prefix, start_ns, end_ns, out));
  }
  return out;
}

}  // namespace narfi::index
