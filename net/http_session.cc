// Reading: bytes in, parser, checks, handler. Beast's parser is used without its own I/O, so that a
// read can stay pending while the handler works.
#include "net/http_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/write.hpp>
#include <boost/beast/http/parser.hpp>
#include <exception>
#include <span>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "net/head_scan.h"
#include "net/leased_body.h"
#include "net/pending_answer.h"
#include "net/request_head.h"

namespace narfi::net {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;

constexpr size_t kBodyBufferBytes = 256 << 10;
constexpr size_t kHeadSlack = 1024;

uint64_t Excess(uint64_t bytes, uint64_t limit) { return bytes > limit ? bytes - limit : 0; }

std::string ToText(boost::beast::string_view text) { return {text.data(), text.size()}; }

// "127.0.0.1:40000"; an IPv4 client of a dual-stack socket is shown as such.
std::string PeerName(const Socket& socket) {
  error_code error;
  const auto peer = socket.remote_endpoint(error);
  if (error) return "unknown";
  auto address = peer.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  const std::string host = address.to_string();
  return fmt::format("{}:{}", address.is_v6() ? "[" + host + "]" : host, peer.port());
}

}  // namespace

struct Session::Incoming {
  explicit Incoming(const HttpServerOptions& options)
      : head_lease(BodyLease::OfHeads(options)), lease(BodyLease::OfBodies(options)) {
    // A line of defence: what a head may have is held by HeadBytes.
    parser.header_limit(static_cast<uint32_t>(options.max_head_bytes + kHeadSlack));
    parser.body_limit(boost::none);  // ours: it depends on the route
    parser.eager(false);
    parser.get().body().lease = &lease;
  }

  BodyLease head_lease;
  BodyLease lease;
  HeadScan scan;
  uint64_t consumed = 0;  // of the head, by the parser
  http::request_parser<LeasedBody> parser;
  std::shared_ptr<HttpRequest> request = std::make_shared<HttpRequest>();
  bool has_headers = false;  // the request has what the parser has
  bool has_form = false;
};

Session::Session(std::shared_ptr<ServerCore> core, Loop& loop, Socket socket)
    : core_(std::move(core)),
      loop_(loop),
      socket_(std::move(socket)),
      peer_(PeerName(socket_)),
      buffer_lease_(BodyLease::OfHeads(core_->options)) {
  core_->connections.fetch_add(1);
}

Session::~Session() {
  if (core_->connections.fetch_sub(1) != 1 || !core_->draining.load()) return;
  const std::lock_guard lock(core_->idle_mutex);
  core_->idle.notify_all();
}

void Session::DropIncoming() { incoming_.reset(); }

void Session::Start() {
  error_code ignored;  // a socket that refuses this still works
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  deadline_ns_ = SystemClock().MonotonicNs() + core_->options.header_timeout_ns;
  Process();
}

// More than a head may have, so that what is too long is seen to be.
size_t Session::FreeCapacity() const {
  return std::min(core_->options.max_head_bytes, kFreeHeadBytes) + kHeadSlack;
}

size_t Session::ReadCapacity() const {
  if (state_ == State::kBody || state_ == State::kLingering) return kBodyBufferBytes;
  return FreeCapacity() + (state_ == State::kHeaders ? buffer_lease_.bytes() : 0);
}

// Asks for memory for a head that fills the buffer: for twice of what there is.
bool Session::GrowHead() {
  const size_t most = core_->options.max_head_bytes + kHeadSlack;
  const size_t more = std::min(most, 2 * in_.size()) - FreeCapacity();
  return buffer_lease_.ExtendTo(more) && incoming_->head_lease.ExtendTo(2 * more);
}

// What the parser may see of the bytes that are there: no more of a head than may be.
std::string_view Session::HeadBytes() {
  const HttpServerOptions& options = core_->options;
  HeadScan& scan = incoming_->scan;
  const std::string_view bytes = in_.bytes();
  scan.Take(bytes.substr(scan.bytes() - incoming_->consumed));
  const uint64_t excess = std::max(Excess(scan.bytes(), options.max_head_bytes),
                                   Excess(scan.header_bytes(), options.max_header_bytes));
  return excess == 0 ? bytes : bytes.substr(0, scan.bytes() - incoming_->consumed - excess);
}

