#include "server/query_stream.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "server/answer.h"
#include "server/write_result.h"

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

}  // namespace

std::function<void(net::GivePiece)> StreamPages(
    const Services& services, const ReadCall& call, PageWriter write,
    std::function<void(const Error& error, std::string& piece)> failed) {
  struct State {
    const Services& services;
    const ReadCall call;
    const PageWriter write;
    const std::function<void(const Error&, std::string&)> failed;
  };
  const auto state =
      std::make_shared<const State>(State{services, call, std::move(write), std::move(failed)});
  return [state](const net::GivePiece& give) {
    const auto make = [state, give] {
      net::AnswerPiece piece;
      const query::QueryContext context =
          ContextFor(state->services, state->call.tenant, *state->call.request);
      const auto more = state->write(context, piece.bytes);
      if (more) {
        piece.then = *more ? net::AnswerPiece::Then::kMore : net::AnswerPiece::Then::kEnd;
        return give(std::move(piece));
      }
      Log(LogLevel::kWarn, "an answer broke off",
          {{"path", state->call.request->path}, {"error", more.error().text}});
      if (state->failed) state->failed(more.error(), piece.bytes);
      piece.then = net::AnswerPiece::Then::kBroken;
      give(std::move(piece));
    };
    // A full queue breaks the answer, as the dropped `give` says.
    if (!state->services.query_pool.Submit(make))
      Log(LogLevel::kWarn, "an answer broke off",
          {{"path", state->call.request->path}, {"error", "too many outstanding requests"}});
  };
}

Result<net::HttpResponse> StreamLogQuery(const Services& services, const ReadCall& call,
                                         query::Request request, std::vector<std::string> flags) {
  const auto writer = std::make_shared<StreamWriter>(PagedLog(services, std::move(request)),
                                                     std::move(flags), call.queued_ns);
  NARFI_TRY(writer->Begin(call.context));
  net::HttpResponse answer = JsonAnswer({});
  answer.piece_source =
      StreamPages(services, call, [writer](const query::QueryContext& context, std::string& piece) {
        return writer->Write(context, piece);
      });
  return answer;
}

}  // namespace narfi::server
