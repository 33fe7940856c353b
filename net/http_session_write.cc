// Answering, timing out and closing.
#include <algorithm>
#include <array>
#include <atomic>
#include <utility>

#include "base/clock.h"
#include "net/http_session.h"

namespace narfi::net {
namespace {

using boost::system::error_code;

// How long what a client goes on sending is thrown away, so that it sees our answer and no reset.
constexpr int64_t kLingerNs = 3'000'000'000;

}  // namespace

void Session::StartRefused() {
  deadline_ns_ = SystemClock().MonotonicNs() + kLingerNs;
  Refuse(503, "the server has as many connections as it may; try again", 1);
}

// Answers in the server's own name, and closes.
void Session::Refuse(int status, std::string_view sentence, int retry_after_seconds) {
  AnswerTraits traits;
  traits.keep_alive = false;
  HttpResponse refusal = TextAnswer(status, sentence, retry_after_seconds);
  if (core_->options.on_refusal) core_->options.on_refusal(HeadSoFar(), refusal);
  DropIncoming();
  in_.Clear();  // the connection closes: nobody looks at what else came
  OnAnswer(PrepareAnswer(std::move(refusal), traits, core_->options.compress_from_bytes));
}

void Session::OnAnswer(OutgoingAnswer answer) {
  if (state_ == State::kClosed) return;
  out_ = std::move(answer);
  if (!out_.web_socket) {
    state_ = State::kWriting;
    return StartPiece();
  }
  state_ = State::kUpgrading;
  if (!reading_) return Upgrade();
  error_code ignored;  // then the read ends by itself
  socket_.cancel(ignored);
}

// Hands the socket over. What the client sent before it had our answer could not be a message.
void Session::Upgrade() {
  if (core_->draining.load(std::memory_order_relaxed))
    return Refuse(503, "the server is going away", 1);
  const bool may = in_.empty() && !at_end_ && IsWebSocketUpgrade(*request_);
  if (!may) return Refuse(400, "Bad Request");
  state_ = State::kWebSocket;
  deadline_ns_ = 0;
  Handshake handshake{std::exchange(request_, nullptr), std::move(out_.upgrade_headers),
                      std::move(out_.web_socket)};
  out_ = {};
  web_socket_ = BeginWebSocket(core_->options, loop_.mailbox, std::move(socket_),
                               std::move(handshake), [weak = weak_from_this()] {
                                 if (const auto self = weak.lock()) self->Close();
                               });
}

// What out_ has now must be taken in time, however often a byte of it is.
void Session::StartPiece() {
  out_sent_ = 0;
  const uint64_t seconds =
      (out_.head.size() + out_.body.size()) / core_->options.min_answer_bytes_per_second;
  piece_deadline_ns_ = SystemClock().MonotonicNs() + core_->options.write_timeout_ns +
                       static_cast<int64_t>(seconds) * 1'000'000'000;
  WriteSome();
}

void Session::WriteSome() {
  const size_t head_sent = std::min(out_sent_, out_.head.size());
  const size_t body_sent = out_sent_ - head_sent;
  const std::array<asio::const_buffer, 2> pieces = {
      asio::const_buffer(out_.head.data() + head_sent, out_.head.size() - head_sent),
      asio::const_buffer(out_.body.data() + body_sent, out_.body.size() - body_sent)};
  deadline_ns_ = std::min(piece_deadline_ns_, SystemClock().MonotonicNs() + WriteTimeout());
  socket_.async_write_some(pieces,
                           [self = shared_from_this()](const error_code& error, size_t count) {
                             self->OnWritten(bool(error), count);
                           });
}

int64_t Session::WriteTimeout() const {
  const HttpServerOptions& options = core_->options;
  return core_->draining.load(std::memory_order_relaxed)
             ? std::min(options.write_timeout_ns, options.drain_write_timeout_ns)
             : options.write_timeout_ns;
}

void Session::OnWritten(bool failed, size_t count) {
  if (state_ != State::kWriting) return;
  if (failed) return Close();
  out_sent_ += count;
  if (out_sent_ < out_.head.size() + out_.body.size()) return WriteSome();
  out_.head.clear();
  if (out_.broken) return Close();
  if (out_.piece_source) return AskForPiece();
  while (NextPiece(out_)) {
    if (!out_.body.empty()) return StartPiece();
  }
  FinishAnswer();
}

void Session::AskForPiece() {
  std::string().swap(out_.body);  // with its memory
  state_ = State::kAwaiting;
  deadline_ns_ = 0;
  // A promise that breaks the answer when it is dropped.
  struct Promise {
    std::shared_ptr<Mailbox> mailbox;
    std::weak_ptr<Session> session;
    std::atomic<bool> given = false;
    void Give(AnswerPiece piece) {
      if (given.exchange(true)) return;
      mailbox->Post([session = session, piece = std::move(piece)]() mutable {
        if (const auto open = session.lock()) open->OnPiece(std::move(piece));
      });
    }
    ~Promise() { Give({.bytes = {}, .then = AnswerPiece::Then::kBroken}); }
  };
  const auto promise = std::make_shared<Promise>();
  promise->mailbox = loop_.mailbox;
  promise->session = weak_from_this();
  out_.piece_source([promise](AnswerPiece piece) { promise->Give(std::move(piece)); });
}

void Session::OnPiece(AnswerPiece piece) {
  if (state_ != State::kAwaiting) return;
  TakePiece(out_, std::move(piece));
  if (out_.body.empty() && out_.piece_source) return AskForPiece();
  state_ = State::kWriting;
  StartPiece();
}

void Session::FinishAnswer() {
  const bool close = out_.close || core_->draining.load(std::memory_order_relaxed);
  // Moved out to go: what is assigned to keeps the memory that it has, and the connection may idle.
  { const OutgoingAnswer sent = std::exchange(out_, {}); }
  request_.reset();
  if (close) return Linger();
  state_ = State::kIdle;
  deadline_ns_ = SystemClock().MonotonicNs() + core_->options.idle_timeout_ns;
  Process();
}

void Session::Linger() {
  error_code error;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, error);
  if (error) return Close();
  state_ = State::kLingering;
  deadline_ns_ = SystemClock().MonotonicNs() + kLingerNs;
  Process();
}