void Session::Read() {
  if (reading_) return;
  if (at_end_) {
    // While a request is handled or answered, its client may still read.
    const bool is_answering = state_ == State::kHandling || state_ == State::kWriting ||
                              state_ == State::kAwaiting || state_ == State::kContinuing;
    if (!is_answering) Close();
    return;
  }
  if (state_ == State::kBody && body_wire_bytes_ > kBodyBufferBytes) in_.Reserve(kBodyBufferBytes);
  const std::span<char> room = in_.Prepare(ReadCapacity());
  if (in_.capacity() <= FreeCapacity()) buffer_lease_.Release();
  if (room.empty()) return;  // enough waits already
  reading_ = true;
  socket_.async_read_some(asio::buffer(room.data(), room.size()),
                          [self = shared_from_this()](const error_code& error, size_t count) {
                            self->OnRead(bool(error), error == asio::error::eof, count);
                          });
}

void Session::OnRead(bool failed, bool at_end, size_t count) {
  reading_ = false;
  if (state_ == State::kClosed) return;
  in_.Commit(count);
  if (state_ == State::kUpgrading) {
    // The socket tells of its end once.
    at_end_ = at_end_ || at_end;
    return Upgrade();
  }
  if (state_ == State::kBody) {
    body_wire_bytes_ += count;
    deadline_ns_ = BodyDeadline(SystemClock().MonotonicNs());
  }
  if (failed) {
    at_end_ = true;
    if (request_) request_->client_gone.store(true, std::memory_order_relaxed);
    if (!at_end && state_ != State::kHandling) return Close();
  }
  Process();
}

// Works on what has been read until more is needed or someone else has to act.
void Session::Process() {
  for (;;) {
    switch (state_) {
      case State::kIdle:
        if (!BeginRequest()) return Read();
        break;
      case State::kHeaders:
      case State::kBody:
        if (!Feed()) return;
        break;
      case State::kLingering:
        in_.Clear();
        return Read();
      case State::kContinuing:
      case State::kHandling:
      case State::kWriting:
      case State::kAwaiting:
        return Read();
      case State::kUpgrading:
      case State::kWebSocket:
      case State::kClosed:
        return;
    }
  }
}

bool Session::BeginRequest() {
  // An empty line in front of a request line is skipped (RFC 9112, 2.2).
  while (!in_.empty() && (in_.bytes().front() == '\r' || in_.bytes().front() == '\n'))
    in_.Consume(1);
  if (in_.empty()) return false;
  incoming_ = std::make_unique<Incoming>(core_->options);
  state_ = State::kHeaders;
  deadline_ns_ = SystemClock().MonotonicNs() + core_->options.header_timeout_ns;
  return true;
}

// Gives the parser what is there. False: wait for the next read.
bool Session::Feed() {
  auto& parser = incoming_->parser;
  if (in_.empty()) {
    Read();
    return state_ == State::kClosed;
  }
  error_code error;
  const bool in_head = state_ == State::kHeaders;
  const std::string_view bytes = in_head ? HeadBytes() : in_.bytes();
  const bool is_cut = bytes.size() < in_.size();
  const size_t used = parser.put(asio::const_buffer(bytes.data(), bytes.size()), error);
  in_.Consume(used);
  if (in_head) incoming_->consumed += used;
  const bool hungry = error == http::error::need_more;
  if (hungry && is_cut) error = http::error::header_limit;
  if (error && error != http::error::need_more) {
    ParserFailed(error);
    return true;
  }
  if (in_head && parser.is_header_done()) return OnHeaders();
  if (state_ == State::kBody && parser.is_done()) {
    Dispatch();
    return true;
  }
  if (hungry && in_.size() >= ReadCapacity()) {
    if (!in_head) {
      Refuse(400, "a chunk header is too long");
      return true;
    }
    if (!GrowHead()) {
      ParserFailed(make_error_code(boost::system::errc::not_enough_memory));
      return true;
    }
  }
  if (!hungry && used > 0) return true;
  Read();
  return state_ == State::kClosed;
}

void Session::ParserFailed(const error_code& error) {
  const HttpServerOptions& options = core_->options;
  if (error == http::error::header_limit) {
    const bool are_headers = incoming_->scan.header_bytes() > options.max_header_bytes;
    Refuse(431, are_headers ? fmt::format("the headers of the request are longer than {} bytes",
                                          options.max_header_bytes)
                            : fmt::format("the head of the request is longer than {} bytes",
                                          options.max_head_bytes));
  } else if (error == http::error::body_limit) {
    Refuse(413, fmt::format("the request body is longer than {} bytes",
                            incoming_->parser.get().body().max_bytes));
  } else if (error == boost::system::errc::not_enough_memory) {
    Refuse(options.over_budget_status,
           "the memory for requests is used up at the moment; try again", 1);
  } else {
    Refuse(400, "this is no HTTP/1.1 request: " + error.message());
  }
}

