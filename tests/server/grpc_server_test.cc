#include "net/grpc/server.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>

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

std::unique_ptr<GrpcServer> Serve(std::map<std::string, GrpcHandler> handlers,
                                  GrpcServerOptions options = {}) {
  options.address = "127.0.0.1";
  auto server = GrpcServer::Start(std::move(options), std::move(handlers));
  REQUIRE(server.has_value());
  return std::move(*server);
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
