// The promise behind a Respond: takes the first response, prepares it on the caller's thread and
// carries it to the connection's loop, if both still exist. Dropped without a response, it answers
// 500. Inside net/ only.
//
// Ownership: shared by the copies of the Respond; keeps the server's core alive, not the server.
// Threads:   safe from any.
#pragma once

#include <atomic>
#include <memory>
#include <utility>

#include "net/body_lease.h"
#include "net/http_answer.h"
#include "net/http_session.h"

namespace narfi::net {

class PendingAnswer {
 public:
  PendingAnswer(std::shared_ptr<ServerCore> core, std::shared_ptr<Mailbox> mailbox,
                std::weak_ptr<Session> session, AnswerTraits traits, BodyLease head_lease,
                BodyLease lease)
      : core_(std::move(core)),
        mailbox_(std::move(mailbox)),
        session_(std::move(session)),
        traits_(traits),
        head_lease_(std::move(head_lease)),
        lease_(std::move(lease)) {}
  PendingAnswer(const PendingAnswer&) = delete;
  PendingAnswer& operator=(const PendingAnswer&) = delete;
  ~PendingAnswer() { Give(TextAnswer(500, "the request was dropped without an answer")); }

  void Give(HttpResponse response) {
    if (given_.exchange(true)) return;
    if (core_->draining.load(std::memory_order_relaxed)) response.close = true;
    OutgoingAnswer answer =
        PrepareAnswer(std::move(response), traits_, core_->options.compress_from_bytes);
    head_lease_.Release();
    lease_.Release();
    mailbox_->Post([session = session_, answer = std::move(answer)]() mutable {
      if (const auto open = session.lock()) open->OnAnswer(std::move(answer));
    });
  }

 private:
  const std::shared_ptr<ServerCore> core_;  // before the leases, which refer to its options
  const std::shared_ptr<Mailbox> mailbox_;
  const std::weak_ptr<Session> session_;
  const AnswerTraits traits_;
  BodyLease head_lease_;
  BodyLease lease_;
  std::atomic<bool> given_{false};
};

}  // namespace narfi::net
