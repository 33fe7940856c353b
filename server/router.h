// Paths to handlers.
//
// A pattern is a path whose parts in braces match one non-empty segment:
// "/loki/api/v1/label/{name}/values". Unknown paths are answered 404 "404 page not found", known
// ones with another method 405. Every request is counted in
// loki_request_duration_seconds{route,method,status_code,ws}, a WebSocket when it is opened.
//
// Each is logged with its X-Request-Id, the client's or a new one, which the answer carries too: at
// level debug, and warn from status 500 on.
//
// Threads: Handle() from any thread once all routes are added.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/metrics.h"
#include "base/thread_annotations.h"
#include "net/http_server.h"

namespace narfi::server {

struct Call {
  std::shared_ptr<net::HttpRequest> request;
  std::vector<std::string> parts;  // what the braces matched, in order
};

using RouteHandler = std::function<void(Call, net::Respond)>;

class Router {
 public:
  // `prefix` stands in front of every path: "", or "/a" and the like.
  explicit Router(std::string prefix = "") : prefix_(std::move(prefix)) {}

  // `methods`: "GET", "GET POST", ... `name`: the metric's route label, Loki's own
  // ("loki_api_v1_query_range").
  void Add(std::string_view methods, std::string pattern, std::string name, RouteHandler handler);
  void Handle(std::shared_ptr<net::HttpRequest> request, net::Respond respond);
  // Names a request that came to no route, since the HTTP server refused it, and logs it at level
  // debug: whoever opens too many connections shall not fill the log too.
  static void NameRefusal(const net::HttpRequest& head, net::HttpResponse& refusal);

 private:
  struct Route {
    std::vector<std::string> methods;
    std::vector<std::string> segments;
    std::string name;
    RouteHandler handler;
  };
  const Route* Find(const net::HttpRequest& request, std::vector<std::string>& parts,
                    bool& path_known) const;
  void Observe(const std::string& route, const std::string& method, int status, int64_t started_ns);

  const std::string prefix_;
  std::vector<Route> routes_;
  Mutex mutex_;
  std::map<std::string, HistogramMetricRef> histograms_ GUARDED_BY(mutex_);
};

}  // namespace narfi::server
