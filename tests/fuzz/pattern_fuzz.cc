// Patterns over lines: the text up to the first newline is the pattern, the rest the line.
#include "line/pattern.h"

#include <cstdint>
#include <cstdlib>

#include "query/exec/line_pattern.h"
#include "query/logql/stage_check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t newline = std::min(input.find('\n'), input.size());
  const std::string_view text = input.substr(0, newline);
  const std::string_view line = input.substr(std::min(newline + 1, input.size()));
  const bool for_filter = narfi::logql::CheckFilterPattern(text).has_value();
  if (!for_filter && !narfi::logql::CheckParserPattern(text)) return 0;
  const auto pattern = narfi::query::CompilePattern(text);
  std::vector<std::string_view> values;
  pattern.Extract(line, values);
  const char* at = line.data();
  for (const std::string_view value : values) {
    // In the order of the line, without overlap.
    if (value.data() < at || value.data() + value.size() > line.data() + line.size()) std::abort();
    at = value.data() + value.size();
  }
  if (!pattern.Matches(line)) return 0;
  for (const auto& part : narfi::logql::SplitPattern(text)) {
    if (!part.is_capture && line.find(part.text) == std::string_view::npos) std::abort();
  }
  return 0;
}
