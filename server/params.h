// The parameters of Loki's HTTP API: times, durations, limits, as it reads them and with its texts.
//
// Source: Loki's HTTP API reference ("Timestamps", "Query parameters") and the conformance corpus.
// Threads: pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/duration.h"
#include "base/result.h"
#include "net/http_server.h"
#include "query/exec/engine.h"

namespace narfi::server {

// A time: with a '.' seconds as a float; up to ten characters seconds, more nanoseconds; else RFC
// 3339. Error: `strconv.ParseInt: parsing "abc": invalid syntax`.
Result<int64_t> ParseTimestamp(std::string_view text);
// Seconds as a number, or a duration; `cannot parse "abc" to a valid duration`.
Result<int64_t> ParseStep(std::string_view text);

struct TimeRange {
  int64_t start_ns = 0;
  int64_t end_ns = 0;
};
// How far names and series are looked for where a request has no start.
constexpr int64_t kMetadataSince = 6 * kHour;

// start, end and since, with end = now and start = end - `default_since_ns` where they are missing.
Result<TimeRange> ReadRange(const net::HttpRequest& request, int64_t now_ns,
                            int64_t default_since_ns);
// The same, and start must be before end.
Result<TimeRange> ReadOrderedRange(const net::HttpRequest& request, int64_t now_ns,
                                   int64_t default_since_ns);

// To the whole UTC days that the range touches. Loki's index has a table a day, and what it knows
// of label names and values has no finer time; series do.
TimeRange ToWholeDays(TimeRange range);

// The parameter "step", or what Loki takes for such a range.
Result<int64_t> ReadStep(const net::HttpRequest& request, TimeRange range);
// kInvalidArgument when the range has more steps than an answer may have points.
Status CheckPoints(TimeRange range, int64_t step_ns);

// A number above 0; ReadLimit reads "limit".
Result<uint64_t> ReadCount(const net::HttpRequest& request, std::string_view name,
                           uint64_t missing);
Result<uint64_t> ReadLimit(const net::HttpRequest& request, uint64_t missing);
Result<query::Direction> ReadDirection(const net::HttpRequest& request);

// All of query_range and query; `query` is taken as it is.
Result<query::Request> ReadRangeQuery(const net::HttpRequest& request, int64_t now_ns);
Result<query::Request> ReadInstantQuery(const net::HttpRequest& request, int64_t now_ns);

// "delay_for" of a tail, given in seconds; at most 5.
Result<int64_t> ReadDelayFor(const net::HttpRequest& request);
Result<int64_t> CheckDelayFor(int64_t seconds);
// The items of X-Loki-Response-Encoding-Flags.
std::vector<std::string> ReadEncodingFlags(const net::HttpRequest& request);

// The parameter's text, or empty.
std::string_view TextParam(const net::HttpRequest& request, std::string_view name);

}  // namespace narfi::server
