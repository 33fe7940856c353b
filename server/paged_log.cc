#include "server/paged_log.h"

#include <algorithm>

namespace narfi::server {
namespace {

uint64_t CountEntries(const query::StreamsResult& streams) {
  uint64_t count = 0;
  for (const query::LogStream& stream : streams.streams) count += stream.entries.size();
  return count;
}

uint64_t BytesOf(const query::LogEntry& entry) {
  uint64_t bytes = sizeof entry + entry.line.size();
  for (const auto& field : entry.metadata) bytes += field.name.size() + field.value.size();
  for (const auto& field : entry.parsed) bytes += field.name.size() + field.value.size();
  return bytes;
}

}  // namespace

// Most of what pages cost adds up; the streams are the same ones.
void PagedLog::AddStats(const query::QueryStats& page) {
  const uint64_t streams = std::max(stats_.streams, page.streams);
  const uint64_t returned = stats_.entries_returned;
  stats_.Add(page);
  stats_.streams = streams;
  stats_.entries_returned = returned;  // by what is left of the page
}

// A page that is too large for its memory becomes smaller; one entry must fit.
Result<query::QueryResult> PagedLog::Execute(const query::QueryContext& context,
                                             query::Request page) {
  for (;;) {
    auto result = services_.queries.Execute(page, context);
    if (!result && result.error().code == Code::kLimit && page.limit > 1) {
      page.limit /= 2;
      page_ = std::max<uint64_t>(page_ / 2, 1);
      continue;
    }
    if (!result) return result;
    AddStats(result->stats);
    const uint64_t entries = CountEntries(std::get<query::StreamsResult>(result->data));
    is_full_ = entries == page.limit;
    return result;
  }
}

Result<query::QueryResult> PagedLog::Next(query::QueryContext context) {
  context.max_memory_bytes = std::min(context.max_memory_bytes, kMaxPageMemory);
  if (!moment_) {
    query::Request page = request_;
    page.limit = std::min(page_, request_.limit);
    NARFI_ASSIGN(query::QueryResult result, Execute(context, std::move(page)));
    auto& streams = std::get<query::StreamsResult>(result.data);
    done_ = !is_full_ || CountEntries(streams) == request_.limit;
    if (done_ || DropLastMoment(streams)) {
      Count(streams);
      return result;
    }
  }
  return NextOfMoment(context);
}

// Larger pages, since each of them looks at the whole moment again.
Result<query::QueryResult> PagedLog::NextOfMoment(const query::QueryContext& context) {
  query::Request page = request_;
  page.start_ns = moment_ns_;
  page.end_ns = moment_ns_ + 1;
  page.moment = moment_;
  page.limit = std::min(kMomentFactor * page_, request_.limit);
  NARFI_ASSIGN(query::QueryResult result, Execute(context, std::move(page)));
  auto& streams = std::get<query::StreamsResult>(result.data);
  Count(streams);
  if (is_full_) {
    moment_->behind = streams.last;
    done_ = request_.limit == 0;
    return result;
  }
  moment_.reset();
  if (request_.direction == query::Direction::kForward) {
    request_.start_ns = moment_ns_ + 1;
  } else {
    request_.end_ns = moment_ns_;
  }
  done_ = request_.start_ns >= request_.end_ns;
  return result;
}

void PagedLog::Count(const query::StreamsResult& streams) {
  const uint64_t entries = CountEntries(streams);
  request_.limit -= entries;
  stats_.entries_returned += entries;
  FitPage(streams, entries);
}

// Drops the entries of the moment at which the page was cut, and goes on there. Where there are no
// others that moment comes in pages of its own: false then.
bool PagedLog::DropLastMoment(query::StreamsResult& streams) {
  const bool forward = request_.direction == query::Direction::kForward;
  int64_t last_ns = forward ? INT64_MIN : INT64_MAX;
  int64_t first_ns = forward ? INT64_MAX : INT64_MIN;
  for (const query::LogStream& stream : streams.streams) {
    for (const query::LogEntry& entry : stream.entries) {
      last_ns = forward ? std::max(last_ns, entry.time_ns) : std::min(last_ns, entry.time_ns);
      first_ns = forward ? std::min(first_ns, entry.time_ns) : std::max(first_ns, entry.time_ns);
    }
  }
  if (first_ns == last_ns) {
    moment_ns_ = last_ns;
    moment_.emplace();
    return false;
  }
  for (query::LogStream& stream : streams.streams)
    std::erase_if(stream.entries, [&](const auto& entry) { return entry.time_ns == last_ns; });
  std::erase_if(streams.streams, [](const auto& stream) { return stream.entries.empty(); });
  if (forward) {
    request_.start_ns = last_ns;
  } else {
    request_.end_ns = last_ns + 1;
  }
  return true;
}

// So many entries as have kPageBytes, going by those of this page.
void PagedLog::FitPage(const query::StreamsResult& streams, uint64_t entries) {
  if (entries == 0) return;
  uint64_t bytes = 0;
  for (const query::LogStream& stream : streams.streams) {
    for (const query::LogEntry& entry : stream.entries) bytes += BytesOf(entry);
  }
  page_ = std::clamp<uint64_t>(kPageBytes / (bytes / entries + 1), 1, kLargestPage);
}

}  // namespace narfi::server
