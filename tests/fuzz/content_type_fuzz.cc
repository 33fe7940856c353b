// Content-Type headers.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "ingest/content_type.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto type = narfi::ingest::ParseMediaType({reinterpret_cast<const char*>(data), size});
  NARFI_CHECK(type ? !type->empty() : type.error().text.starts_with("mime: "));
  return 0;
}
