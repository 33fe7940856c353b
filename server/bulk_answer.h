// Answers in Elasticsearch's shape: of _bulk item by item, and errors.
//
// Source: Elasticsearch's REST reference, "Bulk API" and "Error responses".
// Threads: pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ingest/push.h"
#include "net/http_server.h"

namespace narfi::server {

// A JSON answer as Elasticsearch's clients want it: with X-Elastic-Product, without which they
// leave.
net::HttpResponse ElasticAnswer(int status, std::string body);
// {"error":{"type":...,"reason":...},"status":...}
net::HttpResponse ElasticError(int status, std::string_view reason);
// 200 and an item for each action once the body was decoded, else the error.
net::HttpResponse BulkAnswer(const ingest::PushAnswer& answer, int64_t took_ms);

}  // namespace narfi::server
