// A Loki of a few entries behind an HttpTransport, and the surroundings of a command.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json_write.h"
#include "cli/answer.h"
#include "cli/console.h"
#include "cli/run.h"
#include "net/http_client.h"
#include "net/url.h"

namespace narfi::cli {

struct StoredEntry {
  int64_t time_ns = 0;
  std::string service;
  std::string line;
};

// Answers query_range from `entries`, and every other path from `canned`.
class FakeLoki final : public net::HttpTransport {
 public:
  struct Canned {
    std::string path;
    int status = 200;
    std::string body;
  };

  Result<net::ClientResponse> Do(const net::ClientRequest& request) override {
    requests.push_back({request.url, request.headers});
    if (before_answer) before_answer();
    if (error) return tl::unexpected<Error>(*error);
    const size_t path_at = request.url.find('/', 8);
    const size_t question = request.url.find('?');
    const std::string path = request.url.substr(path_at, question - path_at);
    for (const Canned& answer : canned) {
      if (answer.path == path) return net::ClientResponse{answer.status, {}, answer.body};
    }
    net::Params params;
    if (!net::ParseQuery(request.url.substr(question + 1), params)) {
      return net::ClientResponse{400, {}, "bad query string"};
    }
    if (path == "/loki/api/v1/query_range" &&
        static_cast<uint64_t>(Number(params, "limit")) > max_limit) {
      return net::ClientResponse{400,
                                 {},
                                 "max entries limit per query exceeded, limit > "
                                 "max_entries_limit_per_query (" +
                                     *net::FindParam(params, "limit") + " > " +
                                     std::to_string(max_limit) + ")"};
    }
    if (path == "/loki/api/v1/query_range") return net::ClientResponse{200, {}, Range(params)};
    return net::ClientResponse{404, {}, "404 page not found\n"};
  }

  struct Request {
    std::string url;
    net::Headers headers;
  };
  std::vector<StoredEntry> entries;
  std::vector<Canned> canned;
  std::optional<Error> error;
  std::string warning;
  uint64_t max_limit = 5000;
  std::function<void()> before_answer;
  std::vector<Request> requests;

 private:
  static int64_t Number(const net::Params& params, const char* name) {
    return std::stoll(*net::FindParam(params, name));
  }

  std::string Range(const net::Params& params) {
    const int64_t start = Number(params, "start");
    const int64_t end = Number(params, "end");
    const auto limit = static_cast<size_t>(Number(params, "limit"));
    const bool forward = *net::FindParam(params, "direction") == "FORWARD";
    std::vector<StoredEntry> found;
    for (const StoredEntry& entry : entries) {
      if (entry.time_ns >= start && entry.time_ns < end) found.push_back(entry);
    }
    std::stable_sort(found.begin(), found.end(), [&](const auto& a, const auto& b) {
      return forward ? a.time_ns < b.time_ns : a.time_ns > b.time_ns;
    });
    if (found.size() > limit) found.resize(limit);
    return Json(found);
  }

  // Stream by stream, as Loki groups its answers.
  std::string Json(const std::vector<StoredEntry>& found) {
    std::vector<std::string> services;
    for (const StoredEntry& entry : found) {
      if (std::find(services.begin(), services.end(), entry.service) == services.end()) {
        services.push_back(entry.service);
      }
    }
    std::string out = R"({"status":"success",)";
    if (!warning.empty()) out += R"("warnings":[")" + warning + R"("],)";
    out += R"("data":{"resultType":"streams","result":[)";
    Comma stream_comma;
    for (const std::string& service : services) {
      stream_comma(out);
      out += R"({"stream":{"env":"prod","service":")" + service + R"("},"values":[)";
      Comma comma;
      for (const StoredEntry& entry : found) {
        if (entry.service != service) continue;
        comma(out);
        out += "[\"" + std::to_string(entry.time_ns) + "\",";
        AppendJsonString(out, entry.line);
        out += ']';
      }
      out += "]}";
    }
    return out + R"(],"stats":{"summary":{"totalBytesProcessed":42}}}})";
  }
};

// Runs commands against a FakeLoki and keeps what they print.
struct CommandBench {
  FakeLoki loki;
  ManualClock clock{1'795'132'800'000'000'000};  // 2026-11-20T00:00:00Z
  std::atomic<bool> interrupted{false};
  std::vector<int64_t> waits;
  std::function<void()> on_wait;
  net::SocketTransport* sockets = nullptr;
  std::string out;
  std::string err;

  int RunOptions(Options options, bool color = false) {
    options.printing.utc = true;
    StringOutput out_text;
    StringOutput err_text;
    Console console{out_text, err_text, color};
    Surroundings around{loki, console, clock, interrupted, [this](int64_t ns) {
                          waits.push_back(ns);
                          clock.Advance(ns);
                          if (on_wait) on_wait();
                        }};
    around.sockets = sockets;
    const int status = Run(options, around);
    out = out_text.text();
    err = err_text.text();
    return status;
  }
};

}  // namespace narfi::cli
