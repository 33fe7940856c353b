#include "index/label_index.h"

#include <leveldb/db.h>
#include <leveldb/write_batch.h>

#include <algorithm>
#include <set>

#include "base/bytes.h"
#include "base/log.h"
#include "base/time.h"
#include "index/database.h"

namespace narfi::index {
namespace {

using storage::SegmentInfo;
using storage::SegmentReader;

constexpr size_t kBatchBytes = 1 << 20;

std::string_view View(const leveldb::Slice& slice) { return {slice.data(), slice.size()}; }

// One state of the database, whatever is written meanwhile.
class ReadView {
 public:
  explicit ReadView(const Database& db) : db_(db), snapshot_(db->GetSnapshot()) {}
  ReadView(const ReadView&) = delete;
  ReadView& operator=(const ReadView&) = delete;
  ~ReadView() { db_->ReleaseSnapshot(snapshot_); }

  leveldb::Status Get(const std::string& key, std::string* value) const {
    return db_->Get(CheckedRead(snapshot_), key, value);
  }

  // Calls f(rest of key, value) for every key with `prefix`.
  template <class F>
  Status ForEachKey(const std::string& prefix, F&& f) const {
    const std::unique_ptr<leveldb::Iterator> it(db_->NewIterator(CheckedRead(snapshot_)));
    for (it->Seek(prefix); it->Valid() && it->key().starts_with(prefix); it->Next())
      f(View(it->key()).substr(prefix.size()), View(it->value()));
    return CheckDatabase(it->status());
  }

 private:
  const Database& db_;
  const leveldb::Snapshot* const snapshot_;
};

bool InRange(const RunLocation& run, int64_t start_ns, int64_t end_ns) {
  return run.max_time_ns >= start_ns && run.min_time_ns < end_ns;
}

std::vector<StreamId> Intersect(const std::vector<StreamId>& a, const std::vector<StreamId>& b) {
  std::vector<StreamId> out;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out));
  return out;
}

// A stream that has postings has labels: they are written together.
Result<Labels> ReadLabels(const ReadView& view, const std::string& tenant, int64_t day,
                          StreamId id) {
  std::string value;
  NARFI_TRY(CheckDatabase(view.Get(StreamKey(tenant, day, id), &value)));
  auto labels = DecodeLabels(value);
  if (!labels) return Fail(Code::kCorrupt, "index: malformed labels");
  return std::move(*labels);
}

Result<std::vector<StreamId>> AllStreams(const ReadView& view, const std::string& tenant,
                                         int64_t day) {
  std::vector<StreamId> out;
  NARFI_TRY(view.ForEachKey(StreamPrefix(tenant, day), [&](std::string_view rest, auto) {
    if (const auto id = ParseStreamTail(rest)) out.push_back(*id);
  }));
  return out;
}

Result<std::vector<StreamId>> StreamsWith(const ReadView& view, const std::string& tenant,
                                          int64_t day, const LabelPredicate& predicate) {
  std::vector<StreamId> out;
  if (predicate.is_equality) {
    NARFI_TRY(view.ForEachKey(PostingPrefix(tenant, day, predicate.name, predicate.value),
                              [&](std::string_view rest, auto) {
                                if (const auto id = ParseStreamTail(rest)) out.push_back(*id);
                              }));
    return out;
  }
  // Equal values lie side by side: each is asked about once.
  std::string last;
  bool has_last = false;
  bool accepted = false;
  NARFI_TRY(
      view.ForEachKey(PostingPrefix(tenant, day, predicate.name), [&](std::string_view rest, auto) {
        const auto posting = ParsePosting(rest);
        if (!posting) return;
        if (!has_last || last != posting->value) {
          last = posting->value;
          has_last = true;
          accepted = predicate.accepts(last);
        }
        if (accepted) out.push_back(posting->id);
      }));
  std::sort(out.begin(), out.end());
  return out;
}

Result<std::vector<StreamId>> SelectStreams(const ReadView& view, const std::string& tenant,
                                            int64_t day,
                                            const std::vector<LabelPredicate>& predicates) {
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
    NARFI_ASSIGN(auto some, StreamsWith(view, tenant, day, predicate));
    streams = narrowed ? Intersect(streams, some) : std::move(some);
    narrowed = true;
  }
  if (!narrowed) {
    NARFI_ASSIGN(streams, AllStreams(view, tenant, day));
  }
  if (rest.empty()) return streams;
  std::vector<StreamId> out;
  for (const StreamId id : streams) {
    NARFI_ASSIGN(const Labels labels, ReadLabels(view, tenant, day, id));
    if (Matches(labels, rest)) out.push_back(id);
  }
  return out;
}

