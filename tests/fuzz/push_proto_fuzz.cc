// Protobuf pushes, without the snappy around them (body_codec_fuzz.cc does that).
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "ingest/push_decode.h"
#include "ingest/validate.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace narfi;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  ingest::PushBatch batch;
  const Status decoded = ingest::DecodeProtoPush(bytes, batch);
  if (!decoded) {
    NARFI_CHECK(!decoded.error().text.empty());
    return 0;
  }
  ingest::RejectReport report("fuzz");
  ingest::Validate(batch, {}, {.now_ns = 1'795'136'400'000'000'000}, report);
  for (const auto& stream : batch.streams) {
    NARFI_CHECK(stream.labels.Has("service_name"));
    for (const auto& entry : stream.entries) NARFI_CHECK(!entry.metadata.empty());
  }
  return 0;
}
