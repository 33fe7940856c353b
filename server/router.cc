#include "server/router.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "base/clock.h"
#include "base/duration.h"
#include "base/log.h"

namespace narfi::server {
namespace {

// Between every two separators, empty parts included.
std::vector<std::string> SplitText(std::string_view text, char by) {
  std::vector<std::string> out;
  for (;;) {
    const size_t end = text.find(by);
    out.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 1);
  }
}

bool MatchesSegments(const std::vector<std::string>& pattern, const std::vector<std::string>& path,
                     std::vector<std::string>& parts) {
  if (pattern.size() != path.size()) return false;
  parts.clear();
  for (size_t i = 0; i < path.size(); ++i) {
    if (pattern[i].starts_with('{')) {
      if (path[i].empty()) return false;
      parts.push_back(path[i]);
    } else if (pattern[i] != path[i]) {
      return false;
    }
  }
  return true;
}

// The path without empty, "." and ".." parts, to which clients of an unclean one are sent.
std::string CleanPath(std::string_view path, bool escape) {
  std::vector<std::string> kept;
  for (const std::string& part : SplitText(path, '/')) {
    if (part == ".." && !kept.empty()) kept.pop_back();
    if (!part.empty() && part != "." && part != "..") kept.push_back(part);
  }
  std::string out;
  for (const std::string& part : kept) out += "/" + (escape ? net::PathEscape(part) : part);
  if (path.ends_with('/') || out.empty()) out += '/';
  return out;
}

constexpr std::string_view kIdHeader = "X-Request-Id";

// What the client calls its request, if that fits into a header and a log line, else a new name.
std::string RequestId(const net::HttpRequest& request) {
  constexpr size_t kMaxIdBytes = 128;
  const std::string_view sent = request.headers.Get(kIdHeader);
  const bool fits =
      !sent.empty() && sent.size() <= kMaxIdBytes &&
      std::all_of(sent.begin(), sent.end(), [](char c) { return c > ' ' && c < 127; });
  if (fits) return std::string(sent);
  thread_local std::mt19937_64 random{std::random_device{}()};
  return fmt::format("{:016x}", random());
}

void LogRequest(LogLevel level, const net::HttpRequest& request, const std::string& id, int status,
                int64_t took_ns) {
  Log(level, "request",
      {{"request_id", id},
       {"method", request.method},
       {"path", request.path},
       {"status", status},
       {"duration", FormatGoDuration(took_ns)},
       {"tenant", request.headers.Get("X-Scope-OrgID")},
       {"peer", request.peer}});
}

}  // namespace

void Router::Add(std::string_view methods, std::string pattern, std::string name,
                 RouteHandler handler) {
  routes_.push_back({SplitText(methods, ' '), SplitText(prefix_ + pattern, '/'), std::move(name),
                     std::move(handler)});
}

const Router::Route* Router::Find(const net::HttpRequest& request, std::vector<std::string>& parts,
                                  bool& path_known) const {
  const std::vector<std::string> path = SplitText(request.path, '/');
  const std::string_view method =
      request.method == "HEAD" ? "GET" : std::string_view(request.method);
  for (const Route& route : routes_) {
    if (!MatchesSegments(route.segments, path, parts)) continue;
    path_known = true;
    if (std::find(route.methods.begin(), route.methods.end(), method) != route.methods.end())
      return &route;
  }
  return nullptr;
}

void Router::Observe(const std::string& route, const std::string& method, int status,
                     int64_t started_ns) {
  const std::string code = std::to_string(status);
  const MutexLock lock(mutex_);
  const std::string key = route + ' ' + method + ' ' + code;
  auto it = histograms_.find(key);
  if (it == histograms_.end()) {
    it = histograms_
             .emplace(key, HistogramMetric("loki_request_duration_seconds",
                                           "Time (in seconds) spent serving HTTP requests.",
                                           {{"route", route},
                                            {"method", method},
                                            {"status_code", code},
                                            {"ws", status == 101 ? "true" : "false"}}))
             .first;
  }
  it->second.Observe(static_cast<double>(SystemClock().MonotonicNs() - started_ns) / 1e9);
}

void Router::NameRefusal(const net::HttpRequest& head, net::HttpResponse& refusal) {
  const std::string id = RequestId(head);
  LogRequest(LogLevel::kDebug, head, id, refusal.status, 0);
  refusal.headers.Set(kIdHeader, id);
}

void Router::Handle(std::shared_ptr<net::HttpRequest> request, net::Respond respond) {
  const int64_t started = SystemClock().MonotonicNs();
  const std::string id = RequestId(*request);
  std::vector<std::string> parts;
  bool path_known = false;
  const Route* route = Find(*request, parts, path_known);
  // A made-up method must not make a metric of its own.
  static constexpr std::string_view kMethods[] = {"GET",    "HEAD",    "POST", "PUT",
                                                  "DELETE", "OPTIONS", "PATCH"};
  const bool usual =
      std::find(std::begin(kMethods), std::end(kMethods), request->method) != std::end(kMethods);
  const std::string method = usual ? request->method : "other";
  const std::string name = route == nullptr ? "other" : route->name;
  const auto observed = [this, name, method, started, id, request,
                         respond = std::move(respond)](net::HttpResponse response) {
    Observe(name, method, response.status, started);
    LogRequest(response.status >= 500 ? LogLevel::kWarn : LogLevel::kDebug, *request, id,
               response.status, SystemClock().MonotonicNs() - started);
    response.headers.Set(kIdHeader, id);
    respond(std::move(response));
  };
  if (request->path.starts_with('/') && CleanPath(request->path, false) != request->path) {
    const size_t query = request->target.find('?');
    const std::string location =
        CleanPath(request->path, true) +
        (query == std::string::npos ? std::string() : request->target.substr(query));
    observed({.status = 301, .headers = {{"Location", location}}});
  } else if (route != nullptr) {
    route->handler({std::move(request), std::move(parts)}, observed);
  } else if (path_known) {
    observed({.status = 405,
              .content_type = "text/plain; charset=utf-8",
              .body = "method not allowed\n"});
  } else {
    observed({.status = 404,
              .content_type = "text/plain; charset=utf-8",
              .body = "404 page not found\n"});
  }
}

}  // namespace narfi::server
