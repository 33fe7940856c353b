// The answer of query_range to a log query of very many entries: Loki's JSON, piece by piece.
//
// As the entries come page by page, a stream comes once for each page that has entries of it, which
// is where this differs from the answer that is made in one go. Warnings and statistics come last.
//
// Ownership: the source keeps everything; borrows the services.
// Threads:   pages are made on the pool of queries, one at a time, each when the client has taken
// the
//            one before it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "net/http_server.h"
#include "server/paged_log.h"
#include "server/services.h"

namespace narfi::server {

// Log queries for more entries than this are answered piece by piece.
constexpr uint64_t kStreamedEntries = 10'000;

// Makes the next piece of a text; true while there are more. An error breaks the answer.
using PageWriter = std::function<Result<bool>(query::QueryContext context, std::string& piece)>;
// Lets `answer` come from `write`, called on the pool of queries with a context of its own each
// time, for the tenant and client of `call`. A piece waits in the spool until it has been sent. The
// first one is made at once, and its error is an ordinary one. `failed` may put an error into the
// last piece before the answer breaks.
Status StreamPages(const Services& services, const ReadCall& call, PageWriter write,
                   std::function<void(const Error& error, std::string& piece)> failed,
                   net::HttpResponse& answer);

Result<net::HttpResponse> StreamLogQuery(const Services& services, const ReadCall& call,
                                         query::Request request, std::vector<std::string> flags);

}  // namespace narfi::server
