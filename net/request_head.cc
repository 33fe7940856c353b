#include "net/request_head.h"

#include <charconv>

#include "base/go_text.h"

namespace narfi::net {
namespace {

// "/path?query" of the target; an absolute target (a proxy's) loses scheme and host.
std::string_view OriginForm(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (EqualsIgnoreCase(target.substr(0, scheme.size()), scheme)) {
      const size_t slash = target.find('/', scheme.size());
      return slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
    }
  }
  return target;
}

HeadProblem ReadTarget(HttpRequest& request) {
  const std::string_view target = OriginForm(request.target);
  if (target != "*" && !target.starts_with('/')) {
    return {400, "the request target " + GoQuote(request.target) + " is no path"};
  }
  const size_t question = target.find('?');
  auto path = PathUnescape(target.substr(0, question));
  if (!path) return {400, path.error().text};
  request.path = std::move(*path);
  if (question != std::string_view::npos) {
    if (const Status read = ParseQuery(target.substr(question + 1), request.params); !read) {
      request.params_error = read.error().text;
    }
  }
  return {};
}

HeadProblem ReadLength(HttpRequest& request) {
  if (!request.headers.Has("Content-Length")) return {};
  const std::string_view text = request.headers.Get("Content-Length");
  uint64_t length = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return {400, "the Content-Length " + GoQuote(text) + " is no number"};
  }
  request.content_length = length;
  return {};
}

}  // namespace

HeadProblem ReadHead(HttpRequest& request, unsigned http_minor) {
  if (HeadProblem problem = ReadTarget(request); problem.status != 0) return problem;
  if (HeadProblem problem = ReadLength(request); problem.status != 0) return problem;
  const Headers& headers = request.headers;
  if (http_minor >= 1 && !headers.Has("Host")) return {400, "the Host header is missing"};
  if (headers.Has("Transfer-Encoding") &&
      !EqualsIgnoreCase(headers.Get("Transfer-Encoding"), "chunked")) {
    return {501, "of transfer encodings only \"chunked\" is understood, not " +
                     GoQuote(headers.Get("Transfer-Encoding"))};
  }
  if (headers.Has("Expect") && !EqualsIgnoreCase(headers.Get("Expect"), "100-continue")) {
    return {417, "only \"100-continue\" can be expected, not " + GoQuote(headers.Get("Expect"))};
  }
  return {};
}

bool HasFormBody(const HttpRequest& request) {
  return (request.method == "POST" || request.method == "PUT" || request.method == "PATCH") &&
         request.headers.HasToken("Content-Type", "application/x-www-form-urlencoded");
}

void ReadFormBody(HttpRequest& request) {
  Params params;
  if (const Status read = ParseQuery(request.body, params); !read) {
    request.params_error = read.error().text;
  }
  for (Param& param : request.params) params.push_back(std::move(param));
  request.params = std::move(params);
}

}  // namespace narfi::net
