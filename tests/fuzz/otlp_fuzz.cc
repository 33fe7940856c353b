// OTLP pushes: the first byte chooses JSON or protobuf, and whose mapping. What decodes must decode
// the same way again, as it does when the write-ahead log is replayed.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "ingest/push_otlp.h"
#include "tests/fuzz/same_batch.h"

namespace {

narfi::ingest::OtlpMapping OwnMapping() {
  using narfi::config::OtlpAction;
  narfi::config::OtlpConfig config;
  config.resource_attributes = {{OtlpAction::kIndexLabel, {}, "k.*"},
                                {OtlpAction::kDrop, {"host.name"}, ""}};
  config.log_attributes = {{OtlpAction::kDrop, {}, "a+"}};
  config.severity_text_as_label = true;
  auto mapping = narfi::ingest::OtlpMapping::Make(config);
  NARFI_CHECK(mapping.has_value());
  return std::move(*mapping);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace narfi;
  if (size == 0) return 0;
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string type = std::string(ingest::kOtlpMark) +
                           (data[0] % 2 == 0 ? "application/json" : "application/x-protobuf");
  constexpr int64_t kNow = 1'795'136'400'000'000'000;
  static const ingest::OtlpMapping own = OwnMapping();
  const ingest::OtlpMapping* mapping = data[0] & 2 ? &own : nullptr;
  auto batch = ingest::Decode({type, "", body, kNow, mapping}, {});
  auto again = ingest::Decode({type, "", body, kNow, mapping}, {});
  CheckDecoded(batch, again, kNow);
  return 0;
}
