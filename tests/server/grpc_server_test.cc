#include "net/grpc/server.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>

#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>

namespace narfi::net {
namespace {

grpc::ByteBuffer Message(const std::string& text) {
  const grpc::Slice slice(text);
  return grpc::ByteBuffer(&slice, 1);
}

std::string Text(const grpc::ByteBuffer& message) {
  std::vector<grpc::Slice> slices;
  REQUIRE(message.Dump(&slices).ok());
  std::string out;
  for (const grpc::Slice& slice : slices)
    out.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return out;
}

// One call over gRPC's own client: "0 answer" or "3 error".
class Client {
 public:
  explicit Client(uint16_t port)
      : channel_(grpc::CreateChannel(fmt::format("127.0.0.1:{}", port),
                                     grpc::InsecureChannelCredentials())),
        stub_(channel_) {}

  // True once the connection is closed, which was open.
  bool WaitUntilClosed() {
    return channel_->WaitForStateChange(
        GRPC_CHANNEL_READY, std::chrono::system_clock::now() + std::chrono::seconds(30));
  }

  // `seconds`: after which the client gives up.
  std::string Call(const std::string& method, const std::string& message, double seconds = 60) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::milliseconds(static_cast<int64_t>(1000 * seconds)));
    context.AddMetadata("x-scope-orgid", "a");
    grpc::CompletionQueue queue;
    const auto reader = stub_.PrepareUnaryCall(&context, method, Message(message), &queue);
    reader->StartCall();
    grpc::ByteBuffer answer;
    grpc::Status status;
    reader->Finish(&answer, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    REQUIRE(queue.Next(&tag, &ok));
    const int code = status.error_code();
    return fmt::format("{} {}", code, code == 0 ? Text(answer) : status.error_message());
  }

 private:
  std::shared_ptr<grpc::Channel> channel_;
  grpc::GenericStub stub_;
};

// A call whose answers come one by one.
class StreamingCall {
 public:
  StreamingCall(uint16_t port, const std::string& method)
      : stub_(grpc::CreateChannel(fmt::format("127.0.0.1:{}", port),
                                  grpc::InsecureChannelCredentials())) {
    context_.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
    call_ = stub_.PrepareCall(&context_, method, &queue_);
    call_->StartCall(nullptr);
    Wait();
    call_->WriteLast(Message("x"), {}, nullptr);
    Wait();
  }

  // The next message, or "end".
  std::string Read() {
    grpc::ByteBuffer message;
    call_->Read(&message, nullptr);
    return Wait() ? Text(message) : "end";
  }
  void Cancel() { context_.TryCancel(); }
  // "14 why", once nothing is left to read.
  std::string Finish() {
    while (Read() != "end") {
    }
    grpc::Status status;
    call_->Finish(&status, nullptr);
    Wait();
    return fmt::format("{} {}", static_cast<int>(status.error_code()), status.error_message());
  }