void Session::Tick(int64_t now_ns) {
  if (web_socket_ != nullptr) return web_socket_->Tick(now_ns);
  if (deadline_ns_ == 0 || now_ns < deadline_ns_) return;
  switch (state_) {
    case State::kHeaders:
      return Refuse(408, "the headers of the request took too long to arrive");
    case State::kBody:
      return Refuse(408, "the request body arrived too slowly");
    case State::kHandling:
    case State::kAwaiting:
    case State::kUpgrading:
    case State::kWebSocket:
    case State::kClosed:
      return;
    case State::kIdle:
    case State::kContinuing:
    case State::kWriting:
    case State::kLingering:
      return Close();
  }
}

void Session::Drain() {
  if (web_socket_ != nullptr) web_socket_->Close(kCloseGoingAway, "the server is going away");
  // Who neither takes an answer nor sends what is left of a request is not waited for.
  if (state_ == State::kWriting || state_ == State::kHeaders || state_ == State::kBody)
    deadline_ns_ = std::min(deadline_ns_, SystemClock().MonotonicNs() + WriteTimeout());
  if (state_ == State::kIdle) Close();
}

void Session::Close() {
  if (state_ == State::kClosed) return;
  state_ = State::kClosed;
  if (request_) request_->client_gone.store(true, std::memory_order_relaxed);
  request_.reset();
  DropIncoming();
  out_ = {};
  error_code ignored;  // there is nothing left to do about a failed close
  socket_.close(ignored);
  if (const auto web_socket = std::exchange(web_socket_, nullptr)) web_socket->Abort();
  loop_.sessions.erase(shared_from_this());
}

}  // namespace narfi::net
