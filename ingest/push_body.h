// Reads the body of a push: content type, content encoding, then JSON or protobuf into a PushBatch.
//
// What is accepted and what is said about the rest is what Loki does, as far as the conformance
// corpus shows it: no content type is an error, anything but application/json is snappy protobuf,
// unknown keys and text after the JSON document are ignored, of equal keys the last one counts.
//
// Errors:  the answer to give: 400 with one sentence; 413 for a body over a limit; 422 for a push
//          without streams. Nothing of such a push is kept.
// Limits:  DecodeLimits. While it is read a body needs its unpacked size as protobuf, twice that as
//          JSON (five times when it is nothing but short strings), and ObjectBudget on top.
// Threads: safe; parsers are kept per thread while they are small.
#pragma once

#include <cstdint>
#include <string_view>
#include <tl/expected.hpp>

#include "ingest/push.h"
#include "ingest/push_memory.h"

namespace narfi::ingest {

// The content type of a logproto.PushRequest that is not packed by snappy: what gRPC brings.
// No header can begin so.
constexpr std::string_view kPlainProtoType = "\1proto:";

struct DecodeLimits {
  uint64_t max_body_bytes = 100 << 20;      // as received
  uint64_t max_unpacked_bytes = 128 << 20;  // after gzip, deflate and snappy
  bool is_replay = false;                   // it was accepted once, however many objects it has
};

// The labels of the batch are as sent, without service_name; metadata is as sent.
tl::expected<PushBatch, PushAnswer> Decode(const PushRequest& request, const DecodeLimits& limits);

struct GrantedBatch {
  PushMemory::Grant grant;  // outlives the batch
  PushBatch batch;
};
// The same in memory that is taken from `memory` before it is used; waits for it, twice at most,
// and answers 429 when there was none for `wait_ns`.
tl::expected<GrantedBatch, PushAnswer> DecodeWithin(PushMemory& memory, int64_t wait_ns,
                                                    const PushRequest& request,
                                                    const DecodeLimits& limits);

}  // namespace narfi::ingest