 private:
  bool Wait() {
    void* tag = nullptr;
    bool ok = false;
    REQUIRE(queue_.Next(&tag, &ok));
    return ok;
  }

  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
};

std::unique_ptr<GrpcServer> Serve(std::map<std::string, GrpcHandler> handlers,
                                  GrpcServerOptions options = {}) {
  options.address = "127.0.0.1";
  auto server = GrpcServer::Start(std::move(options), std::move(handlers));
  REQUIRE(server.has_value());
  return std::move(*server);
}

constexpr size_t kLargeMessage = 64 << 20;

// Serves streams, and gives them to the test one after the other.
class StreamServer {
 public:
  StreamServer()
      : server_(Serve({{"/a.B/Open",
                        [this](auto, const GrpcRespond& respond) {
                          respond({.stream = [this](std::shared_ptr<GrpcStream> stream) {
                            const std::lock_guard lock(mutex_);
                            opened_.push_back(std::move(stream));
                            arrived_.notify_all();
                          }});
                        }}},
                      {.max_send_bytes = 2 * kLargeMessage, .memory_bytes = 4 * kLargeMessage})) {}
  GrpcServer& server() { return *server_; }
  std::shared_ptr<GrpcStream> Take() {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [this] { return !opened_.empty(); });
    auto stream = std::move(opened_.front());
    opened_.erase(opened_.begin());
    return stream;
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<std::shared_ptr<GrpcStream>> opened_;
  std::unique_ptr<GrpcServer> server_;
};

bool SendAndWait(GrpcStream& stream, std::string message) {
  std::promise<bool> sent;
  stream.Send(std::move(message), [&](bool ok) { sent.set_value(ok); });
  return sent.get_future().get();
}

void Echo(const std::shared_ptr<HttpRequest>& request, const GrpcRespond& respond) {
  respond({.message = request->path + " " + std::string(request->headers.Get("X-Scope-OrgID")) +
                      " " + request->body});
}

TEST_CASE("a call is a request: path, metadata, message") {
  const auto server = Serve({{"/a.B/Echo", Echo}});
  Client client(server->port());
  CHECK(client.Call("/a.B/Echo", "hello") == "0 /a.B/Echo a hello");
  CHECK(client.Call("/a.B/Echo", "") == "0 /a.B/Echo a ");
  CHECK(client.Call("/a.B/None", "") == "12 unknown method /a.B/None");
}

TEST_CASE("an error has its code and text, Loki's HTTP statuses among them") {
  const auto server = Serve({{"/a.B/Fail", [](auto, const GrpcRespond& respond) {
                                respond({.code = kGrpcInvalidArgument, .text = "why not"});
                              }}});
  CHECK(Client(server->port()).Call("/a.B/Fail", "x") == "3 why not");
}

TEST_CASE("a message is counted against the memory for bodies until the call is over") {
  std::mutex mutex;
  uint64_t held = 0;
  GrpcServerOptions options;
  options.reserve_body = [&](uint64_t bytes) {
    const std::lock_guard lock(mutex);
    if (bytes > 10) return false;
    held += bytes;
    return true;
  };
  options.release_body = [&](uint64_t bytes) {
    const std::lock_guard lock(mutex);
    held -= bytes;
  };
  uint64_t seen = 0;
  const auto server = Serve({{"/a.B/C",
                              [&](auto, const GrpcRespond& respond) {
                                {
                                  const std::lock_guard lock(mutex);
                                  seen = held;
                                }
                                respond({});
                              }}},
                            options);
  Client client(server->port());
  CHECK(client.Call("/a.B/C", "12345") == "0 ");
  CHECK(seen == 5);
  CHECK(client.Call("/a.B/C", "12345678901") ==
        "14 the memory for messages is used up; send this one again");
  server->Stop(0);
  CHECK(held == 0);
}

TEST_CASE(
    "the last of a stream of answers is followed by the status, and what holds them is let go") {
  auto hold = std::make_shared<int>(1);
  const std::weak_ptr<int> held = hold;
  int left = 1;
  const auto server = Serve({{"/a.B/Many", [&](auto, const GrpcRespond& respond) {
                                respond({.source =
                                             [&](std::string& message) {
                                               message = "one";
                                               return left-- > 0;
                                             },
                                         .hold = std::exchange(hold, nullptr)});
                              }}});
  CHECK(Client(server->port()).Call("/a.B/Many", "") == "0 one");
  server->Stop(0);
  CHECK(held.expired());
}

TEST_CASE("an open stream sends one message after the other, and ends with code and text") {
  StreamServer streams;
  StreamingCall call(streams.server().port(), "/a.B/Open");
  const auto stream = streams.Take();
  CHECK(SendAndWait(*stream, "one"));
  CHECK(SendAndWait(*stream, "two"));
  CHECK(call.Read() == "one");
  bool gone = false;
  stream->OnGone([&] { gone = true; });
  stream->Close(kGrpcUnknown, "that is all");
  stream->Close(kGrpcOk, "never said");
  CHECK(gone);
  CHECK_FALSE(SendAndWait(*stream, "three"));
  CHECK(call.Read() == "two");
  CHECK(call.Finish() == "2 that is all");
}

TEST_CASE("a stream knows that its client went away") {
  StreamServer streams;
  StreamingCall call(streams.server().port(), "/a.B/Open");
  const auto stream = streams.Take();
  std::promise<void> gone;
  stream->OnGone([&] { gone.set_value(); });
  call.Cancel();
  gone.get_future().get();
  CHECK_FALSE(SendAndWait(*stream, "too late"));
  bool told_at_once = false;
  stream->OnGone([&] { told_at_once = true; });
  CHECK(told_at_once);
}

TEST_CASE("a stop closes streams, those of clients too that read nothing") {
  StreamServer streams;
  StreamingCall reads(streams.server().port(), "/a.B/Open");
  const auto quick = streams.Take();
  StreamingCall stalls(streams.server().port(), "/a.B/Open");
  const auto slow = streams.Take();
  // More than fits on the way.
  std::promise<bool> sent;
  slow->Send(std::string(kLargeMessage, 'x'), [&](bool ok) { sent.set_value(ok); });
  const auto begun = std::chrono::steady_clock::now();
  streams.server().Stop(60'000'000'000);
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(30));
  CHECK_FALSE(sent.get_future().get());
  CHECK(reads.Finish() == "14 the server stops");
  CHECK_FALSE(SendAndWait(*quick, "too late"));
}

TEST_CASE("a stop does not wait for a client that takes none of many messages") {
  std::promise<void> begun;
  std::promise<void> ended;
  const auto server =
      Serve({{"/a.B/Many", [&](auto, const GrpcRespond& respond) {
                const std::shared_ptr<void> held(nullptr, [&](void*) { ended.set_value(); });
                respond({.source =
                             [&, first = true](std::string& message) mutable {
                               message.assign(100'000, 'x');
                               if (std::exchange(first, false)) begun.set_value();
                               return true;
                             },
                         .hold = held});
              }}});
  StreamingCall call(server->port(), "/a.B/Many");
  begun.get_future().get();
  const auto since = std::chrono::steady_clock::now();
  server->Stop(60'000'000'000);
  CHECK(std::chrono::steady_clock::now() - since < std::chrono::seconds(30));
  ended.get_future().get();  // what it held is given back
}

TEST_CASE("a stop lets a call finish, and cancels it once the time is up") {
  for (const bool in_time : {true, false}) {
    CAPTURE(in_time);
    std::promise<std::pair<std::shared_ptr<HttpRequest>, GrpcRespond>> arrived;
    const auto server = Serve({{"/a.B/Slow", [&](auto request, GrpcRespond respond) {
                                  arrived.set_value({std::move(request), std::move(respond)});
                                }}});
    Client client(server->port());
    auto answer = std::async(std::launch::async, [&] { return client.Call("/a.B/Slow", "x"); });
    const auto [request, respond] = arrived.get_future().get();
    CHECK_FALSE(request->cancelled());
    std::thread stopper([&] { server->Stop(in_time ? 30'000'000'000 : 1'000'000); });
    if (!in_time) {
      while (!request->cancelled()) std::this_thread::yield();
    }
    respond({.message = "done"});
    stopper.join();
    CHECK((answer.get() == "0 done") == in_time);
  }
}

TEST_CASE("messages over the limits do not come in or out") {
  GrpcServerOptions options;
  options.max_receive_bytes = 100;
  options.max_send_bytes = 200;
  const auto server = Serve({{"/a.B/Double",
                              [](const auto& request, const GrpcRespond& respond) {
                                respond({.message = request->body + request->body + request->body});
                              }}},
                            options);
  Client client(server->port());
  CHECK(client.Call("/a.B/Double", std::string(60, 'x')) == "0 " + std::string(180, 'x'));
  CHECK(client.Call("/a.B/Double", std::string(101, 'x')) ==
        "8 Received message larger than max (101 vs. 100)");
  CHECK(client.Call("/a.B/Double", std::string(100, 'x')) ==
        "8 Sent message larger than max (300 vs. 200)");
}

TEST_CASE("of a connection only so many calls run at once, and the others wait") {
  GrpcServerOptions options;
  options.max_concurrent_calls = 1;
  std::promise<GrpcRespond> held;
  const auto server =
      Serve({{"/a.B/Echo", Echo},
             {"/a.B/Hold", [&](auto, GrpcRespond respond) { held.set_value(std::move(respond)); }}},
            options);
  Client client(server->port());
  CHECK(client.Call("/a.B/Echo", "before") == "0 /a.B/Echo a before");
  auto answer = std::async(std::launch::async, [&] { return client.Call("/a.B/Hold", ""); });
  const GrpcRespond respond = held.get_future().get();
  CHECK(client.Call("/a.B/Echo", "meanwhile", 0.2).starts_with("4 "));
  respond({.message = "done"});
  CHECK(answer.get() == "0 done");
  CHECK(client.Call("/a.B/Echo", "after") == "0 /a.B/Echo a after");
}

TEST_CASE("a connection without a call is closed, and the next call opens another") {
  GrpcServerOptions options;
  options.max_idle_ns = 100'000'000;
  const auto server = Serve({{"/a.B/Echo", Echo}}, options);
  Client client(server->port());
  CHECK(client.Call("/a.B/Echo", "1") == "0 /a.B/Echo a 1");
  CHECK(client.WaitUntilClosed());
  CHECK(client.Call("/a.B/Echo", "2") == "0 /a.B/Echo a 2");
}

TEST_CASE("an address in use is an error with the address in it") {
  const auto server = Serve({});
  const auto second = GrpcServer::Start({.address = "127.0.0.1", .port = server->port()}, {});
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().code == Code::kUnavailable);
  CHECK(second.error().text.find(fmt::format("127.0.0.1:{}", server->port())) != std::string::npos);
}

}  // namespace
}  // namespace narfi::net
