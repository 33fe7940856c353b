// The messages of a live tail over gRPC: TailResponse of proto/logproto.proto.
//
// A message has entries of one stream, so that a change of stream begins another one. What was
// dropped is told stream by stream, from the first of its entries to the last.
//
// Ownership, Threads: those of TailFrames.
// Limits:    kMaxEntries a message, and kMaxBytes of it unless a single entry has more.
#pragma once

#include <string>

#include "server/tail_frames.h"

namespace narfi::server {

class GrpcTailFrames final : public TailFrames {
 public:
  using TailFrames::TailFrames;
  std::string Next() override;
};

}  // namespace narfi::server
