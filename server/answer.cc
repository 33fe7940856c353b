#include "server/answer.h"

#include <utility>

namespace narfi::server {
namespace {

int StatusOf(Code code) {
  switch (code) {
    case Code::kInvalidArgument:
    case Code::kOutOfOrder:
    case Code::kLimit:
      return 400;
    case Code::kNotFound:
      return 404;
    case Code::kCancelled:
      return 499;
    case Code::kDeadline:
      return 504;
    case Code::kUnavailable:
      return 503;
    case Code::kCorrupt:
    case Code::kIo:
    case Code::kInternal:
      return 500;
  }
  return 500;
}

}  // namespace

net::HttpResponse TextAnswer(int status, std::string text) {
  return {.status = status, .content_type = "text/plain; charset=utf-8", .body = std::move(text)};
}

net::HttpResponse JsonAnswer(std::string body) {
  return {
      .status = 200, .content_type = "application/json; charset=UTF-8", .body = std::move(body)};
}

net::HttpResponse ErrorAnswer(const Error& error) {
  net::HttpResponse answer = TextAnswer(StatusOf(error.code), error.text);
  if (error.code == Code::kUnavailable) answer.headers.Add("Retry-After", "1");
  return answer;
}

}  // namespace narfi::server
