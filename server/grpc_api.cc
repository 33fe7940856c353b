#include "server/grpc_api.h"

#include "base/metrics.h"
#include "ingest/body_codec.h"
#include "server/answer.h"

namespace narfi::server {
namespace {

// HealthCheckResponse: status SERVING.
void HandleHealth(const std::shared_ptr<net::HttpRequest>&, const net::GrpcRespond& respond) {
  respond({.message = std::string("\x08\x01", 2)});
}

net::GrpcHandler Observed(const std::string& route, net::GrpcHandler handler) {
  const auto histogram = [&route](const char* status) {
    return HistogramMetric(
        "loki_request_duration_seconds", "Time (in seconds) spent serving HTTP requests.",
        {{"route", route}, {"method", "gRPC"}, {"status_code", status}, {"ws", "false"}});
  };
  return [handler = std::move(handler), good = histogram("success"), bad = histogram("error")](
             std::shared_ptr<net::HttpRequest> request, net::GrpcRespond respond) {
    const int64_t started = SystemClock().MonotonicNs();
    handler(std::move(request),
            [respond = std::move(respond), good, bad, started](net::GrpcAnswer answer) mutable {
              const auto ns = static_cast<double>(SystemClock().MonotonicNs() - started);
              (answer.code == net::kGrpcOk ? good : bad).Observe(ns / 1e9);
              respond(std::move(answer));
            });
  };
}

GrpcMethods Finished(GrpcMethods methods) {
  methods["/grpc.health.v1.Health/Check"] = HandleHealth;
  for (auto& [route, handler] : methods) handler = Observed(route, std::move(handler));
  return methods;
}

}  // namespace

int GrpcCodeOf(int status) { return status == 401 ? net::kGrpcUnauthenticated : status; }

net::GrpcAnswer GrpcError(const Error& error) {
  switch (error.code) {
    case Code::kCancelled:
      return {.code = net::kGrpcCancelled, .text = error.text};
    case Code::kDeadline:
      return {.code = net::kGrpcDeadlineExceeded, .text = error.text};
    case Code::kUnavailable:
      return {.code = net::kGrpcUnavailable, .text = error.text};
    default:
      return {.code = ErrorAnswer(error).status, .text = error.text};
  }
}

Result<std::string_view> UnpackQuery(net::HttpRequest& request) {
  constexpr uint64_t kMaxUnpackedQuery = 1 << 20;
  if (request.headers.Get("Content-Encoding") == "gzip") {
    NARFI_ASSIGN(request.body, ingest::Gunzip(request.body, kMaxUnpackedQuery));
    request.headers.Set("Content-Encoding", "identity");
  }
  return std::string_view(request.body);
}

GrpcMethods LokiGrpcMethods(const Services& services, TailHub& tails) {
  GrpcMethods methods;
  AddGrpcPush(methods, services);
  AddGrpcQuerier(methods, services);
  AddGrpcTail(methods, services, tails);
  return Finished(std::move(methods));
}

GrpcMethods OtlpGrpcMethods(const Services& services) {
  GrpcMethods methods;
  AddGrpcOtlp(methods, services);
  return Finished(std::move(methods));
}

}  // namespace narfi::server
