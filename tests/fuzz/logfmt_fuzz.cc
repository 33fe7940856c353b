// The logfmt reader: the first byte chooses the flags, the rest is the line.
#include <cstdint>
#include <cstdlib>

#include "line/logfmt.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view line(reinterpret_cast<const char*>(data) + 1, size - 1);
  const bool strict = (data[0] & 1) != 0;
  const bool wants_some = (data[0] & 4) != 0;
  narfi::line::Demand demand;
  if (wants_some) demand = {false, {"a", "level"}};
  narfi::line::LogfmtFields reader(demand, strict, (data[0] & 2) != 0);
  narfi::Arena arena;
  std::vector<narfi::line::Field> fields;
  std::vector<uint8_t> found(demand.names.size(), 0);
  const narfi::line::Outcome outcome = reader.Extract(line, found, fields, arena);
  if (outcome.failed && !strict) std::abort();
  if (wants_some && fields.size() > 2) std::abort();
  size_t sum = outcome.details.size();
  for (const auto& field : fields) {
    if (field.name.empty()) std::abort();
    for (const char c : field.name) sum += static_cast<unsigned char>(c);
    for (const char c : field.value) sum += static_cast<unsigned char>(c);
  }
  asm volatile("" : : "r"(sum));  // the reads above must happen
  return 0;
}
