// Who is told of entries as they are taken: live tails.
#pragma once

#include <string>

#include "ingest/push.h"

namespace narfi::ingest {

class Follower {
 public:
  virtual ~Follower() = default;
  // The entries of a push that was logged, which queries see from now on; those that repeat stored
  // ones included. Called under the tenant's lock, in the order of its pushes: must not block, and
  // copies what it keeps.
  virtual void Taken(const std::string& tenant, const PushBatch& batch) = 0;
};

}  // namespace narfi::ingest
