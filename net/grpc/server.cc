#include "net/grpc/server.h"

#include <fmt/format.h>
#include <grpc/grpc.h>
#include <grpc/support/log.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "base/duration.h"
#include "base/log.h"
#include "net/grpc/open_stream.h"
#include "net/grpc/sending_calls.h"

namespace narfi::net {
namespace {

// Of a message on its way when the server stops.
constexpr int64_t kStreamGraceNs = 2 * kSecond;
constexpr int64_t kSourceGraceNs = 3 * kSecond;  // when more come behind it
constexpr std::chrono::milliseconds kLookAround(100);

void LogOfGrpc(gpr_log_func_args* args) {
  if (args->severity == GPR_LOG_SEVERITY_ERROR)
    Log(LogLevel::kWarn, "gRPC", {{"reason", args->message}});
}

int Milliseconds(int64_t ns) {
  return static_cast<int>(std::min<int64_t>(ns / kMillisecond, INT32_MAX));
}

constexpr std::string_view kGzipMagic = "\x1f\x8b";

grpc::ByteBuffer ToBuffer(const std::string& message) {
  const grpc::Slice slice(message);
  return grpc::ByteBuffer(&slice, 1);
}

}  // namespace

// From the method of a call to its status. Deletes itself when it is over.
class GrpcReactor final : public grpc::ServerGenericBidiReactor, public OpenGrpcCall {
 public:
  GrpcReactor(const GrpcServerOptions& options, const std::map<std::string, GrpcHandler>& handlers,
              GrpcStreams& streams, SendingCalls& sending,
              grpc::GenericCallbackServerContext& context);

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

  void SendOne(const std::string& message) override;
  void End(const GrpcAnswer& answer) override;
  void CancelCall() override { context_.TryCancel(); }

 private:
  // Moves what was received into the request; false when there is no memory for it.
  bool TakeMessage();
  void Answer(GrpcAnswer answer);
  void WriteNext();
  void OpenStream();
  std::shared_ptr<OpenGrpcStream> stream();

  const GrpcServerOptions& options_;
  GrpcStreams& streams_;
  SendingCalls& sending_;
  grpc::GenericCallbackServerContext& context_;
  const GrpcHandler* handler_ = nullptr;
  std::shared_ptr<HttpRequest> request_;
  uint64_t reserved_ = 0;
  grpc::ByteBuffer received_;
  grpc::ByteBuffer sent_;
  GrpcAnswer answer_;
  std::mutex mutex_;  // of what follows
  std::shared_ptr<OpenGrpcStream> stream_;
};

GrpcReactor::GrpcReactor(const GrpcServerOptions& options,
                         const std::map<std::string, GrpcHandler>& handlers, GrpcStreams& streams,
                         SendingCalls& sending, grpc::GenericCallbackServerContext& context)
    : options_(options),
      streams_(streams),
      sending_(sending),
      context_(context),
      request_(std::make_shared<HttpRequest>()) {
  request_->method = "POST";
  request_->path = request_->target = context.method();
  request_->peer = context.peer();
  for (const auto& [name, value] : context.client_metadata())
    request_->headers.Add(std::string(name.data(), name.size()),
                          std::string(value.data(), value.size()));
  const auto found = handlers.find(request_->path);
  if (found == handlers.end()) {
    Finish({grpc::StatusCode::UNIMPLEMENTED, "unknown method " + request_->path});
    return;
  }
  handler_ = &found->second;
  StartRead(&received_);
}

void GrpcReactor::OnReadDone(bool ok) {
  if (!ok) {
    Finish({grpc::StatusCode::INTERNAL, "the call has no message"});
    return;
  }
  if (!TakeMessage()) {
    // Clients try that one again, and RESOURCE_EXHAUSTED not.
    Finish(
        {grpc::StatusCode::UNAVAILABLE, "the memory for messages is used up; send this one again"});
    return;
  }
  // The copy lives on when answering deletes the reactor.
  const std::shared_ptr<HttpRequest> request = request_;
  (*handler_)(request, [this](GrpcAnswer answer) { Answer(std::move(answer)); });
}

void GrpcReactor::OnWriteDone(bool ok) {
  if (const auto open = stream(); open != nullptr) {
    open->Sent(ok);
  } else if (ok) {
    WriteNext();
  } else {
    Finish(grpc::Status::CANCELLED);
  }
}

void GrpcReactor::OnCancel() {
  request_->client_gone.store(true);
  if (const auto open = stream(); open != nullptr) open->Cancel();
}

void GrpcReactor::OnDone() {
  if (reserved_ > 0 && options_.release_body) options_.release_body(reserved_);
  sending_.Ended(*this);
  delete this;
}

void GrpcReactor::SendOne(const std::string& message) {
  sent_ = ToBuffer(message);
  StartWrite(&sent_);
}

void GrpcReactor::End(const GrpcAnswer& answer) {
  Finish({static_cast<grpc::StatusCode>(answer.code), answer.text});
}

bool GrpcReactor::TakeMessage() {
  const size_t bytes = received_.Length();
  if (options_.reserve_body && !options_.reserve_body(bytes)) return false;
  reserved_ = bytes;
  std::vector<grpc::Slice> slices;
  if (!received_.Dump(&slices).ok()) return false;
  std::string& body = request_->body;
  body.reserve(bytes + kBodySlack);
  for (const grpc::Slice& slice : slices)
    body.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  received_.Clear();
  request_->content_length = body.size();
  // No message begins so: it would be a field of a type that does not exist.
  if (body.starts_with(kGzipMagic)) request_->headers.Set("Content-Encoding", "gzip");
  return true;
}

void GrpcReactor::Answer(GrpcAnswer answer) {
  answer_ = std::move(answer);
  if (answer_.code != kGrpcOk) {
    End(answer_);
  } else if (answer_.stream) {
    OpenStream();
  } else if (answer_.source) {
    WriteNext();
  } else {
    sent_ = ToBuffer(answer_.message);
    StartWriteAndFinish(&sent_, grpc::WriteOptions(), grpc::Status::OK);
  }
}

void GrpcReactor::WriteNext() {
  std::string message;
  const Result<bool> more = answer_.source(message);
  if (!more) return Finish(grpc::Status(grpc::StatusCode::INTERNAL, more.error().text));
  if (!*more) return Finish(grpc::Status::OK);
  sent_ = ToBuffer(message);
  sending_.Sends(*this, SystemClock().MonotonicNs());
  StartWrite(&sent_);
}

void GrpcReactor::OpenStream() {
  const auto open = std::make_shared<OpenGrpcStream>(*this, streams_);
  // What it ends may delete this.
  const auto take = std::exchange(answer_.stream, nullptr);
  const std::shared_ptr<HttpRequest> request = request_;
  {
    const std::lock_guard lock(mutex_);
    stream_ = open;
  }
  streams_.Add(open);
  // It was gone before there was a stream to tell.
  if (request->client_gone.load()) open->Cancel();
  take(open);
}

std::shared_ptr<OpenGrpcStream> GrpcReactor::stream() {
  const std::lock_guard lock(mutex_);
  return stream_;
}

class GrpcServer::Impl final : public grpc::CallbackGenericService {
 public:
  Impl(GrpcServerOptions options, std::map<std::string, GrpcHandler> handlers)
      : options_(std::move(options)), handlers_(std::move(handlers)) {}

