#include "server/grpc_api.h"

#include "base/metrics.h"

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

GrpcMethods LokiGrpcMethods(const Services& services) {
  GrpcMethods methods;
  AddGrpcPush(methods, services);
  AddGrpcQuerier(methods, services);
  return Finished(std::move(methods));
}

GrpcMethods OtlpGrpcMethods(const Services& services) {
  GrpcMethods methods;
  AddGrpcOtlp(methods, services);
  return Finished(std::move(methods));
}

}  // namespace narfi::server