Status CollectRuns(const ReadView& view, const std::string& prefix, const std::string& day_prefix,
                   int64_t start_ns, int64_t end_ns, std::vector<RunLocation>& out) {
  const std::string_view known = std::string_view(prefix).substr(day_prefix.size());
  return view.ForEachKey(prefix, [&](std::string_view rest, std::string_view value) {
    const auto run = ParseRun(std::string(known).append(rest), value);
    if (run && InRange(*run, start_ns, end_ns)) out.push_back(*run);
  });
}

}  // namespace

LabelIndex::LabelIndex(std::string folder) : folder_(std::move(folder)) {}
LabelIndex::~LabelIndex() = default;

Result<std::unique_ptr<LabelIndex>> LabelIndex::Open(const std::string& folder) {
  std::unique_ptr<LabelIndex> index(new LabelIndex(folder));
  auto opened = Database::Open(folder);
  if (opened) {
    index->db_ = std::move(*opened);
    return index;
  }
  Log(LogLevel::kWarn, "index is damaged, of another version or cannot be written; making it anew",
      {{"folder", folder}, {"reason", opened.error().text}});
  NARFI_TRY(index->Remake());
  return index;
}

Status LabelIndex::Remake() {
  const std::unique_lock lock(gate_);
  is_whole_ = false;
  ++remakes_;
  db_.reset();
  const auto on_disk = [&]() -> Result<std::unique_ptr<Database>> {
    NARFI_TRY(Database::Destroy(folder_));
    return Database::Open(folder_);
  };
  auto opened = on_disk();
  if (opened) {
    db_ = std::move(*opened);
    return {};
  }
  Log(LogLevel::kWarn, "the index cannot be written; it is kept in memory until the next start",
      {{"folder", folder_}, {"reason", opened.error().text}});
  NARFI_ASSIGN(db_, Database::OpenInMemory());
  return {};
}

Status LabelIndex::CatchUp(const storage::ManifestState& state, const OpenSegment& open,
                           const Unreadable& unreadable) {
  auto done = TryCatchUp(state, open, unreadable);
  if (!done) {
    Log(LogLevel::kWarn, "the index cannot be brought up to date; making it anew",
        {{"folder", folder_}, {"reason", done.error().text}});
    NARFI_TRY(Remake());
    done = TryCatchUp(state, open, unreadable);
  }
  if (!done) {
    // There was room for an empty one, and no more.
    Log(LogLevel::kWarn, "the index cannot be written; it is kept in memory until the next start",
        {{"folder", folder_}, {"reason", done.error().text}});
    {
      const std::unique_lock lock(gate_);
      db_.reset();
      NARFI_ASSIGN(db_, Database::OpenInMemory());
    }
    done = TryCatchUp(state, open, unreadable);
  }
  is_whole_ = done.has_value();
  return done;
}

Status LabelIndex::TryCatchUp(const storage::ManifestState& state, const OpenSegment& open,
                              const Unreadable& unreadable) {
  std::set<Hash128> known;
  {
    const std::shared_lock lock(gate_);
    NARFI_TRY(ReadView(*db_).ForEachKey(SegmentPrefix(), [&](std::string_view rest, auto) {
      if (const auto id = ParseSegmentTail(rest)) known.insert(*id);
    }));
  }
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
                        const storage::StreamRun& info, leveldb::WriteBatch& batch) {
  const RunLocation location{info.id, footer.id, group, run, info.min_time_ns, info.max_time_ns};
  batch.Put(RunKey(footer.tenant, footer.day, location), EncodeRun(location));
  batch.Put(StreamKey(footer.tenant, footer.day, info.id), EncodeLabels(*info.labels));
  for (const Label& label : *info.labels)
    batch.Put(PostingKey(footer.tenant, footer.day, label.name, label.value, info.id), "");
}

