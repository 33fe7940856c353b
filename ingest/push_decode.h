// The two readers behind Decode, and what they share.
//
// Errors: kInvalidArgument or kLimit with the sentence of the answer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "ingest/push.h"

namespace narfi::ingest {

// Many tiny objects cost more memory than the bytes that describe them: an empty entry takes two
// bytes of protobuf and sizeof(PushEntry) of ours. What a push may cost grows with its size, with
// room for everything that real clients send.
class ObjectBudget {
 public:
  explicit ObjectBudget(size_t body_bytes, size_t bytes_per_byte = kBytesPerByte,
                        size_t free_bytes = kFreeBytes)
      : left_(body_bytes * bytes_per_byte + free_bytes) {}

  // Counts one object; kLimit when the budget is used up.
  template <class T>
  Status Take() {
    return TakeBytes(sizeof(T));
  }
  // The same for text that is made.
  Status TakeBytes(size_t bytes) {
    if (left_ < bytes) return Exceeded();
    left_ -= bytes;
    return {};
  }

 private:
  static constexpr size_t kBytesPerByte = 6;
  static constexpr size_t kFreeBytes = 1 << 20;
  static Status Exceeded();

  size_t left_;
};

// Views point into `bytes`, which must outlive the batch.
Status DecodeProtoPush(std::string_view bytes, PushBatch& batch);

// `body` must have kBodySlack bytes of capacity to spare; nothing points into it afterwards.
Status DecodeJsonPush(const std::string& body, PushBatch& batch);

// Sets labels (and clashing_labels) from text such as {app="x", env="y"}; empty text is no labels.
Status ParseStreamLabels(std::string_view text, ObjectBudget& budget, PushStream& stream);
// The same from names and values: of equal names the last counts, names must be valid.
Status SetStreamLabels(std::vector<Label> pairs, PushStream& stream);

}  // namespace narfi::ingest
