// Packed bodies: none may unpack to more than the limit, whatever it claims. The first byte chooses
// the packing.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "ingest/body_codec.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace narfi;
  constexpr uint64_t kLimit = 1 << 20;
  if (size == 0) return 0;
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto unpack = [&]() -> Result<std::string> {
    switch (data[0] % 5) {
      case 0:
        return ingest::Gunzip(body, kLimit);
      case 1:
        return ingest::Inflate(body, kLimit);
      case 2:
        return ingest::UnpackSnappy(body, kLimit);
      case 3:
        return ingest::UnpackZstd(body, kLimit);
      default:
        return ingest::UnpackLz4(body, kLimit);
    }
  };
  const Result<std::string> text = unpack();
  if (text) {
    NARFI_CHECK(text->size() <= kLimit && text->capacity() >= text->size() + ingest::kBodySlack);
  } else {
    NARFI_CHECK(!text.error().text.empty());
  }
  return 0;
}
