#include "shipper/batch.h"

#include <algorithm>

namespace narfi::shipper {

void Batcher::Add(TailFile* file, const std::string& tenant, const std::vector<Label>& labels,
                  int64_t time_ns, std::string_view line, int64_t now_ns) {
  Open& open = open_[tenant];
  if (open.batch != nullptr && open.batch->bytes + line.size() > options_.max_bytes)
    Seal(open, full_);
  if (open.batch == nullptr) {
    open.batch = std::make_shared<Batch>();
    open.batch->tenant = tenant;
    open.first_ns = now_ns;
  }
  const bool same_as_before = !open.files.empty() && open.files.back() == file;
  if (!same_as_before &&
      std::find(open.files.begin(), open.files.end(), file) == open.files.end()) {
    open.files.push_back(file);
    file->BeginBatch();
  }
  key_.clear();
  for (const Label& label : labels)
    key_.append(label.name).append(1, '\0').append(label.value).append(1, '\0');
  Batch& batch = *open.batch;
  const auto [at, is_new] = open.streams.try_emplace(key_, batch.streams.size());
  if (is_new) batch.streams.push_back({labels, {}});
  batch.streams[at->second].entries.push_back({time_ns, batch.arena.Copy(line)});
  ++batch.entries;
  batch.bytes += line.size();
  open.last_ns = now_ns;
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
  for (TailFile* file : open.files) sealed.files.emplace_back(file, file->delivered());
  out.push_back(std::move(sealed));
  open.batch = nullptr;
  open.streams.clear();
  open.files.clear();
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
