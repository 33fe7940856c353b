// An HttpResponse on its way to the wire: status line, headers, framing and compression.
//
// Threads: prepared on the thread that calls Respond, so that compressing a large body blocks no
//          connection; written on the connection's I/O thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "net/gzip.h"
#include "net/http_server.h"

namespace narfi::net {

// What the request says about how it may be answered.
struct AnswerTraits {
  bool is_head = false;      // headers only
  bool is_http_1_0 = false;  // no chunks
  bool keep_alive = true;
  bool accepts_gzip = false;
};

AnswerTraits TraitsOf(const HttpRequest& request, unsigned http_minor, bool keep_alive);

// The bytes to send: `head`, then `body`, then what NextPiece gives for as long as it gives.
struct OutgoingAnswer {
  std::string head;
  std::string body;
  bool close = false;
  bool chunked = false;
  std::function<bool(std::string&)> source;
  std::function<void(GivePiece)> piece_source;  // HttpResponse::piece_source
  bool broken = false;  // the connection is closed when `body` has been sent
  std::shared_ptr<GzipWriter> gzip;
  std::shared_ptr<void> hold;                                  // HttpResponse::hold
  std::function<void(std::shared_ptr<WebSocket>)> web_socket;  // HttpResponse::web_socket
  Headers upgrade_headers;                                     // of the 101 that it begins with
};

OutgoingAnswer PrepareAnswer(HttpResponse response, const AnswerTraits& traits,
                             size_t compress_from_bytes);
// Fills `body` with the next piece, framed; false when everything has been given.
bool NextPiece(OutgoingAnswer& answer);
// Fills `body` with a piece of piece_source, framed; empty when gzip wants more before it gives
// something.
void TakePiece(OutgoingAnswer& answer, AnswerPiece piece);

// One sentence as text/plain that closes the connection: what the server itself answers.
HttpResponse TextAnswer(int status, std::string_view sentence, int retry_after_seconds = 0);

// "Not Found"; "Unknown" for what RFC 9110 does not name.
std::string_view ReasonPhrase(int status);

}  // namespace narfi::net
