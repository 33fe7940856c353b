// HTTP requests to others: a libcurl handle behind one call that waits for the answer.
//
//   HttpClient client;
//   ClientRequest request;
//   request.url = "http://127.0.0.1:3100/ready";
//   const auto answer = client.Do(request);
//
// Any answer, also a 500, is a Response. An Error is no answer at all, with a sentence that names
// host and port: kUnavailable (refused, name not found, reset, TLS: may work later), kDeadline
// (timeout_ns over), kCancelled (*abort was set), kLimit (max_response_bytes), kInvalidArgument
// (URL, method, proxy or certificate files cannot be used).
//
// Threads:   one HttpClient a thread; it keeps connections open between calls.
// Limits:    max_response_bytes of body (after unpacking), 256 KiB of headers.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/headers.h"

namespace narfi::net {

struct ClientTls {
  std::string ca_file;    // PEM; empty: the machine's
  std::string cert_file;  // PEM of the client
  std::string key_file;
  std::string server_name;  // name to ask for and to verify instead of the URL's host
  bool insecure_skip_verify = false;
};

struct ClientRequest {
  std::string method = "GET";
  std::string url;
  Headers headers;
  std::string_view body;  // borrowed for the call; sent with POST, PUT and PATCH, empty or not
  int64_t timeout_ns = 30'000'000'000;          // the whole call; 0: none
  int64_t connect_timeout_ns = 10'000'000'000;  // of it, to connect
  std::string username;                         // basic auth when either is set
  std::string password;
  std::string bearer_token;
  ClientTls tls;
  std::string proxy_url;  // empty: http_proxy and its kin of the environment
  bool follow_redirects = false;
  bool accept_compressed = true;  // asks for gzip and unpacks it
  uint64_t max_response_bytes = uint64_t{64} << 20;
  const std::atomic<bool>* abort = nullptr;  // looked at several times a second
};

struct ClientResponse {
  int status = 0;
  Headers headers;  // of the last answer when redirects were followed
  std::string body;
};

// The seam for tests of what talks HTTP.
class HttpTransport {
 public:
  virtual ~HttpTransport() = default;
  virtual Result<ClientResponse> Do(const ClientRequest& request) = 0;
};

class HttpClient final : public HttpTransport {
 public:
  HttpClient();
  ~HttpClient() override;
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  Result<ClientResponse> Do(const ClientRequest& request) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace narfi::net
