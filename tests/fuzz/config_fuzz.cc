// Any text as a configuration file of either daemon: an answer or an error, never a crash.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "config/load.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // The file of tenant overrides is named by the input: no input may make this read other files.
  if (text.find("runtime_config") == std::string_view::npos &&
      text.find("per_tenant_override_config") == std::string_view::npos) {
    if (const auto narfid = narfi::config::ParseNarfidSettings(text, "fuzz.yml")) {
      const auto again = narfi::config::ParseNarfidSettings(
          narfi::config::PrintNarfidSettings(narfid->settings), "again.yml");
      if (!again) __builtin_trap();
    }
  }
  (void)narfi::config::ParseShipperSettings(text, "fuzz.yml");
  return 0;
}
