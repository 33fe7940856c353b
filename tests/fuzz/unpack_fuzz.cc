// Packed lines and escape sequences: the first byte chooses what is asked, the rest is the line.
#include "line/unpack.h"

#include <cstdint>
#include <cstdlib>

#include "line/decolorize.h"

namespace {

size_t Touch(std::string_view text) {
  size_t sum = 0;
  for (const char c : text) sum += static_cast<unsigned char>(c);
  return sum;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view line(reinterpret_cast<const char*>(data) + 1, size - 1);
  narfi::line::Demand demand;
  if (data[0] % 2 == 1) demand = {false, {"a", "level"}};
  narfi::line::UnpackFields reader(demand);
  narfi::Arena arena;
  std::vector<narfi::line::Field> fields;
  const auto result = reader.Extract(line, fields, arena);
  if (!result.is_packed && !fields.empty()) std::abort();
  if (result.outcome.failed && result.is_packed) std::abort();
  size_t sum = Touch(result.outcome.details) + Touch(result.entry);
  for (const auto& field : fields) {
    if (field.name.empty()) std::abort();
    sum += Touch(field.name) + Touch(field.value);
  }
  const std::string_view plain = narfi::line::Decolorize(line, arena);
  if (plain.size() > line.size()) std::abort();
  sum += Touch(plain);
  asm volatile("" : : "r"(sum));  // the reads above must happen
  return 0;
}
