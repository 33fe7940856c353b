#include "net/grpc/open_stream.h"

#include <chrono>
#include <utility>

namespace narfi::net {
void OpenGrpcStream::Send(std::string message, std::function<void(bool ok)> sent) {
  OpenGrpcCall* call = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (!end_) {
      call = call_;
      ++uses_;
      sent_ = sent;
    }
  }
  if (call == nullptr) return sent(false);
  call->SendOne(message);
}

void OpenGrpcStream::Close(int code, std::string_view text) {
  OpenGrpcCall* ended = nullptr;
  std::function<void()> gone;
  const GrpcAnswer end{.code = code, .text = std::string(text)};
  {
    const std::lock_guard lock(mutex_);
    if (end_) return;
    end_ = end;
    ended = TakeEnded();
    gone = std::exchange(gone_, nullptr);
  }
  Finish(ended, end);
  if (gone) gone();
}

void OpenGrpcStream::OnGone(std::function<void()> gone) {
  {
    const std::lock_guard lock(mutex_);
    if (!end_) {
      gone_ = std::move(gone);
      return;
    }
  }
  gone();
}

void OpenGrpcStream::Sent(bool ok) {
  if (!ok) Cancel();
  std::function<void(bool)> sent;
  {
    const std::lock_guard lock(mutex_);
    sent = std::exchange(sent_, nullptr);
    ok = ok && !end_;
  }
  Release();
  if (sent) sent(ok);
}

void OpenGrpcStream::Abort() {
  OpenGrpcCall* call = nullptr;
  {
    const std::lock_guard lock(mutex_);
    call = call_;
    if (call == nullptr) return;
    ++uses_;
  }
  call->CancelCall();
  Release();
}

void OpenGrpcStream::Release() {
  OpenGrpcCall* ended = nullptr;
  GrpcAnswer end;
  {
    const std::lock_guard lock(mutex_);
    --uses_;
    ended = TakeEnded();
    if (ended != nullptr) end = *end_;
  }
  Finish(ended, end);
}

OpenGrpcCall* OpenGrpcStream::TakeEnded() {
  return end_ && uses_ == 0 ? std::exchange(call_, nullptr) : nullptr;
}

void OpenGrpcStream::Finish(OpenGrpcCall* call, const GrpcAnswer& end) {
  if (call == nullptr) return;
  all_.Ended();
  call->End(end);
}

void GrpcStreams::Add(const std::shared_ptr<OpenGrpcStream>& stream) {
  bool is_closed = false;
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(streams_, [](const auto& known) { return known.expired(); });
    streams_.push_back(stream);
    ++open_;
    is_closed = is_closed_;
  }
  if (is_closed) stream->Close(kGrpcUnavailable, "the server stops");
}

void GrpcStreams::Ended() {
  const std::lock_guard lock(mutex_);
  if (--open_ == 0) ended_.notify_all();
}

void GrpcStreams::CloseAll(int64_t grace_ns) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::nanoseconds(grace_ns);
  std::vector<std::weak_ptr<OpenGrpcStream>> all;
  {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
    all.swap(streams_);
  }
  for (const auto& known : all) {
    if (const auto stream = known.lock(); stream != nullptr)
      stream->Close(kGrpcUnavailable, "the server stops");
  }
  {
    std::unique_lock lock(mutex_);
    ended_.wait_until(lock, until, [this] { return open_ == 0; });
  }
  for (const auto& known : all) {
    if (const auto stream = known.lock(); stream != nullptr) stream->Abort();
  }
}

}  // namespace narfi::net
