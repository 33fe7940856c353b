// Bodies of JSON pushes: decoded and validated, with every byte of the result touched.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "ingest/push_body.h"
#include "ingest/validate.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace narfi;
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  auto batch = ingest::Decode({"application/json", "", body}, {});
  if (!batch) {
    NARFI_CHECK(batch.error().status >= 400 && !batch.error().text.empty());
    return 0;
  }
  ingest::RejectReport report("fuzz");
  ingest::Validate(*batch, {}, {.now_ns = 1'795'136'400'000'000'000}, report);
  size_t bytes = 0;
  for (const auto& stream : batch->streams) {
    bytes += stream.labels.ToString().size();
    for (const auto& entry : stream.entries) {
      for (const char c : entry.line) bytes += static_cast<uint8_t>(c);
      NARFI_CHECK(!entry.metadata.empty());  // detected_level at least
      for (const auto& pair : entry.metadata) bytes += pair.name.size() + pair.value.size();
    }
  }
  NARFI_CHECK(report.Answer().status == (report.empty() ? 204 : 400) || bytes == 0);
  return 0;
}
