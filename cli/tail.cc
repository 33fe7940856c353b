#include "cli/tail.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/hash.h"

namespace narfi::cli {
namespace {

uint64_t TimedHash(const QueryAnswer& answer, const LogEntry& entry) {
  std::string key;
  PutU64(key, static_cast<uint64_t>(entry.time_ns));
  PutU64(key, EntryHash(answer.streams[entry.stream], entry.line));
  return Hash64(key);
}

}  // namespace

// Remembers the rest as given.
void Tail::DropGiven(QueryAnswer& answer) {
  std::erase_if(answer.entries, [&](const LogEntry& entry) {
    newest_ns_ = std::max(newest_ns_, entry.time_ns);
    return !given_.emplace(TimedHash(answer, entry), entry.time_ns).second;
  });
}

int64_t Tail::ResumeNs() const {
  // A line with a time in the future must not hide those of now.
  const int64_t reached_ns = std::min(newest_ns_, clock_.NowNs() - delay_ns_);
  return std::max(query_.start_ns, reached_ns - kOverlapNs);
}

void Tail::ForgetBefore(int64_t time_ns) {
  std::erase_if(given_, [time_ns](const auto& line) { return line.second < time_ns; });
}

Result<QueryAnswer> Tail::Begin(uint64_t limit) {
  newest_ns_ = query_.start_ns;
  RangeQuery last = query_;
  last.forward = false;
  last.end_ns = EndNs();
  QueryAnswer all;
  for (Pager pager(last, limit, batch_, fetch_); !pager.done();) {
    NARFI_ASSIGN(QueryAnswer page, pager.Next());
    if (!page.is_log) return page;
    const auto base = static_cast<uint32_t>(all.streams.size());
    for (StreamLabels& stream : page.streams) all.streams.push_back(std::move(stream));
    for (LogEntry& entry : page.entries) {
      entry.stream += base;
      all.entries.push_back(std::move(entry));
    }
    all.warnings.insert(all.warnings.end(), page.warnings.begin(), page.warnings.end());
  }
  all.is_log = true;
  std::reverse(all.entries.begin(), all.entries.end());
  // Older lines than the oldest one shown are not new.
  if (!all.entries.empty())
    query_.start_ns = std::max(query_.start_ns, all.entries.front().time_ns);
  DropGiven(all);
  return all;
}

Status Tail::Poll(const std::function<bool(const QueryAnswer&)>& give) {
  RangeQuery next = query_;
  next.forward = true;
  next.end_ns = EndNs();
  next.start_ns = ResumeNs();
  if (next.start_ns >= next.end_ns) return {};
  ForgetBefore(next.start_ns);
  for (Pager pager(next, 0, batch_, fetch_); !pager.done();) {
    NARFI_ASSIGN(QueryAnswer page, pager.Next());
    DropGiven(page);
    const bool says_something = !page.entries.empty() || !page.warnings.empty();
    if (says_something && !give(page)) return {};
  }
  return {};
}

}  // namespace narfi::cli
