// Log lines, whose level is one of eight words whatever they are.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "line/level.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const narfi::line::LevelFields fields({"level", "LEVEL", "log.level", "severity", "lvl"});
  const std::string line(reinterpret_cast<const char*>(data), size);  // of exactly this size
  const std::string_view level = narfi::line::DetectLevel(line, fields);
  NARFI_CHECK(level == "unknown" || narfi::line::NormalizeLevel(level) == level);
  return 0;
}
