#include "ingest/head_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <unordered_set>

#include "base/check.h"
#include "storage/row_group_writer.h"

namespace narfi::ingest {
namespace {

constexpr uint64_t kHeadBytes = 300;  // of an empty Head and its map nodes, labels aside
// What a part holds when it is closed: a row group's worth of rows, or of text.
constexpr uint32_t kPartRows = storage::kMaxRows;
constexpr uint64_t kPartBytes = 24 << 20;
// How much is open before a part's worth of it is closed: the rest is how far senders may be out of
// step.
constexpr uint32_t kOpenRows = kPartRows / 2 * 3;
constexpr uint64_t kOpenBytes = kPartBytes / 2 * 3;

uint64_t LabelBytes(const Labels& labels) {
  uint64_t bytes = 0;
  for (const Label& label : labels) bytes += sizeof label + label.name.size() + label.value.size();
  return bytes;
}

// Names no segment can have: their high half is never zero.
Hash128 NextSealedId() {
  static std::atomic<uint64_t> next = 1;
  return {0, next++};
}

}  // namespace

HeadSet::Part& HeadSet::OpenPart(int64_t now_monotonic_ns) {
  if (parts_.empty() || parts_.back()->is_closed) {
    parts_.push_back(std::make_shared<Part>());
    opened_ns_ = now_monotonic_ns;
  }
  return *parts_.back();
}

HeadSet::Head& HeadSet::HeadOf(StreamId id, const std::shared_ptr<const Labels>& labels,
                               int64_t now_monotonic_ns) {
  Part& part = OpenPart(now_monotonic_ns);
  appended_ns_ = now_monotonic_ns;
  Head& head = part.heads[id];
  if (head.rows != nullptr) return head;
  streams_.insert(id);
  head.labels = labels;
  head.rows = std::make_shared<OpenRows>();
  const uint64_t added = kHeadBytes + LabelBytes(*labels) + head.rows->bytes();
  part.bytes += added;
  bytes_ += added;
  open_bytes_ += added;
  return head;
}

bool HeadSet::AppendRow(Head& head, const Entry& entry) {
  Part& part = *parts_.back();
  const uint64_t before = head.rows->bytes();
  if (head.rows->Append(entry.time_ns, entry.line, entry.metadata)) ++part.rows;
  const uint64_t added = head.rows->bytes() - before;
  part.bytes += added;
  bytes_ += added;
  open_bytes_ += added;
  const bool is_full = part.rows >= kOpenRows || part.bytes >= kOpenBytes;
  if (!is_full && head.rows->size() < OpenRows::kMaxOpenRows) return false;
  CloseOlder();
  return true;
}

uint64_t HeadSet::closed_bytes() const {
  uint64_t sum = 0;
  for (const auto& part : parts_) sum += part->is_closed && part->sealed.empty() ? part->bytes : 0;
  return sum;
}

void HeadSet::Close() {
  while (open_rows() > kPartRows) CloseOlder();
  CloseAll();
}

void HeadSet::CloseAll() {
  if (parts_.empty() || parts_.back()->is_closed) return;
  Part& part = *parts_.back();
  for (auto& [id, head] : part.heads) {
    if (head.rows != nullptr) head.older.push_back({head.rows, 0, head.rows->size()});
    head.rows.reset();
  }
  part.is_closed = true;
}

uint32_t HeadSet::RowsBefore(const Stretch& stretch, int64_t border_ns) {
  // Rows out of order stay together: their part is sorted when it is sealed.
  if (!stretch.rows->is_ordered()) return stretch.count;
  uint32_t low = 0;
  uint32_t high = stretch.count;
  while (low < high) {
    const uint32_t middle = (low + high) / 2;
    if (stretch.rows->row(stretch.first + middle).time_ns < border_ns) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

void HeadSet::CloseOlder() {
  CloseAll();
  Part& part = *parts_.back();
  std::vector<int64_t> times;
  times.reserve(part.rows);
  for (const auto& [id, head] : part.heads) {
    for (const Stretch& stretch : head.older) {
      for (uint32_t i = 0; i < stretch.count; ++i)
        times.push_back(stretch.rows->row(stretch.first + i).time_ns);
    }
  }
  const size_t older = std::min<size_t>(kPartRows, times.size() * 2 / 3);
  std::nth_element(times.begin(), times.begin() + static_cast<ptrdiff_t>(older), times.end());
  const int64_t border_ns = times[older];
  // All of one moment, or nearly: there is no older part of it.
  if (*std::min_element(times.begin(), times.end()) == border_ns) return;
  auto next = std::make_shared<Part>();
  for (auto& [id, head] : part.heads) {
    std::vector<Stretch> newer;
    for (Stretch& stretch : head.older) {
      const uint32_t before = RowsBefore(stretch, border_ns);
      if (before < stretch.count)
        newer.push_back({stretch.rows, stretch.first + before, stretch.count - before});
      next->rows += stretch.count - before;
      stretch.count = before;
    }
    std::erase_if(head.older, [](const Stretch& stretch) { return stretch.count == 0; });
    if (!newer.empty()) next->heads[id] = {head.labels, std::move(newer), nullptr};
  }
  std::erase_if(part.heads, [](const auto& head) { return head.second.older.empty(); });
  part.rows -= next->rows;
  // The texts are shared by both: each is told its share of them.
  if (next->rows == 0) return;
  next->bytes = part.bytes * next->rows / (next->rows + part.rows);
  part.bytes -= next->bytes;
  opened_ns_ = appended_ns_;
  parts_.push_back(std::move(next));
}

std::shared_ptr<const HeadSet::Part> HeadSet::ToSeal() const {
  for (const auto& part : parts_) {
    if (part->is_closed && part->sealed.empty()) return part;
  }
  return nullptr;
}

namespace {

// By time, then arrival, equal entries once.
std::vector<const OpenRows::Row*> SortedRows(const std::vector<HeadSet::Stretch>& stretches) {
  std::vector<const OpenRows::Row*> rows;
  bool is_ordered = true;
  for (const HeadSet::Stretch& stretch : stretches) {
    is_ordered = is_ordered && stretch.rows->is_ordered();
    for (uint32_t i = 0; i < stretch.count; ++i) {
      rows.push_back(&stretch.rows->row(stretch.first + i));
      if (i == 0 && rows.size() > 1)
        is_ordered = is_ordered && rows[rows.size() - 2]->time_ns < rows.back()->time_ns;
    }
  }
  if (is_ordered) return rows;
  std::stable_sort(rows.begin(), rows.end(), [](const OpenRows::Row* a, const OpenRows::Row* b) {
    return a->time_ns < b->time_ns;
  });
  std::vector<const OpenRows::Row*> kept;
  std::unordered_set<std::string> seen;  // entries of the current time
  for (const OpenRows::Row* row : rows) {
    if (!kept.empty() && kept.back()->time_ns != row->time_ns) seen.clear();
    if (seen.insert(EntryKey(*row)).second) kept.push_back(row);
  }
  return kept;
}

}  // namespace

HeadSet::SealedGroups HeadSet::Encode(const Part& part, storage::PageCache* cache,
                                      const std::function<void(double)>& on_progress) {
  SealedGroups groups;
  std::optional<storage::RowGroupWriter> writer;
  double before = 0;  // rows of earlier groups
  const auto tell = [&](double done) {
    on_progress((before + done * writer->rows()) / std::max(1U, part.rows));
  };
  const auto cut = [&] {
    groups.push_back(writer->Finish(fmt::format("sealed head {}", writer->owner().low), cache));
    before += writer->rows();
    writer.reset();
  };
  for (const auto& [id, head] : part.heads) {
    for (const OpenRows::Row* row : SortedRows(head.older)) {
      if (!writer)
        writer.emplace(NextSealedId(), storage::RowGroupWriter::Options{.borrows_texts = true,
                                                                        .on_progress = tell});
      writer->Append(id, head.labels, row->time_ns, row->line, row->metadata);
      if (writer->full()) cut();
    }
  }
  if (writer) cut();
  return groups;
}

void HeadSet::Replace(const std::shared_ptr<const Part>& part, SealedGroups sealed) {
  const auto it = std::find(parts_.begin(), parts_.end(), part);
  NARFI_CHECK(it != parts_.end());
  // A new part, as readers and the sealing thread may still hold the old one.
  auto made = std::make_shared<Part>();
  made->rows = part->rows;
  made->is_closed = true;
  for (const auto& group : sealed)
    made->bytes += group->stored_bytes() + group->runs().size() * sizeof(storage::StreamRun) + 400;
  made->sealed = std::move(sealed);
  bytes_ = bytes_ - part->bytes + made->bytes;
  open_bytes_ -= part->bytes;
  *it = std::move(made);
}

HeadSet::SealedGroups HeadSet::Groups() const {
  SealedGroups out;
  for (const auto& part : parts_) out.insert(out.end(), part->sealed.begin(), part->sealed.end());
  return out;
}

void HeadSet::Readers(StreamId id, std::vector<storage::RunRef>& out) const {
  if (!streams_.contains(id)) return;
  for (const auto& part : parts_) {
    for (const auto& group : part->sealed) {
      const auto& runs = group->runs();
      const auto run = std::lower_bound(
          runs.begin(), runs.end(), id,
          [](const storage::StreamRun& a, const StreamId& wanted) { return a.id < wanted; });
      if (run != runs.end() && run->id == id)
        out.push_back({group, static_cast<uint32_t>(run - runs.begin()), 0});
    }
    const auto it = part->heads.find(id);
    if (it == part->heads.end()) continue;
    const Head& head = it->second;
    for (const Stretch& stretch : head.older)
      out.push_back(
          {ReadOpenRows(stretch.rows, stretch.first, stretch.count, id, head.labels), 0, 0});
    if (head.rows != nullptr && head.rows->size() > 0)
      out.push_back({ReadOpenRows(head.rows, 0, head.rows->size(), id, head.labels), 0, 0});
  }
}

}  // namespace narfi::ingest
