// What a request's target, headers and form say, and what is wrong with them; no I/O.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "net/http_server.h"

namespace narfi::net {

// status 0: nothing is wrong.
struct HeadProblem {
  int status = 0;
  std::string sentence;
};

// Fills path, params and content_length from target and headers.
HeadProblem ReadHead(HttpRequest& request, unsigned http_minor);
// True for a POST, PUT or PATCH of application/x-www-form-urlencoded.
bool HasFormBody(const HttpRequest& request);
// Puts the pairs of the body in front of `params`.
void ReadFormBody(HttpRequest& request);

}  // namespace narfi::net
