// An HTTP/1.1 server: asynchronous handlers over Boost.Beast, which stays inside.
//
//   HttpServerOptions options;
//   options.port = 0;                                   // the kernel picks one
//   auto server = HttpServer::Start(options, [](std::shared_ptr<HttpRequest> request, Respond
//   respond) {
//     respond({.status = 200, .content_type = "text/plain", .body = "hello\n"});
//   });
//   (*server)->port();
//   (*server)->Stop(5 * kSecond);                       // drain, then close
//
// A request goes: headers in -> `admit` may refuse -> body in, counted against the budget ->
// handler
// -> Respond, once, now or later, from any thread -> next request of the connection. What a client
// does wrong is answered by the server itself with one sentence (400, 408, 411, 413, 417, 431, 501,
// 503), and the connection closes.
//
// Order:     requests of one connection are handled one after the other, so pipelined answers come
//            in order.
// Ownership: the handler shares the request; it lives as long as someone keeps it, also after Stop.
// Threads:   `admit`, `reserve_*` and the handler are called on the server's own I/O threads and
//            must not block: hand work to a pool. Respond and `release_*` may run on any thread.
// Limits:    all in HttpServerOptions; memory of bodies and long heads only as far as `reserve_*`
//            grants it.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/headers.h"
#include "net/url.h"
#include "net/web_socket.h"

namespace narfi::net {

// A connection may have so much of a head without asking for memory.
constexpr size_t kFreeHeadBytes = 64 << 10;

// Readable bytes behind the end of every body (simdjson asks for 64).
constexpr size_t kBodySlack = 64;

struct HttpRequest {
  std::string method;  // as sent: "GET"
  std::string target;  // as sent: "/loki/api/v1/query?query=%7B%7D"
  std::string path;    // decoded, without the query string
  // Decoded. Of a POST, PUT or PATCH with a form body the pairs of the body come first, then those
  // of the target, as in Go's Request.Form; then `body` is kept too.
  Params params;
  std::string
      params_error;  // why a pair of `params` is missing (`invalid URL escape "%zz"`), or empty
  Headers headers;
  std::optional<uint64_t> content_length;  // as announced
  std::string body;                        // capacity() >= size() + kBodySlack
  std::string peer;                        // "127.0.0.1:40000"

