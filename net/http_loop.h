// The parts of the HTTP server that its connections share. Inside net/ only: Asio shows here.
//
// Threads: a Loop's context, sessions and timer belong to its thread; a Mailbox and ServerCore are
//          safe from any.
#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_set>
#include <utility>

#include "base/thread_annotations.h"
#include "net/http_server.h"

namespace narfi::net {

namespace asio = boost::asio;
using Socket = asio::basic_stream_socket<asio::ip::tcp, asio::io_context::executor_type>;

class Session;

// The way from any thread into a loop, open until the loop is gone.
class Mailbox {
 public:
  explicit Mailbox(asio::io_context& context) : context_(&context) {}

  template <class Task>
  void Post(Task task) {
    MutexLock lock(mutex_);
    if (context_ != nullptr) asio::post(*context_, std::move(task));
  }
  void Close() {
    MutexLock lock(mutex_);
    context_ = nullptr;
  }

 private:
  Mutex mutex_;
  asio::io_context* context_ GUARDED_BY(mutex_);
};

// What outlives the server for as long as an unanswered request does.
struct ServerCore {
  HttpServerOptions options;
  Handler handler;
  std::atomic<bool> draining{false};
  std::atomic<size_t> connections{0};
  // Told, once draining, when there are no connections any more.
  std::mutex idle_mutex;
  std::condition_variable idle;
};

struct Loop {
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  std::shared_ptr<Mailbox> mailbox = std::make_shared<Mailbox>(context);
  asio::steady_timer tick{context};
  std::unordered_set<std::shared_ptr<Session>> sessions;
  std::thread thread;
};

}  // namespace narfi::net
