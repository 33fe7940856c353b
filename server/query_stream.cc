#include "server/query_stream.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "server/answer.h"
#include "server/write_result.h"
#include "server/write_stats.h"

namespace narfi::server {
namespace {

// Pages after the first one, which the answer begins with.
class StreamWriter {
 public:
  StreamWriter(PagedLog pages, std::vector<std::string> flags, int64_t queued_ns)
      : pages_(std::move(pages)), flags_(std::move(flags)), queued_ns_(queued_ns) {}

  Status Begin(const query::QueryContext& context) {
    NARFI_ASSIGN(first_, pages_.Next(context));
    return {};
  }

  Result<bool> Write(const query::QueryContext& context, std::string& piece) {
    query::QueryResult page = std::move(first_);
    if (begun_) {
      NARFI_ASSIGN(page, pages_.Next(context));
    } else {
      piece = "{\"status\":\"success\",\"data\":{" + StreamsHead(flags_);
    }
    begun_ = true;
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
  query::QueryResult first_;
  bool begun_ = false;
  Comma comma_;
  std::vector<std::string> warnings_;
};

// Makes pieces on the pool of queries.
class PageSource : public std::enable_shared_from_this<PageSource> {
 public:
  PageSource(const Services& services, const ReadCall& call, PageWriter write,
             std::function<void(const Error&, std::string&)> failed)
      : services_(services),
        call_(call),
        write_(std::move(write)),
        failed_(std::move(failed)),
        charge_(services.query_memory) {}

  void Ask(const net::GivePiece& give) {
    charge_.ShrinkTo(0);  // the piece before has been sent
    const bool taken =
        services_.query_pool.Submit([self = shared_from_this(), give] { give(self->Make()); });
    // The dropped `give` breaks the answer.
    if (!taken) LogBroken("too many outstanding requests");
  }

 private:
  net::AnswerPiece Make() {
    net::AnswerPiece piece;
    const query::QueryContext context = ContextFor(services_, call_.tenant, *call_.request);
    auto more = write_(context, piece.bytes);
    if (more && !charge_.TryGrowTo(piece.bytes.size())) {
      more = Fail(Code::kUnavailable,
                  "too much is waiting for clients that do not read; go on from here later");
    }
    if (more) {
      piece.then = *more ? net::AnswerPiece::Then::kMore : net::AnswerPiece::Then::kEnd;
      return piece;
    }
    LogBroken(more.error().text);
    piece.bytes.clear();
    if (failed_) failed_(more.error(), piece.bytes);
    piece.then = net::AnswerPiece::Then::kBroken;
    return piece;
  }
  void LogBroken(const std::string& why) const {
    Log(LogLevel::kWarn, "an answer broke off", {{"path", call_.request->path}, {"error", why}});
  }

  const Services& services_;
  const ReadCall call_;
  const PageWriter write_;
  const std::function<void(const Error&, std::string&)> failed_;
  MemoryCharge charge_;
};

}  // namespace

void StreamPages(const Services& services, const ReadCall& call, PageWriter write,
                 std::function<void(const Error& error, std::string& piece)> failed,
                 net::HttpResponse& answer) {
  const auto pages =
      std::make_shared<PageSource>(services, call, std::move(write), std::move(failed));
  answer.piece_source = [pages](const net::GivePiece& give) { pages->Ask(give); };
  answer.hold = pages;  // the last piece counts until it has been sent
}

Result<net::HttpResponse> StreamLogQuery(const Services& services, const ReadCall& call,
                                         query::Request request, std::vector<std::string> flags) {
  const auto writer = std::make_shared<StreamWriter>(PagedLog(services, std::move(request)),
                                                     std::move(flags), call.queued_ns);
  NARFI_TRY(writer->Begin(call.context));
  net::HttpResponse answer = JsonAnswer({});
  StreamPages(
      services, call,
      [writer](const query::QueryContext& context, std::string& piece) {
        return writer->Write(context, piece);
      },
      {}, answer);
  return answer;
}

}  // namespace narfi::server