void Session::TakeHeaders() {
  HttpRequest& request = *incoming_->request;
  const auto& message = incoming_->parser.get();
  request.method = ToText(message.method_string());
  request.target = ToText(message.target());
  request.peer = peer_;
  for (const auto& field : message) {
    request.headers.Add(ToText(field.name_string()), ToText(field.value()));
  }
  incoming_->has_headers = true;
}

// Of the request that is refused, what there is.
const HttpRequest& Session::HeadSoFar() {
  static const HttpRequest kNothing;
  if (incoming_ == nullptr) return request_ == nullptr ? kNothing : *request_;
  if (!incoming_->has_headers) TakeHeaders();
  return *incoming_->request;
}

bool Session::OnHeaders() {
  TakeHeaders();
  incoming_->head_lease.ShrinkTo(2 * Excess(incoming_->scan.bytes(), FreeCapacity()));
  HttpRequest& request = *incoming_->request;
  const auto& message = incoming_->parser.get();
  if (const auto problem = ReadHead(request, message.version() % 10); problem.status != 0) {
    Refuse(problem.status, problem.sentence);
    return true;
  }
  BodyDecision decision;
  if (core_->options.admit) decision = core_->options.admit(request);
  if (decision.status != 0) {
    Refuse(decision.status, decision.text, decision.retry_after_seconds);
    return true;
  }
  auto& body = incoming_->parser.get().body();
  body.max_bytes =
      decision.max_body_bytes != 0 ? decision.max_body_bytes : core_->options.max_body_bytes;
  incoming_->has_form = decision.may_be_form && HasFormBody(request);
  if (incoming_->has_form) body.max_bytes = std::min(body.max_bytes, core_->options.max_form_bytes);
  return ExpectBody();
}

bool Session::ExpectBody() {
  auto& parser = incoming_->parser;
  auto& body = parser.get().body();
  const HttpRequest& request = *incoming_->request;
  if (parser.is_done()) {
    Dispatch();
    return true;
  }
  body.announced = request.content_length.value_or(0);
  if (body.announced > body.max_bytes) {
    ParserFailed(http::error::body_limit);
    return true;
  }
  parser.eager(true);
  state_ = State::kBody;
  body_begin_ns_ = SystemClock().MonotonicNs();
  body_wire_bytes_ = in_.size();
  deadline_ns_ = BodyDeadline(body_begin_ns_);
  if (request.headers.Has("Expect") && parser.get().version() >= 11 && in_.empty()) SendContinue();
  return true;
}

// A client on a slow line gets a second more for each min_body_bytes_per_second, but none may
// stall.
int64_t Session::BodyDeadline(int64_t now_ns) const {
  const HttpServerOptions& options = core_->options;
  const double earned_ns =
      static_cast<double>(body_wire_bytes_) * 1e9 /
      static_cast<double>(std::max<uint64_t>(1, options.min_body_bytes_per_second));
  const int64_t total_ns =
      options.body_timeout_ns + static_cast<int64_t>(std::min(earned_ns, 1e18));
  return std::min(body_begin_ns_ + total_ns, now_ns + options.body_timeout_ns);
}

void Session::SendContinue() {
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  state_ = State::kContinuing;
  asio::async_write(socket_, asio::buffer(kContinue.data(), kContinue.size()),
                    [self = shared_from_this()](const error_code& error, size_t) {
                      if (self->state_ != State::kContinuing) return;
                      if (error) return self->Close();
                      self->state_ = State::kBody;
                      self->Process();
                    });
}

void Session::Dispatch() {
  Incoming& incoming = *incoming_;
  request_ = std::move(incoming.request);
  request_->body = std::move(incoming.parser.get().body().bytes);
  request_->body.reserve(request_->body.size() + kBodySlack);
  if (incoming.has_form) ReadFormBody(*request_);
  const auto pending = std::make_shared<PendingAnswer>(
      core_, loop_.mailbox, weak_from_this(),
      TraitsOf(*request_, incoming.parser.get().version() % 10, incoming.parser.keep_alive()),
      std::move(incoming.head_lease), std::move(incoming.lease));
  incoming_.reset();
  state_ = State::kHandling;
  deadline_ns_ = 0;
  if (at_end_) request_->client_gone.store(true, std::memory_order_relaxed);
  try {
    core_->handler(request_,
                   [pending](HttpResponse response) { pending->Give(std::move(response)); });
  } catch (const std::exception& error) {
    Log(LogLevel::kError, "request handler threw",
        {{"path", request_->path}, {"error", error.what()}});
    pending->Give(TextAnswer(500, "internal error"));
  }
}

}  // namespace narfi::net
