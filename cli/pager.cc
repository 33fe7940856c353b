#include "cli/pager.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/bytes.h"
#include "cli/time_text.h"

namespace narfi::cli {
namespace {

constexpr uint64_t kUsualLimit = 5000;  // Loki's max_entries_limit_per_query

// What the server says when it is asked for too many: "... (6000 > 5000)".
std::optional<uint64_t> LimitInWords(std::string_view words) {
  const size_t name = words.find("max_entries_limit");
  if (name == std::string_view::npos) return std::nullopt;
  const size_t above = words.find(" > ", words.find('(', name));
  if (above == std::string_view::npos) return std::nullopt;
  const std::string_view number = words.substr(above + 3);
  uint64_t limit = 0;
  const auto [stop, error] = std::from_chars(number.data(), number.data() + number.size(), limit);
  return error == std::errc{} && limit > 0 ? std::optional(limit) : std::nullopt;
}

}  // namespace

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
    : query_(std::move(query)),
      limit_(limit),
      batch_(batch),
      fetch_(std::move(fetch)),
      most_(std::max(batch, kUsualLimit)) {}

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

Result<QueryAnswer> Pager::FetchWithinLimit(uint64_t limit) {
  query_.limit = std::min(limit, most_);
  auto answer = fetch_(query_);
  if (answer) return answer;
  const auto most = LimitInWords(answer.error().text);
  if (!most || *most >= query_.limit) return answer;
  most_ = query_.limit = *most;
  return fetch_(query_);
}

// Every line of the answer was given before, and there are more that the server does not give.
void Pager::StepPastEdge(QueryAnswer& answer) {
  const int64_t edge_ns = EdgeNs();
  answer.warnings.push_back(
      fmt::format("more lines have the time {} than the server gives in one answer ({}): some of "
                  "that instant are missing here",
                  FormatTimeNanos(edge_ns, true), query_.limit));
  at_edge_.clear();
  edge_lines_ = 0;
  if (query_.forward) {
    query_.start_ns = edge_ns + 1;
  } else {
    query_.end_ns = edge_ns;
  }
}

Result<QueryAnswer> Pager::Next() {
  const uint64_t wanted = limit_ == 0 ? batch_ : std::min(batch_, limit_ - given_);
  // Those of the edge come again.
  NARFI_ASSIGN(QueryAnswer answer, FetchWithinLimit(wanted + edge_lines_));
  if (!answer.is_log) {
    done_ = true;
    return answer;
  }
  const bool is_last = answer.entries.size() < query_.limit;
  SortEntries(answer.entries, query_.forward);
  DropGiven(answer);
  if (answer.entries.size() > wanted) answer.entries.resize(wanted);
  if (answer.entries.empty() && !is_last) {
    StepPastEdge(answer);
    done_ = query_.start_ns >= query_.end_ns;
    return answer;
  }
  MoveEdge(answer);
  given_ += answer.entries.size();
  done_ = is_last || (limit_ != 0 && given_ >= limit_);
  return answer;
}

}  // namespace narfi::cli
