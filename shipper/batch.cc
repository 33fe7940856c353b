#include "shipper/batch.h"

#include <algorithm>

namespace narfi::shipper {

std::shared_ptr<const Batch> CopyStreams(const Batch& batch, const std::vector<size_t>& streams) {
  auto copy = std::make_shared<Batch>();
  copy->number = batch.number;
  copy->tenant = batch.tenant;
  copy->oldest_ns = batch.oldest_ns;
  for (const size_t index : streams) {
    const BatchStream& stream = copy->streams.emplace_back(batch.streams[index]);
    for (const BatchEntry& entry : stream.entries) copy->bytes += entry.line.size();
    copy->entries += stream.entries.size();
  }
  copy->arena = Arena(copy->bytes);  // no more than that: many small copies may be kept for long
  for (BatchStream& stream : copy->streams) {
    for (BatchEntry& entry : stream.entries) entry.line = copy->arena.Copy(entry.line);
  }
  return copy;
}

void Batcher::Add(TailFile* file, const std::string& tenant, const Entry& entry, int64_t now_ns) {
  Open& open = open_[tenant];
  if (open.batch != nullptr && open.batch->bytes + entry.line.size() > options_.max_bytes)
    Seal(open, full_);
  if (open.batch == nullptr) {
    open.batch = std::make_shared<Batch>();
    open.batch->tenant = tenant;
    open.first_ns = now_ns;
  }
  key_.clear();
  for (const Label& label : entry.labels)
    key_.append(label.name).append(1, '\0').append(label.value).append(1, '\0');
  Batch& batch = *open.batch;
  const auto [at, is_new] = open.streams.try_emplace(key_, batch.streams.size());
  if (is_new) {
    batch.streams.push_back({entry.labels, {}});
    open.stream_files.emplace_back();
  }
  NoteFile(open, at->second, file);
  batch.streams[at->second].entries.push_back(
      {entry.time_ns, batch.arena.Copy(entry.line), entry.time_is_configured});
  if (!entry.time_is_configured) batch.oldest_ns = std::min(batch.oldest_ns, entry.time_ns);
  ++batch.entries;
  batch.bytes += entry.line.size();
  open.last_ns = now_ns;
}

void Batcher::NoteFile(Open& open, size_t stream, TailFile* file) {
  std::vector<TailFile*>& of_stream = open.stream_files[stream];
  if (std::find(of_stream.rbegin(), of_stream.rend(), file) != of_stream.rend()) return;
  of_stream.push_back(file);
  const bool known = std::any_of(open.files.begin(), open.files.end(),
                                 [&](const SealedFile& sealed) { return sealed.file == file; });
  if (!known) open.files.push_back({file, file->BeginBatch(), 0});
}

bool Batcher::IsDue(const Open& open, int64_t now_ns, bool senders_idle) const {
  if (open.batch == nullptr) return false;
  if (now_ns - open.first_ns >= options_.max_wait_ns) return true;
  return senders_idle && now_ns - open.last_ns >= options_.idle_ns;
}

void Batcher::Seal(Open& open, std::vector<Sealed>& out) {
  open.batch->number = next_number_++;
  Sealed sealed;
  sealed.batch = std::move(open.batch);
  sealed.files = std::move(open.files);
  for (SealedFile& file : sealed.files) file.offset = file.file->delivered();
  sealed.stream_files = std::move(open.stream_files);
  out.push_back(std::move(sealed));
  open.batch = nullptr;
  open.streams.clear();
  open.files.clear();
  open.stream_files.clear();
}

std::vector<Batcher::Sealed> Batcher::TakeDue(int64_t now_ns, bool senders_idle, bool all) {
  std::vector<Sealed> out = std::move(full_);
  full_.clear();
  for (auto& [tenant, open] : open_) {
    if (open.batch != nullptr && (all || IsDue(open, now_ns, senders_idle))) Seal(open, out);
  }
  return out;
}

int64_t Batcher::NextDueNs(bool senders_idle) const {
  if (!full_.empty()) return INT64_MIN;
  int64_t next = INT64_MAX;
  for (const auto& [tenant, open] : open_) {
    if (open.batch == nullptr) continue;
    next = std::min(next, open.first_ns + options_.max_wait_ns);
    if (senders_idle) next = std::min(next, open.last_ns + options_.idle_ns);
  }
  return next;
}

size_t Batcher::open_bytes() const {
  size_t bytes = 0;
  for (const auto& [tenant, open] : open_) bytes += open.batch != nullptr ? open.batch->cost() : 0;
  for (const Sealed& sealed : full_) bytes += sealed.batch->cost();
  return bytes;
}

}  // namespace narfi::shipper
