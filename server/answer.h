// Answers in Loki's form: errors as one line of plain text, results as JSON.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http_server.h"

namespace narfi::server {

net::HttpResponse TextAnswer(int status, std::string text);
net::HttpResponse JsonAnswer(std::string body);
// The status that Loki gives to such an error, and its text.
net::HttpResponse ErrorAnswer(const Error& error);

}  // namespace narfi::server
