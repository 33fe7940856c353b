#include "net/http_answer.h"

#include <fmt/format.h>

#include <ctime>

namespace narfi::net {
namespace {

struct StatusName {
  int status;
  std::string_view phrase;
};

constexpr StatusName kStatusNames[] = {
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Request Entity Too Large"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Entity"},
    {426, "Upgrade Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {499, "Client Closed Request"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
};

// Appends a header; what would end the line early becomes a space.
void AppendHeader(std::string& head, std::string_view name, std::string_view value) {
  const auto append = [&head](std::string_view text) {
    for (const char c : text) head += c == '\r' || c == '\n' || c == '\0' ? ' ' : c;
  };
  append(name);
  head += ": ";
  append(value);
  head += "\r\n";
}

// "Sun, 06 Nov 1994 08:49:37 GMT"; made once a second a thread.
std::string_view HttpDate() {
  thread_local std::time_t made_for = -1;
  thread_local std::string text;
  const std::time_t now = std::time(nullptr);
  if (now != made_for) {
    constexpr std::string_view kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::tm utc{};
    gmtime_r(&now, &utc);
    text =
        fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", kDays[utc.tm_wday], utc.tm_mday,
                    kMonths[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
    made_for = now;
  }
  return text;
}

bool HasBody(int status) { return status >= 200 && status != 204 && status != 304; }

bool IsOurs(std::string_view name) {
  constexpr std::string_view kMade[] = {"Content-Length", "Transfer-Encoding", "Connection",
                                        "Date"};
  for (const std::string_view made : kMade) {
    if (EqualsIgnoreCase(made, name)) return true;
  }
  return false;
}

// True when a q=0 parameter of the gzip item of Accept-Encoding says no.
bool RefusesGzip(std::string_view accept) {
  const size_t at = accept.find("gzip");
  if (at == std::string_view::npos) return true;
  const std::string_view item = accept.substr(at, accept.find(',', at) - at);
  const size_t q = item.find("q=0");
  return q != std::string_view::npos &&
         item.find_first_of("123456789", q + 3) == std::string_view::npos;
}

void CompressBody(std::string& body) {
  std::string packed;
  GzipWriter writer;
  writer.Append(body, packed);
  writer.Finish(packed);
  body = std::move(packed);
}

void AppendFraming(OutgoingAnswer& out, int status, const AnswerTraits& traits) {
  std::string& head = out.head;
  if (!HasBody(status)) {
    out.body.clear();
    out.source = nullptr;
    out.piece_source = nullptr;
  } else if (!out.source && !out.piece_source) {
    AppendHeader(head, "Content-Length", std::to_string(out.body.size()));
  } else if (traits.is_http_1_0) {
    out.close = true;
  } else {
    out.chunked = true;
    AppendHeader(head, "Transfer-Encoding", "chunked");
  }
  if (out.close) {
    AppendHeader(head, "Connection", "close");
  } else if (traits.is_http_1_0) {
    AppendHeader(head, "Connection", "keep-alive");
  }
  head += "\r\n";
}

// Makes `piece` the body, as a chunk where the answer has chunks.
void Frame(OutgoingAnswer& answer, std::string piece, bool is_end) {
  answer.body.clear();
  if (!answer.chunked) {
    answer.body = std::move(piece);
    return;
  }
  if (!piece.empty()) {
    answer.body = fmt::format("{:x}\r\n", piece.size());
    answer.body += piece;
    answer.body += "\r\n";
  }
  if (is_end) answer.body += "0\r\n\r\n";
}

}  // namespace

std::string_view ReasonPhrase(int status) {
  for (const StatusName& name : kStatusNames) {
    if (name.status == status) return name.phrase;
  }
  return "Unknown";
}

AnswerTraits TraitsOf(const HttpRequest& request, unsigned http_minor, bool keep_alive) {
  AnswerTraits traits;
  traits.is_head = request.method == "HEAD";
  traits.is_http_1_0 = http_minor == 0;
  traits.keep_alive = keep_alive;
  traits.accepts_gzip = request.headers.HasToken("Accept-Encoding", "gzip") &&
                        !RefusesGzip(request.headers.Get("Accept-Encoding"));
  return traits;
}

OutgoingAnswer PrepareAnswer(HttpResponse response, const AnswerTraits& traits,
                             size_t compress_from_bytes) {
  OutgoingAnswer out;
  if (response.web_socket) {
    out.web_socket = std::move(response.web_socket);
    out.upgrade_headers = std::move(response.headers);
    return out;
  }
  out.close = response.close || !traits.keep_alive;
  out.body = std::move(response.body);
  out.source = std::move(response.body_source);
  out.piece_source = std::move(response.piece_source);
  out.hold = std::move(response.hold);
  const bool is_streamed = out.source || out.piece_source;
  const bool worth_it = is_streamed || out.body.size() >= compress_from_bytes;
  const bool may_compress = response.compress && worth_it && HasBody(response.status) &&
                            !response.headers.Has("Content-Encoding");
  out.head = fmt::format("HTTP/1.1 {} {}\r\n", response.status, ReasonPhrase(response.status));
  if (!response.content_type.empty() && !response.headers.Has("Content-Type")) {
    AppendHeader(out.head, "Content-Type", response.content_type);
  }
  for (const Header& header : response.headers) {
    if (!IsOurs(header.name)) AppendHeader(out.head, header.name, header.value);
  }
  if (may_compress) AppendHeader(out.head, "Vary", "Accept-Encoding");
  if (may_compress && traits.accepts_gzip) {
    AppendHeader(out.head, "Content-Encoding", "gzip");
    if (is_streamed) {
      out.gzip = std::make_shared<GzipWriter>();
    } else {
      CompressBody(out.body);
    }
  }
  AppendHeader(out.head, "Date", HttpDate());
  AppendFraming(out, response.status, traits);
  if (traits.is_head) {
    out.body.clear();
    out.source = nullptr;
    out.piece_source = nullptr;
  }
  if (is_streamed) out.body.clear();
  return out;
}

bool NextPiece(OutgoingAnswer& answer) {
  if (!answer.source) return false;
  std::string piece;
  bool more = true;
  // A gzip stream swallows small pieces; an empty chunk would end the body.
  while (more && piece.empty()) {
    std::string text;
    more = answer.source(text);
    if (answer.gzip) {
      answer.gzip->Append(text, piece);
      if (!more) answer.gzip->Finish(piece);
    } else {
      piece = std::move(text);
    }
  }
  if (!more) answer.source = nullptr;
  Frame(answer, std::move(piece), !more);
  return true;
}

void TakePiece(OutgoingAnswer& answer, AnswerPiece piece) {
  const bool is_end = piece.then == AnswerPiece::Then::kEnd;
  answer.broken = piece.then == AnswerPiece::Then::kBroken;
  if (is_end || answer.broken) answer.piece_source = nullptr;
  if (answer.gzip == nullptr) return Frame(answer, std::move(piece.bytes), is_end);
  std::string packed;
  answer.gzip->Append(piece.bytes, packed);
  // Of a broken answer too, so that what came can be unpacked; only its length stays unsaid.
  if (is_end || answer.broken) answer.gzip->Finish(packed);
  Frame(answer, std::move(packed), is_end);
}

HttpResponse TextAnswer(int status, std::string_view sentence, int retry_after_seconds) {
  HttpResponse response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = sentence;
  response.body += '\n';
  response.close = true;
  if (retry_after_seconds > 0) {
    response.headers.Add("Retry-After", std::to_string(retry_after_seconds));
  }
  return response;
}

}  // namespace narfi::net
