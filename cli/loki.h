// The part of Loki's HTTP API that narfi asks, over an HttpTransport.
//
// Errors:  kUnavailable and kDeadline when there was no answer, kCancelled when *abort was set,
//          kInvalidArgument when address or credentials cannot be used; kInternal with the server's
//          own words when it answered with an error.
// Threads: one at a time.
// Limits:  256 MiB an answer.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "cli/answer.h"
#include "cli/options.h"
#include "net/http_client.h"
#include "net/url.h"
#include "net/web_socket_client.h"

namespace narfi::cli {

struct RangeQuery {
  std::string query;
  int64_t start_ns = 0;
  int64_t end_ns = 0;
  uint64_t limit = 0;
  bool forward = false;
  std::optional<int64_t> step_ns;
  std::optional<int64_t> interval_ns;
};

class Loki {
 public:
  // What a call may use; all borrowed.
  struct Tools {
    net::HttpTransport& transport;
    const std::atomic<bool>& abort;
    // Waits between retries; returns early when `abort` is set.
    std::function<void(int64_t ns)> wait;
  };

  Loki(const Connection& connection, Tools tools)
      : connection_(connection), tools_(std::move(tools)) {}

  Result<QueryAnswer> QueryRange(const RangeQuery& query, JsonStyle style);
  // A WebSocket that brings what comes from `start_ns` on, `limit` lines of what is stored at most;
  // null when the server would not, for whatever reason it has.
  Result<std::unique_ptr<net::ClientSocket>> Follow(net::SocketTransport& sockets,
                                                    const std::string& query, int64_t start_ns,
                                                    uint64_t limit, int64_t delay_ns);
  Result<QueryAnswer> Query(const RangeQuery& query, int64_t time_ns, JsonStyle style);
  // The plan of a range query, as text; narfid only.
  Result<std::string> Explain(const RangeQuery& query);
  Result<ListAnswer> Labels(const std::string& label, int64_t start_ns, int64_t end_ns);
  Result<SeriesAnswer> Series(const std::string& matcher, int64_t start_ns, int64_t end_ns);

  // What a request for this would ask, for people.
  std::string Url(const std::string& path, const net::Params& params) const;
  std::string RangeUrl(const RangeQuery& query) const;

 private:
  Result<std::string> Get(const std::string& path, const net::Params& params);
  Result<net::ClientRequest> MakeRequest(const std::string& url) const;

  const Connection& connection_;
  Tools tools_;
};

}  // namespace narfi::cli
