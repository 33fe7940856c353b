// One connection of the HTTP server. Inside net/ only: Asio shows here.
//
// A session is a small machine: it reads, feeds the parser, hands the request to the handler, goes
// on reading meanwhile (that is how it learns that the client left, and where pipelined requests
// wait), writes the answer and begins anew. One read at most is pending, and one write.
//
// Ownership: held by its loop's `sessions` and by pending operations.
// Threads:   its loop's thread, without exception.
// Limits:    a head of max_head_bytes, beyond kFreeHeadBytes only as far as memory is granted;
//            256 KiB of read buffer while a body arrives; while a request is handled kFreeHeadBytes
//            of the next one wait, the rest stays in the kernel.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "net/body_lease.h"
#include "net/http_answer.h"
#include "net/http_loop.h"
#include "net/read_buffer.h"
#include "net/web_socket_connection.h"

namespace narfi::net {

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(std::shared_ptr<ServerCore> core, Loop& loop, Socket socket);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void Start();
  // Says 503 and closes: there are too many connections.
  void StartRefused();
  // Looks whether the time for what is going on is over.
  void Tick(int64_t now_ns);
  // Closes if nothing is going on; else closes after the running request.
  void Drain();
  void Close();
  void OnAnswer(OutgoingAnswer answer);

 private:
  enum class State : uint8_t {
    kIdle,        // between requests
    kHeaders,     // the first bytes of a request are in
    kContinuing,  // writing "100 Continue"
    kBody,
    kHandling,
    kWriting,
    kAwaiting,   // the next piece of a streamed answer is being made
    kUpgrading,  // becoming a WebSocket once the pending read has ended
    kWebSocket,
    kLingering,  // answered and closed on our side; what still comes is thrown away
    kClosed,
  };
  struct Incoming;  // the parser and the request it fills

  // http_session.cc: reading.
  void Read();
  void OnRead(bool failed, bool at_end, size_t count);
  void Process();
  bool BeginRequest();
  bool Feed();
  bool OnHeaders();
  void TakeHeaders();
  const HttpRequest& HeadSoFar();
  void SendContinue();
  bool ExpectBody();
  void ParserFailed(const boost::system::error_code& error);
  void Dispatch();
  void DropIncoming();
  size_t FreeCapacity() const;
  size_t ReadCapacity() const;
  bool GrowHead();
  std::string_view HeadBytes();
  int64_t BodyDeadline(int64_t now_ns) const;

  // http_session_write.cc: answering and closing.
  void Refuse(int status, std::string_view sentence, int retry_after_seconds = 0);
  void StartPiece();
  void WriteSome();
  // For how long the client may take nothing of its answer.
  int64_t WriteTimeout() const;
  void OnWritten(bool failed, size_t count);
  void AskForPiece();
  void OnPiece(AnswerPiece piece);
  void FinishAnswer();
  void Upgrade();
  void Linger();

  const std::shared_ptr<ServerCore> core_;
  Loop& loop_;
  Socket socket_;
  const std::string peer_;

  State state_ = State::kIdle;
  int64_t deadline_ns_ = 0;  // 0: none
  ReadBuffer in_;
  BodyLease buffer_lease_;  // for what in_ may have beyond FreeCapacity() because of a long head
  bool reading_ = false;
  bool at_end_ = false;  // the client sends no more

  std::unique_ptr<Incoming> incoming_;
  std::shared_ptr<HttpRequest> request_;  // while it is handled and answered
  int64_t body_begin_ns_ = 0;
  uint64_t body_wire_bytes_ = 0;

  OutgoingAnswer out_;
  size_t out_sent_ = 0;  // of head and body together
  int64_t piece_deadline_ns_ = 0;
  std::shared_ptr<WebSocketConnection> web_socket_;  // what has the socket in kWebSocket
};

}  // namespace narfi::net
