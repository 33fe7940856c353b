#include "cli/loki.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"
#include "base/go_text.h"

namespace narfi::cli {
namespace {

constexpr int64_t kRequestTimeoutNs = 10 * kMinute;  // the server has its own, shorter one
constexpr uint64_t kMaxAnswerBytes = uint64_t{256} << 20;
constexpr size_t kMaxErrorBytes = 4096;

std::string TrimText(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) {
    text.pop_back();
  }
  return text;
}

std::string_view HintFor(int status) {
  switch (status) {
    case 401:
    case 403:
      return " (set the tenant with --org-id or LOKI_ORG_ID, credentials with --username and "
             "--password or --bearer-token)";
    case 404:
      return " (is --addr or LOKI_ADDR the address of a Loki server?)";
    default:
      return {};
  }
}

std::string ServerWords(const net::ClientResponse& response) {
  std::string words = TrimText(response.body.substr(0, kMaxErrorBytes));
  if (words.empty()) words = "no reason given";
  return fmt::format("the server answered {}: {}{}", response.status, words,
                     HintFor(response.status));
}

// Worth another try: the server is there but busy, or not there yet.
bool MayPass(const Result<net::ClientResponse>& response) {
  if (!response) {
    return response.error().code == Code::kUnavailable || response.error().code == Code::kDeadline;
  }
  return response->status == 429 || response->status >= 500;
}

std::string SecondsText(int64_t ns) {
  return FormatSample(static_cast<double>(ns) / static_cast<double>(kSecond));
}

net::Params RangeParams(const RangeQuery& query) {
  net::Params params = {{"query", query.query},
                        {"start", std::to_string(query.start_ns)},
                        {"end", std::to_string(query.end_ns)},
                        {"limit", std::to_string(query.limit)},
                        {"direction", query.forward ? "FORWARD" : "BACKWARD"}};
  if (query.step_ns) params.push_back({"step", SecondsText(*query.step_ns)});
  if (query.interval_ns) params.push_back({"interval", SecondsText(*query.interval_ns)});
  return params;
}

net::Params TimeParams(int64_t start_ns, int64_t end_ns) {
  return {{"start", std::to_string(start_ns)}, {"end", std::to_string(end_ns)}};
}

std::string Base64(std::string_view text) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (size_t i = 0; i < text.size(); i += 3) {
    uint32_t bits = 0;
    for (size_t k = 0; k < 3; ++k) {
      bits = bits << 8 | (i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0u);
    }
    for (size_t k = 0; k < 4; ++k) {
      out += i + k <= text.size() ? kDigits[bits >> (18 - 6 * k) & 63] : '=';
    }
  }
  return out;
}

}  // namespace

std::string Loki::Url(const std::string& path, const net::Params& params) const {
  std::string url = connection_.addr;
  while (!url.empty() && url.back() == '/') url.pop_back();
  url += path;
  if (!params.empty()) url += "?" + net::BuildQuery(params);
  return url;
}

std::string Loki::RangeUrl(const RangeQuery& query) const {
  return Url("/loki/api/v1/query_range", RangeParams(query));
}

Result<net::ClientRequest> Loki::MakeRequest(const std::string& url) const {
  net::ClientRequest request;
  request.url = url;
  request.timeout_ns = kRequestTimeoutNs;
  request.max_response_bytes = kMaxAnswerBytes;
  request.accept_compressed = connection_.compress;
  request.proxy_url = connection_.proxy_url;
  request.abort = &tools_.abort;
  request.tls.ca_file = connection_.ca_cert;
  request.tls.cert_file = connection_.cert;
  request.tls.key_file = connection_.key;
  request.tls.insecure_skip_verify = connection_.tls_skip_verify;
  request.headers.Add("X-Narfi-Extensions", "1");  // any other Loki overlooks it
  if (connection_.no_cache) request.headers.Add("Cache-Control", "no-cache");
  if (!connection_.org_id.empty()) request.headers.Add("X-Scope-OrgID", connection_.org_id);
  if (!connection_.query_tags.empty()) request.headers.Add("X-Query-Tags", connection_.query_tags);
  if (!connection_.username.empty() || !connection_.password.empty()) {
    request.headers.Add(connection_.auth_header,
                        "Basic " + Base64(connection_.username + ":" + connection_.password));
  }
  std::string token = connection_.bearer_token;
  if (!connection_.bearer_token_file.empty()) {
    auto read = MachineFileSystem().ReadAll(connection_.bearer_token_file);
    if (!read) {
      return Fail(Code::kInvalidArgument, "--bearer-token-file: " + read.error().text);
    }
    token = TrimText(std::move(*read));
  }
  if (!token.empty()) request.headers.Add(connection_.auth_header, "Bearer " + token);
  return request;
}

