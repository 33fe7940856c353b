// Pushes over gRPC: logproto.Pusher and OpenTelemetry's LogsService.
#include "ingest/push_body.h"
#include "ingest/push_otlp.h"
#include "proto/wire_writer.h"
#include "server/grpc_api.h"

namespace narfi::server {
namespace {

std::string_view TrimEnd(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  return text;
}

// Loki's servers put the HTTP status where gRPC's code stands.
net::GrpcAnswer FromPush(const ingest::PushAnswer& answer) {
  if (answer.status == 204) return {};
  return {.code = answer.status, .text = std::string(TrimEnd(answer.text))};
}

// Exporters try again what is UNAVAILABLE, and drop what is INVALID_ARGUMENT.
int OtlpCodeOf(int status) {
  switch (status) {
    case 401:
      return net::kGrpcUnauthenticated;
    case 429:
    case 500:
    case 503:
      return net::kGrpcUnavailable;
    default:
      return net::kGrpcInvalidArgument;
  }
}

// Refused for good, but only in part: an answer with ExportLogsPartialSuccess.
net::GrpcAnswer FromOtlpPush(const ingest::PushAnswer& answer) {
  if (answer.status == 204 || answer.status == 422) return {};
  const uint64_t accepted = ingest::CountAccepted(answer);
  if (answer.status != 400 || accepted == 0)
    return {.code = OtlpCodeOf(answer.status), .text = std::string(TrimEnd(answer.text))};
  proto::WireWriter partial;
  partial.Varint(1, answer.entries - accepted);
  partial.Bytes(2, TrimEnd(answer.text));
  proto::WireWriter response;
  response.Bytes(1, partial.bytes());
  return {.message = response.Take()};
}

struct GrpcPushProtocol {
  std::string_view content_type;
  net::GrpcAnswer (*answer)(const ingest::PushAnswer&);
  int (*tenant_code)(int status);
};

net::GrpcHandler PushHandler(const Services& services, GrpcPushProtocol protocol) {
  return [&services, protocol](const std::shared_ptr<net::HttpRequest>& request,
                               const net::GrpcRespond& respond) {
    auto tenant = PushTenant(services.settings, *request);
    if (!tenant) {
      return respond({.code = protocol.tenant_code(tenant.error().status),
                      .text = std::string(TrimEnd(tenant.error().body))});
    }
    const bool taken = services.push_pool.Submit(
        [&services, protocol, request, tenant = std::move(*tenant), respond] {
          services.ingest.Push(tenant, std::string(protocol.content_type),
                               std::string(request->headers.Get("Content-Encoding")),
                               std::move(request->body),
                               [respond, protocol](const ingest::PushAnswer& answer) {
                                 respond(protocol.answer(answer));
                               });
        });
    if (!taken) respond(protocol.answer({.status = 429, .text = "too many outstanding requests"}));
  };
}

}  // namespace

void AddGrpcPush(GrpcMethods& methods, const Services& services) {
  methods["/logproto.Pusher/Push"] =
      PushHandler(services, {ingest::kPlainProtoType, FromPush, GrpcCodeOf});
}

void AddGrpcOtlp(GrpcMethods& methods, const Services& services) {
  static const std::string type = std::string(ingest::kOtlpMark) + "application/x-protobuf";
  methods["/opentelemetry.proto.collector.logs.v1.LogsService/Export"] =
      PushHandler(services, {type, FromOtlpPush, OtlpCodeOf});
}

}  // namespace narfi::server
