// A query's result as the JSON of Loki's query API.
//
// Format: Loki's HTTP API reference, "Query logs at a single point in time" and "within a range of
//         time". Key order matters to Grafana: resultType, encodingFlags, result, stats.
// Threads: pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_write.h"
#include "query/exec/result.h"

namespace narfi::server {

// `flags`: what X-Loki-Response-Encoding-Flags asked for, echoed; categorize-labels among them
// gives every entry its third element.
// `queued_ns`: how long the query waited before it ran.
std::string WriteQueryResult(const query::QueryResult& result,
                             const std::vector<std::string>& flags, int64_t queued_ns = 0);

// True when categorize-labels is among the flags.
bool Categorizes(const std::vector<std::string>& flags);
// ["ns","line"], and with `categorize` where its labels came from.
void AppendEntry(std::string& out, const query::LogEntry& entry, bool categorize);
// ,"structuredMetadata":{...},"parsed":{...}: of both what there is.
void AppendEntryFields(std::string& out, const query::LogEntry& entry);
// ["a","b"]
void AppendTexts(std::string& out, const std::vector<std::string>& texts);

// Parts of the answer with streams: from "resultType" to the bracket that begins the streams; the
// streams.
std::string StreamsHead(const std::vector<std::string>& flags);
void AppendStreams(std::string& out, const query::StreamsResult& result, bool categorize,
                   Comma& comma);

// {"name":"value",...}, in the order of `labels`.
void AppendLabels(std::string& out, std::span<const Label> labels);

// What /api/prom/query answers, the API before version 1: {"streams":[{"labels":"{app=\"x\"}",
// "entries":[{"ts":"<RFC 3339>","line":"..."}]}]}.
std::string WriteLegacyStreams(const query::StreamsResult& result);
// Its parts: "{app=\"x\"}" and {"ts":...}.
void AppendLegacyLabels(std::string& out, std::span<const Label> labels);
void AppendLegacyEntry(std::string& out, const query::LogEntry& entry);

// {"status":"success","data":[...]}; without "data" when there is nothing, as Loki answers.
std::string WriteNames(const std::vector<std::string>& names);

// "warnings":[...], with the comma behind it, or nothing.
std::string WriteWarnings(const std::vector<std::string>& warnings);

}  // namespace narfi::server