  Status Listen() {
    gpr_set_log_function(LogOfGrpc);
    grpc::ServerBuilder builder;
    int port = 0;
    const std::string host = options_.address.empty() ? "::" : options_.address;
    const std::string address = host.find(':') == std::string::npos
                                    ? fmt::format("{}:{}", host, options_.port)
                                    : fmt::format("[{}]:{}", host, options_.port);
    builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port);
    SetLimits(builder);
    builder.RegisterCallbackGenericService(this);
    server_ = builder.BuildAndStart();
    if (server_ == nullptr || port == 0)
      return Fail(Code::kUnavailable,
                  fmt::format("cannot listen on {} for gRPC: the address is in use, or not of this "
                              "machine",
                              address));
    port_ = static_cast<uint16_t>(port);
    return {};
  }

  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    return new GrpcReactor(options_, handlers_, streams_, sending_, *context);
  }

  void Stop(int64_t drain_ns) {
    if (server_ == nullptr) return;
    streams_.CloseAll(std::min(drain_ns, kStreamGraceNs));
    std::promise<void> stopped;
    std::thread watch([this, ended = stopped.get_future()] {
      while (ended.wait_for(kLookAround) == std::future_status::timeout)
        sending_.CancelStalled(SystemClock().MonotonicNs() - kSourceGraceNs);
    });
    server_->Shutdown(std::chrono::system_clock::now() + std::chrono::nanoseconds(drain_ns));
    server_->Wait();
    stopped.set_value();
    watch.join();
    server_.reset();
  }

  uint16_t port() const { return port_; }

 private:
  void SetLimits(grpc::ServerBuilder& builder) const {
    const auto bytes = [](uint64_t n) {
      return static_cast<int>(std::min<uint64_t>(n, INT32_MAX));
    };
    builder.SetMaxReceiveMessageSize(bytes(options_.max_receive_bytes));
    builder.SetMaxSendMessageSize(bytes(options_.max_send_bytes));
    grpc::ResourceQuota quota("narfi");
    quota.Resize(options_.memory_bytes);
    builder.SetResourceQuota(quota);
    builder.AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
    constexpr int kAccepted = 1 << GRPC_COMPRESS_NONE | 1 << GRPC_COMPRESS_GZIP;
    builder.AddChannelArgument(GRPC_COMPRESSION_CHANNEL_ENABLED_ALGORITHMS_BITSET, kAccepted);
    // Two servers on one port would share its connections by chance.
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, options_.max_concurrent_calls);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, Milliseconds(options_.max_idle_ns));
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                               Milliseconds(options_.min_ping_interval_ns));
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, Milliseconds(options_.ping_ns));
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS,
                               Milliseconds(options_.ping_timeout_ns));
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);  // no limit of ours
  }

  const GrpcServerOptions options_;
  const std::map<std::string, GrpcHandler> handlers_;
  GrpcStreams streams_;
  SendingCalls sending_;
  std::unique_ptr<grpc::Server> server_;
  uint16_t port_ = 0;
};

GrpcServer::GrpcServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

GrpcServer::~GrpcServer() { impl_->Stop(0); }

Result<std::unique_ptr<GrpcServer>> GrpcServer::Start(GrpcServerOptions options,
                                                      std::map<std::string, GrpcHandler> handlers) {
  auto impl = std::make_unique<Impl>(std::move(options), std::move(handlers));
  NARFI_TRY(impl->Listen());
  return std::unique_ptr<GrpcServer>(new GrpcServer(std::move(impl)));
}

uint16_t GrpcServer::port() const { return impl_->port(); }

void GrpcServer::Stop(int64_t drain_ns) { impl_->Stop(drain_ns); }

}  // namespace narfi::net
