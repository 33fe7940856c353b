// A body for Beast's parser that grows a string only as far as the lease is granted. Inside
// http_session.cc only: Beast shows here.
//
// Errors:  http::error::body_limit over max_bytes, errc::not_enough_memory when the lease refuses.
// Threads: one at a time.
#pragma once

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/optional.hpp>
#include <cstdint>
#include <string>

#include "net/body_lease.h"
#include "net/http_loop.h"

namespace narfi::net {

struct LeasedBody {
  struct value_type {
    std::string bytes;
    uint64_t max_bytes = 0;
    uint64_t announced = 0;  // 0: unknown
    BodyLease* lease = nullptr;

    // Makes room for `size` bytes. A body of known length gets its memory in one piece, since
    // memory not yet written to costs nothing; a large one only after some of it has arrived.
    bool Grow(uint64_t size) {
      constexpr uint64_t kLargeBodyBytes = 1 << 20;  // of announced length
      constexpr uint64_t kLeaseStep = 256 << 10;
      const uint64_t needed = size + kBodySlack;
      const bool in_one = announced > 0 && (announced <= kLargeBodyBytes || size > kLargeBodyBytes);
      uint64_t capacity = bytes.capacity();
      if (in_one) {
        capacity = std::max(capacity, announced + kBodySlack);
      } else if (capacity < needed) {
        capacity = std::max(needed, std::min(2 * capacity, max_bytes + kBodySlack));
      }
      const uint64_t stepped = (needed / kLeaseStep + 1) * kLeaseStep;
      if (!lease->ExtendTo(in_one ? std::min(stepped, capacity) : capacity)) return false;
      if (bytes.capacity() < capacity) bytes.reserve(capacity);
      return true;
    }
  };

  class reader {
   public:
    template <bool is_request, class Fields>
    reader(boost::beast::http::header<is_request, Fields>& /*header*/, value_type& body)
        : body_(body) {}
    void init(const boost::optional<uint64_t>& /*length*/, boost::system::error_code& ec) {
      ec = {};
    }
    void finish(boost::system::error_code& ec) { ec = {}; }

    template <class Buffers>
    size_t put(const Buffers& buffers, boost::system::error_code& ec) {
      const size_t count = asio::buffer_size(buffers);
      const uint64_t size = body_.bytes.size() + count;
      ec = {};
      if (size > body_.max_bytes) ec = boost::beast::http::error::body_limit;
      if (!ec && !body_.Grow(size)) ec = make_error_code(boost::system::errc::not_enough_memory);
      if (ec) return 0;
      const auto end = asio::buffer_sequence_end(buffers);
      for (auto it = asio::buffer_sequence_begin(buffers); it != end; ++it) {
        const asio::const_buffer piece = *it;
        body_.bytes.append(static_cast<const char*>(piece.data()), piece.size());
      }
      return count;
    }

   private:
    value_type& body_;
  };
};

}  // namespace narfi::net
