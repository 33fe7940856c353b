// The gRPC methods of narfid: Loki's logproto on one port, OpenTelemetry's logs on another.
//
// Messages are read and written by hand (proto/wire_reader.h, proto/wire_writer.h); field numbers
// are those of proto/logproto.proto and of OpenTelemetry's public .proto files. Calls are counted
// in loki_request_duration_seconds{method="gRPC",route,status_code="success"|"error"}.
//
// Ownership: `services` and `tails` must outlive the server that has the methods.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "net/grpc/server.h"
#include "server/services.h"

namespace narfi::server {

using GrpcMethods = std::map<std::string, net::GrpcHandler>;

// logproto.Pusher and logproto.Querier, and grpc.health.v1.Health.
GrpcMethods LokiGrpcMethods(const Services& services, TailHub& tails);
// opentelemetry.proto.collector.logs.v1.LogsService, and grpc.health.v1.Health.
GrpcMethods OtlpGrpcMethods(const Services& services);

// The code of an answer of this HTTP status: as Loki has it, the status itself, but for who is not
// let in.
int GrpcCodeOf(int status);

// The answer that says what went wrong.
net::GrpcAnswer GrpcError(const Error& error);
// The message of a question, unpacked into the request itself.
Result<std::string_view> UnpackQuery(net::HttpRequest& request);

// The parts of the two above, one file each.
void AddGrpcPush(GrpcMethods& methods, const Services& services);
void AddGrpcOtlp(GrpcMethods& methods, const Services& services);
void AddGrpcQuerier(GrpcMethods& methods, const Services& services);
void AddGrpcTail(GrpcMethods& methods, const Services& services, TailHub& tails);

}  // namespace narfi::server