Status LabelIndex::AddSegment(const SegmentReader& segment) {
  const std::shared_lock lock(gate_);
  const storage::SegmentFooter& footer = segment.footer();
  leveldb::WriteBatch batch;
  for (uint32_t group = 0; group < segment.groups().size(); ++group) {
    const auto& runs = segment.groups()[group]->runs();
    for (uint32_t run = 0; run < runs.size(); ++run) {
      PutRun(footer, group, run, runs[run], batch);
      NARFI_ASSIGN(const int64_t newest, ReadNewest(footer.tenant, runs[run].id));
      std::string value;
      PutSigned(value, std::max(newest, runs[run].max_time_ns));
      batch.Put(NewestKey(footer.tenant, runs[run].id), value);
      if (batch.ApproximateSize() < kBatchBytes) continue;
      NARFI_TRY(CheckDatabase((*db_)->Write({}, &batch)));
      batch.Clear();
    }
  }
  // Last, so that a segment is known only when all of it is.
  std::string about;
  PutString(about, footer.tenant);
  PutSigned(about, footer.day);
  batch.Put(SegmentKey(footer.id), about);
  return CheckDatabase((*db_)->Write({}, &batch));
}

Status LabelIndex::RemoveSegment(Hash128 id) {
  const std::shared_lock lock(gate_);
  const ReadView view(*db_);
  std::string about;
  const leveldb::Status found = view.Get(SegmentKey(id), &about);
  if (found.IsNotFound()) return {};
  NARFI_TRY(CheckDatabase(found));
  ByteReader reader(about);
  const std::string tenant(reader.String());
  const int64_t day = reader.Signed();
  if (!reader.ok()) return Fail(Code::kCorrupt, "index: malformed segment entry");
  leveldb::WriteBatch batch;
  std::set<StreamId> gone;
  std::set<StreamId> left;
  const std::string prefix = RunPrefix(tenant, day);
  NARFI_TRY(view.ForEachKey(prefix, [&](std::string_view rest, std::string_view value) {
    const auto run = ParseRun(rest, value);
    if (!run) return;
    if (run->segment == id) {
      batch.Delete(prefix + std::string(rest));
      gone.insert(run->stream);
    } else {
      left.insert(run->stream);
    }
  }));
  for (const StreamId stream : gone) {
    if (left.contains(stream)) continue;
    NARFI_ASSIGN(const Labels labels, ReadLabels(view, tenant, day, stream));
    for (const Label& label : labels)
      batch.Delete(PostingKey(tenant, day, label.name, label.value, stream));
    batch.Delete(StreamKey(tenant, day, stream));
  }
  batch.Delete(SegmentKey(id));
  return CheckDatabase((*db_)->Write({}, &batch));
}

Result<Labels> LabelIndex::LabelsOf(const std::string& tenant, int64_t day, StreamId id) const {
  const std::shared_lock lock(gate_);
  return ReadLabels(ReadView(*db_), tenant, day, id);
}

Result<int64_t> LabelIndex::NewestTime(const std::string& tenant, StreamId id) const {
  const std::shared_lock lock(gate_);
  return ReadNewest(tenant, id);
}

Result<int64_t> LabelIndex::ReadNewest(const std::string& tenant, StreamId id) const {
  std::string value;
  const leveldb::Status found = (*db_)->Get(CheckedRead(), NewestKey(tenant, id), &value);
  if (found.IsNotFound()) return INT64_MIN;
  NARFI_TRY(CheckDatabase(found));
  ByteReader reader(value);
  const int64_t newest = reader.Signed();
  if (!reader.ok()) return Fail(Code::kCorrupt, "index: malformed newest time");
  return newest;
}

Result<std::vector<RunLocation>> LabelIndex::FindRuns(const std::string& tenant,
                                                      const std::vector<int64_t>& days,
                                                      const std::vector<LabelPredicate>& predicates,
                                                      int64_t start_ns, int64_t end_ns) const {
  const std::shared_lock lock(gate_);
  if (!is_whole_) return Fail(Code::kUnavailable, "the index is being made anew; ask again");
  const ReadView view(*db_);
  std::vector<RunLocation> out;
  for (const int64_t day : days) {
    const std::string day_prefix = RunPrefix(tenant, day);
    NARFI_ASSIGN(const auto streams, SelectStreams(view, tenant, day, predicates));
    for (const StreamId id : streams)
      NARFI_TRY(CollectRuns(view, RunPrefix(tenant, day, id), day_prefix, start_ns, end_ns, out));
  }
  return out;
}

}  // namespace narfi::index
