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

// A page that is too large for its memory becomes smaller, but not so small as to end within a
// moment; one entry must fit.
Result<query::QueryResult> PagedLog::Execute(query::QueryContext context, Sizes& sizes) {
  context.max_memory_bytes = std::min(context.max_memory_bytes, kMaxPageMemory);
  for (;;) {
    query::Request page = request_;
    page.limit = std::min(page_, request_.limit);
    auto result = services_.queries.Execute(page, context);
    if (result || result.error().code != Code::kLimit || page.limit <= 1) return result;
    sizes.too_large = page.limit;
    NARFI_TRY(Resize(sizes));
  }
}

Status PagedLog::Resize(const Sizes& sizes) {
  if (sizes.too_large == UINT64_MAX) {
    page_ = 2 * sizes.one_moment;
    return {};
  }
  if (sizes.too_large - sizes.one_moment <= 1) {
    return Fail(Code::kLimit,
                "the entries of one moment are more than a page of the answer may hold");
  }
  page_ = sizes.one_moment + (sizes.too_large - sizes.one_moment) / 2;
  return {};
}

Result<query::QueryResult> PagedLog::Next(query::QueryContext context) {
  Sizes sizes;
  for (;;) {
    NARFI_ASSIGN(query::QueryResult result, Execute(context, sizes));
    auto& streams = std::get<query::StreamsResult>(result.data);
    const uint64_t wanted = std::min(page_, request_.limit);
    uint64_t entries = CountEntries(streams);
    AddStats(result.stats);
    const bool is_full = entries == wanted;
    done_ = !is_full || wanted == request_.limit;
    if (!done_ && !DropLastMoment(streams)) {
      sizes.one_moment = wanted;
      NARFI_TRY(Resize(sizes));
      continue;
    }
    entries = CountEntries(streams);
    request_.limit -= entries;
    stats_.entries_returned += entries;
    FitPage(streams, entries);
    return result;
  }
}

// Drops the entries of the moment at which the page was cut, and goes on there. False when there
// are no others.
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
  if (first_ns == last_ns) return false;
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
  page_ = std::clamp<uint64_t>(kPageBytes / (bytes / entries + 1), 2, kLargestPage);
}

}  // namespace narfi::server
