// logproto.Querier/Tail and TailersCount: live entries over gRPC, as over a WebSocket.
#include <algorithm>
#include <map>
#include <utility>

#include "base/duration.h"
#include "proto/wire_writer.h"
#include "server/grpc_api.h"
#include "server/grpc_messages.h"
#include "server/grpc_tail_frames.h"
#include "server/params.h"
#include "server/tail_hub.h"

namespace narfi::server {
namespace {

class GrpcTailClient final : public TailClient {
 public:
  explicit GrpcTailClient(std::shared_ptr<net::GrpcStream> stream) : stream_(std::move(stream)) {}
  void Send(std::string message, std::function<void(bool ok)> sent) override {
    stream_->Send(std::move(message), std::move(sent));
  }
  void End(const std::string& reason) override { stream_->Close(net::kGrpcUnknown, reason); }
  void GoAway() override { stream_->Close(net::kGrpcUnavailable, "the server stops"); }
  void OnGone(std::function<void()> gone) override { stream_->OnGone(std::move(gone)); }

 private:
  std::shared_ptr<net::GrpcStream> stream_;
};

Result<TailRequest> ReadTail(const Services& services, const ReadCall& call) {
  NARFI_ASSIGN(const std::string_view message, UnpackQuery(*call.request));
  NARFI_ASSIGN(TailMessage asked, ReadTailMessage(message, call.now_ns - kHour));
  TailRequest tail;
  tail.query.query = std::move(asked.query);
  tail.query.limit = asked.limit == 0 ? kDefaultTailEntries : asked.limit;
  tail.query.start_ns = asked.start_ns;
  tail.query.end_ns = std::max(call.now_ns, asked.start_ns);
  NARFI_ASSIGN(tail.delay_ns, CheckDelayFor(asked.delay_seconds));
  tail.make_frames = [](query::QueryResult result, query::Direction direction,
                        std::vector<DroppedEntry> dropped) {
    return std::make_unique<GrpcTailFrames>(std::move(result), direction, std::move(dropped));
  };
  NARFI_TRY(PrepareTail(services, call, tail));
  return tail;
}

void HandleTail(const Services& services, TailHub& hub, const ReadCall& call,
                const net::GrpcRespond& respond) {
  if (NamesSeveralTenants(services.settings, *call.request))
    return respond({.code = 400, .text = "multiple org IDs present"});
  auto request = ReadTail(services, call);
  if (!request) return respond(GrpcError(request.error()));
  auto added = hub.Add(std::move(*request));
  if (!added) return respond(GrpcError(added.error()));
  (*added)->Begin([tail = *added, respond](const Status& ready) {
    if (!ready) return respond(GrpcError(ready.error()));
    respond({.stream = [tail](std::shared_ptr<net::GrpcStream> stream) {
      tail->Open(std::make_unique<GrpcTailClient>(std::move(stream)));
    }});
  });
}

void HandleTailersCount(const Services&, TailHub& hub, const ReadCall& call,
                        const net::GrpcRespond& respond) {
  proto::WireWriter response;
  if (const size_t count = hub.CountOf(call.tenant); count > 0) response.Varint(1, count);
  respond({.message = response.Take()});
}

using TailHandler = void (*)(const Services& services, TailHub& hub, const ReadCall& call,
                             const net::GrpcRespond& respond);

net::GrpcHandler OfTenant(const Services& services, TailHub& hub, TailHandler handler) {
  return [&services, &hub, handler](std::shared_ptr<net::HttpRequest> request,
                                    const net::GrpcRespond& respond) {
    const auto read = MakeReadCall(services, std::move(request));
    if (read) return handler(services, hub, *read, respond);
    respond({.code = GrpcCodeOf(read.error().status), .text = read.error().body});
  };
}

}  // namespace

void AddGrpcTail(GrpcMethods& methods, const Services& services, TailHub& tails) {
  methods["/logproto.Querier/Tail"] = OfTenant(services, tails, HandleTail);
  methods["/logproto.Querier/TailersCount"] = OfTenant(services, tails, HandleTailersCount);
}

}  // namespace narfi::server