  // The first parameter of this name, or nullptr.
  const std::string* Param(std::string_view name) const { return FindParam(params, name); }
  // True once the client has closed its connection or the server gave up on it: the answer will not
  // be read, so stop working on it. Turns true on another thread at any time.
  bool cancelled() const { return client_gone.load(std::memory_order_relaxed); }
  std::atomic<bool> client_gone{false};
};

// A piece of a streamed answer. Broken: after these bytes the connection is closed in the middle of
// the answer, so that the client sees that it is not whole.
struct AnswerPiece {
  enum class Then : uint8_t { kMore, kEnd, kBroken };
  std::string bytes;
  Then then = Then::kMore;
};
using GivePiece = std::function<void(AnswerPiece)>;

struct HttpResponse {
  int status = 200;
  std::string content_type = {};
  Headers headers = {};  // beside Content-Type, Content-Length, Date and Connection, which are made
  std::string body = {};
  // When set, `body` is not used: each call appends the next piece to `chunk` (64 KiB or so) and
  // says whether more may follow. Sent chunked. Called on an I/O thread, so no waiting in it;
  // dropped unfinished when the client goes away.
  std::function<bool(std::string& chunk)> body_source = {};
  // Likewise, for pieces that take time: called for each next piece when the last one has been
  // taken by the client, on an I/O thread. Gives it to `give`, once, now or later, from any thread;
  // a `give` dropped without a call breaks the answer.
  std::function<void(GivePiece give)> piece_source = {};
  bool compress = true;  // gzip when the client takes it and it is worth it
  bool close = false;    // close the connection afterwards
  // When set, and IsWebSocketUpgrade(request): the connection becomes a WebSocket, and of all the
  // rest `headers` alone are used. Called once the handshake is done, on an I/O thread.
  std::function<void(std::shared_ptr<WebSocket>)> web_socket = {};
  std::shared_ptr<void> hold = {};  // kept until the answer has been sent or dropped
};

// What `admit` says to a request whose headers are in. status 0: go on.
struct BodyDecision {
  int status = 0;
  std::string text = {};        // one sentence, sent as text/plain
  int retry_after_seconds = 0;  // > 0: sent as Retry-After
  uint64_t max_body_bytes = 0;  // > 0: instead of HttpServerOptions::max_body_bytes
  // False: a body is no form, whatever its type says (curl calls all that it sends one).
  bool may_be_form = true;
};

using Respond = std::function<void(HttpResponse)>;
using Handler = std::function<void(std::shared_ptr<HttpRequest>, Respond)>;

struct HttpServerOptions {
  std::string address;  // "127.0.0.1", "::", "0.0.0.0"; empty: every address, IPv6 and IPv4
  uint16_t port = 0;    // 0: the kernel picks one, see port()
  int threads = 2;
  size_t max_connections = 10'000;  // one more gets 503 and is closed
  // Of a request line and its headers. What a connection needs of it beyond kFreeHeadBytes is asked
  // of reserve_head three times over: it is in the buffer, in the target and in `params`.
  size_t max_head_bytes = kFreeHeadBytes;
  size_t max_header_bytes = kFreeHeadBytes;  // of the headers alone; no more than this default
  uint64_t max_body_bytes = uint64_t{100} << 20;
  uint64_t max_form_bytes = uint64_t{10} << 20;  // of a form body, which is decoded into params
  int over_budget_status = 429;
  int64_t header_timeout_ns =
      10'000'000'000;  // from the first byte of a request to its last header
  // A body may take this long, and a second more for each min_body_bytes_per_second of it.
  int64_t body_timeout_ns = 10'000'000'000;
  uint64_t min_body_bytes_per_second = 4096;
  int64_t idle_timeout_ns = 120'000'000'000;  // between requests
  // A client must take something of its answer every write_timeout_ns, and each piece of it (the
  // whole of an answer that is not streamed, a message of a WebSocket) within that and a second
  // more for each min_answer_bytes_per_second.
  int64_t write_timeout_ns = 30'000'000'000;
  uint64_t min_answer_bytes_per_second = 64 << 10;
  int64_t drain_write_timeout_ns =
      3'000'000'000;  // instead of write_timeout_ns once Stop has begun
  size_t compress_from_bytes = 1400;
  int64_t web_socket_ping_ns = 5'000'000'000;
  int64_t web_socket_idle_timeout_ns = 60'000'000'000;  // without a byte from the client

  // Asked with the headers (body empty) of every request.
  std::function<BodyDecision(const HttpRequest& head)> admit;
  // Asked for memory for a body as it arrives; false: over_budget_status with Retry-After. All that
  // was granted for a request is given back through release_body by the time it is answered, or
  // dropped, be that after Stop.
  std::function<bool(uint64_t bytes)> reserve_body;
  std::function<void(uint64_t bytes)> release_body;
  // The same for long heads.
  std::function<bool(uint64_t bytes)> reserve_head;
  std::function<void(uint64_t bytes)> release_head;
  // Told of every answer in the server's own name before it is sent, to add headers. `head` has
  // what was read of the request, which may be nothing.
  std::function<void(const HttpRequest& head, HttpResponse& refusal)> on_refusal;
};

class HttpServer {
 public:
  // Listens and serves until Stop. kUnavailable when the address is in use.
  static Result<std::unique_ptr<HttpServer>> Start(HttpServerOptions options, Handler handler);
  ~HttpServer();  // Stop(0)
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  uint16_t port() const;
  size_t connections() const;

  // Stops accepting, closes idle connections, lets running requests finish for at most `drain_ns`
  // as long as their clients take the answers (drain_write_timeout_ns), then closes what is left
  // (their requests turn cancelled()) and joins the threads. Once only; later calls wait for
  // nothing. Never call it from a handler.
  void Stop(int64_t drain_ns);

 private:
  class Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace narfi::net
