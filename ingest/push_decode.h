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
// room for everything that real clients send. `most`: what there is memory for now.
class ObjectBudget {
 public:
  static constexpr size_t kAny = SIZE_MAX;     // as `most`: no limit at all
  static constexpr size_t kByBody = kAny - 1;  // as `most`: by the size of the body alone

  explicit ObjectBudget(size_t body_bytes, size_t most = kByBody)
      : ObjectBudget(most, Limit(body_bytes), 0) {}
  // The same with a limit of another kind than Limit().
  static ObjectBudget Of(size_t limit_bytes, size_t most) { return {most, limit_bytes, 0}; }

  // The most that the objects of a body of this size may take.
  static constexpr size_t Limit(size_t body_bytes) {
    return body_bytes * kBytesPerByte + kFreeBytes;
  }

  // Counts one object; kLimit when the push may have no more, kUnavailable when only the memory
  // for them is used up.
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
  ObjectBudget(size_t most, size_t limit, int)
      : is_short_(most < limit), left_(is_short_ || most == kAny ? most : limit) {}

  static constexpr size_t kBytesPerByte = 6;
  static constexpr size_t kFreeBytes = 1 << 20;
  Status Exceeded() const;

  bool is_short_;
  size_t left_;
};

// Views point into `bytes`, which must outlive the batch.
Status DecodeProtoPush(std::string_view bytes, PushBatch& batch,
                       size_t object_bytes = ObjectBudget::kByBody);

// `body` must have kBodySlack bytes of capacity to spare; nothing points into it afterwards.
Status DecodeJsonPush(const std::string& body, PushBatch& batch,
                      size_t object_bytes = ObjectBudget::kByBody);

// Sets labels (and clashing_labels) from text such as {app="x", env="y"}; empty text is no labels.
Status ParseStreamLabels(std::string_view text, ObjectBudget& budget, PushStream& stream);
// The same from names and values: of equal names the last counts, names must be valid.
Status SetStreamLabels(std::vector<Label> pairs, PushStream& stream);

}  // namespace narfi::ingest
