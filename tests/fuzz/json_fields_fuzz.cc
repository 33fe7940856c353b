// The json stage's readers: the first byte chooses what is asked, the rest is the line.
#include <cstdint>
#include <cstdlib>

#include "line/json_fields.h"

namespace {

using narfi::line::JsonPath;

// Values must lie in the line or in the arena; reading them all shows it to the sanitizers.
size_t Touch(const std::vector<narfi::line::Field>& fields) {
  size_t sum = 0;
  for (const auto& field : fields) {
    for (const char c : field.name) sum += static_cast<unsigned char>(c);
    for (const char c : field.value) sum += static_cast<unsigned char>(c);
  }
  return sum;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static narfi::line::JsonFields everything{{}};
  static narfi::line::JsonFields some{{false, {"a", "a_b", "level"}}};
  static narfi::line::JsonPaths paths{{JsonPath{{false, "a", 0}},
                                       JsonPath{{false, "a", 0}, {false, "b", 0}},
                                       JsonPath{{false, "c", 0}, {true, "", 1}}}};
  if (size == 0) return 0;
  const std::string_view line(reinterpret_cast<const char*>(data) + 1, size - 1);
  narfi::Arena arena;
  std::vector<narfi::line::Field> fields;
  std::vector<uint8_t> found(3, 0);
  size_t sum = 0;
  if (data[0] % 3 == 0) {
    sum += everything.Extract(line, {}, fields, arena).details.size();
  } else if (data[0] % 3 == 1) {
    sum += some.Extract(line, found, fields, arena).details.size();
    if (fields.size() > 3) std::abort();
  } else {
    std::vector<narfi::line::JsonPaths::Value> values(3);
    sum += paths.Extract(line, values, arena).details.size();
    for (const auto& value : values) {
      for (const char c : value.text) sum += static_cast<unsigned char>(c);
    }
  }
  sum += Touch(fields);
  asm volatile("" : : "r"(sum));  // the reads above must happen
  return 0;
}