Result<std::string> Loki::Get(const std::string& path, const net::Params& params) {
  NARFI_ASSIGN(const net::ClientRequest request, MakeRequest(Url(path, params)));
  const int64_t first_ns = connection_.min_backoff_ns != 0 ? connection_.min_backoff_ns : kSecond;
  const int64_t most_ns = connection_.max_backoff_ns != 0 ? connection_.max_backoff_ns : kMinute;
  int64_t backoff_ns = first_ns;
  Result<net::ClientResponse> response = tools_.transport.Do(request);
  for (int i = 0; i < connection_.retries && MayPass(response) && !tools_.abort.load(); ++i) {
    tools_.wait(std::min(backoff_ns, most_ns));
    backoff_ns = std::min(2 * backoff_ns, most_ns);
    response = tools_.transport.Do(request);
  }
  if (!response) return tl::unexpected<Error>(std::move(response).error());
  if (response->status != 200) return Fail(Code::kInternal, ServerWords(*response));
  return std::move(response->body);
}

Result<QueryAnswer> Loki::QueryRange(const RangeQuery& query, JsonStyle style) {
  NARFI_ASSIGN(std::string body, Get("/loki/api/v1/query_range", RangeParams(query)));
  return ReadQueryAnswer(std::move(body), style);
}

Result<QueryAnswer> Loki::Query(const RangeQuery& query, int64_t time_ns, JsonStyle style) {
  const net::Params params = {{"query", query.query},
                              {"time", std::to_string(time_ns)},
                              {"limit", std::to_string(query.limit)},
                              {"direction", query.forward ? "FORWARD" : "BACKWARD"}};
  NARFI_ASSIGN(std::string body, Get("/loki/api/v1/query", params));
  return ReadQueryAnswer(std::move(body), style);
}

Result<std::unique_ptr<net::ClientSocket>> Loki::Follow(net::SocketTransport& sockets,
                                                        const std::string& query, int64_t start_ns,
                                                        uint64_t limit, int64_t delay_ns) {
  net::Params params = {
      {"query", query}, {"start", std::to_string(start_ns)}, {"limit", std::to_string(limit)}};
  if (delay_ns > 0) params.push_back({"delay_for", std::to_string(delay_ns / kSecond)});
  NARFI_ASSIGN(const net::ClientRequest request, MakeRequest(Url("/loki/api/v1/tail", params)));
  NARFI_ASSIGN(net::SocketAnswer answer, sockets.Open(request));
  return std::move(answer.socket);
}

Result<std::string> Loki::Explain(const RangeQuery& query) {
  return Get("/loki/api/v1/explain", RangeParams(query));
}

Result<ListAnswer> Loki::Labels(const std::string& label, int64_t start_ns, int64_t end_ns) {
  const std::string path = label.empty()
                               ? "/loki/api/v1/labels"
                               : "/loki/api/v1/label/" + net::PathEscape(label) + "/values";
  NARFI_ASSIGN(std::string body, Get(path, TimeParams(start_ns, end_ns)));
  return ReadListAnswer(std::move(body));
}

Result<SeriesAnswer> Loki::Series(const std::string& matcher, int64_t start_ns, int64_t end_ns) {
  net::Params params = TimeParams(start_ns, end_ns);
  params.push_back({"match[]", matcher});
  NARFI_ASSIGN(std::string body, Get("/loki/api/v1/series", params));
  return ReadSeriesAnswer(std::move(body));
}

}  // namespace narfi::cli
