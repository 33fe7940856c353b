#include "cli/pager.h"

#include <algorithm>

#include "base/bytes.h"

namespace narfi::cli {

uint64_t EntryHash(const StreamLabels& labels, const std::string& line) {
  std::string key;
  for (const Label& label : labels) {
    PutString(key, label.name);
    PutString(key, label.value);
  }
  PutString(key, line);
  return Hash64(key);
}

void SortEntries(std::vector<LogEntry>& entries, bool forward) {
  std::stable_sort(entries.begin(), entries.end(), [forward](const LogEntry& a, const LogEntry& b) {
    return forward ? a.time_ns < b.time_ns : a.time_ns > b.time_ns;
  });
}

Pager::Pager(RangeQuery query, uint64_t limit, uint64_t batch, Fetch fetch)
    : query_(std::move(query)), limit_(limit), batch_(batch), fetch_(std::move(fetch)) {}

// The first entries of an answer may be lines of the edge that were given before.
void Pager::DropGiven(QueryAnswer& answer) const {
  if (at_edge_.empty()) return;
  auto given = at_edge_;
  std::erase_if(answer.entries, [&](const LogEntry& entry) {
    if (entry.time_ns != EdgeNs()) return false;
    const auto found = given.find(EntryHash(answer.streams[entry.stream], entry.line));
    if (found == given.end() || found->second == 0) return false;
    --found->second;
    return true;
  });
}

// Moves the range to where the lines given so far end.
void Pager::MoveEdge(const QueryAnswer& answer) {
  if (answer.entries.empty()) return;
  const int64_t edge_ns = answer.entries.back().time_ns;
  if (edge_ns != EdgeNs()) {
    at_edge_.clear();
    edge_lines_ = 0;
  }
  for (auto entry = answer.entries.rbegin(); entry != answer.entries.rend(); ++entry) {
    if (entry->time_ns != edge_ns) break;
    ++at_edge_[EntryHash(answer.streams[entry->stream], entry->line)];
    ++edge_lines_;
  }
  if (query_.forward) {
    query_.start_ns = edge_ns;
  } else {
    query_.end_ns = edge_ns + 1;
  }
}

Result<QueryAnswer> Pager::Next() {
  const uint64_t wanted = limit_ == 0 ? batch_ : std::min(batch_, limit_ - given_);
  query_.limit = wanted + edge_lines_;  // those of the edge come again
  NARFI_ASSIGN(QueryAnswer answer, fetch_(query_));
  if (!answer.is_log) {
    done_ = true;
    return answer;
  }
  const bool is_last = answer.entries.size() < query_.limit;
  SortEntries(answer.entries, query_.forward);
  DropGiven(answer);
  if (answer.entries.size() > wanted) answer.entries.resize(wanted);
  MoveEdge(answer);
  given_ += answer.entries.size();
  done_ = is_last || answer.entries.empty() || (limit_ != 0 && given_ >= limit_);
  return answer;
}

}  // namespace narfi::cli
