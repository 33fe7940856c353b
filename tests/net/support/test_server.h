// A server on a port of its own for tests, and handlers for it.
#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "net/http_server.h"

namespace narfi::net {

inline HttpServerOptions TestOptions() {
  HttpServerOptions options;
  options.address = "127.0.0.1";
  options.threads = 1;
  return options;
}

inline std::unique_ptr<HttpServer> StartServer(HttpServerOptions options, Handler handler) {
  auto server = HttpServer::Start(std::move(options), std::move(handler));
  REQUIRE_MESSAGE(server.has_value(), server.error().text);
  return std::move(*server);
}

inline HttpResponse Text(std::string body, int status = 200) {
  HttpResponse response;
  response.status = status;
  response.content_type = "text/plain";
  response.body = std::move(body);
  return response;
}

// "GET /path a=1 body", and each parameter in order.
inline void Echo(const std::shared_ptr<HttpRequest>& request, const Respond& respond) {
  std::string text = request->method + " " + request->path;
  for (const Param& param : request->params) text += " " + param.name + "=" + param.value;
  if (!request->body.empty()) text += " " + request->body;
  respond(Text(text + "\n"));
}

// Waits until `condition` holds; fails the test when that takes more than ten seconds.
template <class Condition>
void WaitUntil(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) FAIL("waited in vain");
    std::this_thread::yield();
  }
}

inline std::string Url(const HttpServer& server, const std::string& path) {
  return "http://127.0.0.1:" + std::to_string(server.port()) + path;
}

}  // namespace narfi::net
