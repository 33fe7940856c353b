// The lines of an export: newline-delimited JSON, one entry a line, and a line that says it is
// whole.
//
//   {"cursor":"1795132800000000000-0","timestamp":"1795132800000000000","stream":{"app":"web"},
//    "line":"...","structuredMetadata":{...},"parsed":{...}}
//   {"end":true,"lines":2}
//
// A cursor is the time of its entry and how many of the same time stand before it; an export that
// begins with it goes on behind that entry. Format: docs/http-api.md, "Export".
//
// Threads: one at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/paged_log.h"

namespace narfi::server {

struct ExportCursor {
  int64_t time_ns = 0;
  uint64_t position = 0;  // among the entries of that time
};
// kInvalidArgument when the text is no cursor.
Result<ExportCursor> ParseExportCursor(std::string_view text);

class ExportWriter {
 public:
  // Of `request`, which has `expr` and categorize, what stands behind `after`, if that is given.
  ExportWriter(const Services& services, query::Request request, const ExportCursor* after);

  // Appends the next page; true while there are more.
  Result<bool> Write(const query::QueryContext& context, std::string& out);

  static void AppendError(const Error& error, std::string& out);

 private:
  void AppendPage(const query::StreamsResult& streams, std::string& out);

  const uint64_t limit_;
  PagedLog pages_;
  uint64_t skip_ = 0;  // entries of the cursor's moment that were given before
  int64_t last_ns_ = INT64_MIN;
  uint64_t position_ = 0;  // of the next entry of last_ns_
  uint64_t lines_ = 0;
  std::vector<std::string> warnings_;
};

}  // namespace narfi::server
