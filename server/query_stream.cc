#include "server/query_stream.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/log.h"
#include "server/answer.h"
#include "server/answer_spool.h"
#include "server/write_result.h"
#include "server/write_stats.h"

namespace narfi::server {
namespace {

class StreamWriter {
 public:
  StreamWriter(PagedLog pages, std::vector<std::string> flags, int64_t queued_ns)
      : pages_(std::move(pages)), flags_(std::move(flags)), queued_ns_(queued_ns) {}

  Result<bool> Write(const query::QueryContext& context, std::string& piece) {
    NARFI_ASSIGN(query::QueryResult page, pages_.Next(context));
    if (!std::exchange(begun_, true))
      piece = "{\"status\":\"success\",\"data\":{" + StreamsHead(flags_);
    for (std::string& warning : page.warnings) {
      if (std::find(warnings_.begin(), warnings_.end(), warning) == warnings_.end())
        warnings_.push_back(std::move(warning));
    }
    AppendStreams(piece, std::get<query::StreamsResult>(page.data), Categorizes(flags_), comma_);
    if (!pages_.done()) return true;
    piece += "],\"stats\":";
    AppendStats(piece, pages_.stats(), queued_ns_);
    piece += '}';
    if (!warnings_.empty()) {
      piece += ",\"warnings\":";
      AppendTexts(piece, warnings_);
    }
    piece += '}';
    return false;
  }

 private:
  PagedLog pages_;
  const std::vector<std::string> flags_;
  const int64_t queued_ns_;
  bool begun_ = false;
  Comma comma_;
  std::vector<std::string> warnings_;
};

// Makes pieces on the pool of queries.
class PageSource : public std::enable_shared_from_this<PageSource> {
 public:
  PageSource(const Services& services, const ReadCall& call, PageWriter write,
             std::function<void(const Error&, std::string&)> failed)
      : services_(services), call_(call), write_(std::move(write)), failed_(std::move(failed)) {}

  // Makes the first piece, which then waits in the spool like the others: no query's memory is held
  // from one to the next.
  Status Begin(const query::QueryContext& context) {
    net::AnswerPiece piece;
    NARFI_TRY(MakePiece(context, piece));
    first_ = std::move(piece);
    return {};
  }

  void Ask(const net::GivePiece& give) {
    if (first_) return give(std::move(*std::exchange(first_, std::nullopt)));
    held_ = nullptr;  // the piece before has been sent
    if (spooled_ != nullptr) return give(MakeOfSpooled());
    const bool taken =
        services_.query_pool.Submit([self = shared_from_this(), give] { give(self->Make()); });
    // The dropped `give` breaks the answer.
    if (!taken) LogBroken("too many outstanding requests");
  }

 private:
  net::AnswerPiece Make() {
    net::AnswerPiece piece;
    const Status made = MakePiece(ContextFor(services_, call_.tenant, *call_.request), piece);
    if (made) return piece;
    LogBroken(made.error().text);
    piece.bytes.clear();
    if (failed_) failed_(made.error(), piece.bytes);
    piece.then = net::AnswerPiece::Then::kBroken;
    return piece;
  }
  Status MakePiece(const query::QueryContext& context, net::AnswerPiece& piece) {
    NARFI_ASSIGN(const bool more, write_(context, piece.bytes));
    then_ = more ? net::AnswerPiece::Then::kMore : net::AnswerPiece::Then::kEnd;
    piece.then = then_;
    if (const Status kept = Keep(piece.bytes); !kept)
      return Fail(Code::kUnavailable, kept.error().text);
    if (spooled_ != nullptr) piece = MakeOfSpooled();
    return {};
  }

  // Has a piece wait until the client has taken it.
  Status Keep(const std::string& bytes) {
    if (bytes.size() <= AnswerSpool::kSmallBytes) return {};
    held_ = services_.spool.TryHold(bytes.size());
    if (held_ != nullptr) return {};
    NARFI_ASSIGN(spooled_, services_.spool.Put(bytes));
    return {};
  }
  net::AnswerPiece MakeOfSpooled() {
    net::AnswerPiece piece = NextPiece(*spooled_);
    if (piece.then != net::AnswerPiece::Then::kEnd) return piece;
    spooled_ = nullptr;
    piece.then = then_;
    return piece;
  }
  void LogBroken(const std::string& why) const {
    Log(LogLevel::kWarn, "an answer broke off", {{"path", call_.request->path}, {"error", why}});
  }

  const Services& services_;
  const ReadCall call_;
  const PageWriter write_;
  const std::function<void(const Error&, std::string&)> failed_;
  std::optional<net::AnswerPiece> first_;  // until it is asked for
  std::shared_ptr<MemoryCharge> held_;     // of the piece that is being sent, or
  std::shared_ptr<SpooledText> spooled_;
  net::AnswerPiece::Then then_ = net::AnswerPiece::Then::kMore;  // after it
};

}  // namespace

Status StreamPages(const Services& services, const ReadCall& call, PageWriter write,
                   std::function<void(const Error& error, std::string& piece)> failed,
                   net::HttpResponse& answer) {
  const auto pages =
      std::make_shared<PageSource>(services, call, std::move(write), std::move(failed));
  NARFI_TRY(pages->Begin(call.context));
  answer.piece_source = [pages](const net::GivePiece& give) { pages->Ask(give); };
  answer.hold = pages;  // the last piece counts until it has been sent
  return {};
}

Result<net::HttpResponse> StreamLogQuery(const Services& services, const ReadCall& call,
                                         query::Request request, std::vector<std::string> flags) {
  const auto writer = std::make_shared<StreamWriter>(PagedLog(services, std::move(request)),
                                                     std::move(flags), call.queued_ns);
  net::HttpResponse answer = JsonAnswer({});
  NARFI_TRY(StreamPages(
      services, call,
      [writer](const query::QueryContext& context, std::string& piece) {
        return writer->Write(context, piece);
      },
      {}, answer));
  return answer;
}

}  // namespace narfi::server
