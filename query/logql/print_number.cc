#include "query/logql/print_number.h"

#include <fmt/format.h>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "base/go_text.h"
#include "base/size.h"

namespace narfi::logql {

std::string PrintGeneral(double value) {
  if (value == 0) return "0";  // -0 would be read as a duration
  if (!std::isfinite(value)) return FormatSample(value);
  char buffer[64];
  const auto done =
      std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific);
  const std::string text(buffer, done.ptr);
  const int exponent = std::atoi(text.c_str() + text.find('e') + 1);
  return exponent < -4 || exponent >= 21 ? text : FormatSample(value);
}

std::string PrintSixPlaces(double value) {
  std::string text = fmt::format("{:f}", value);
  double again = 0;
  std::from_chars(text.data(), text.data() + text.size(), again);
  return again == value || !std::isfinite(value) ? text : FormatSample(value);
}

std::string PrintBytes(uint64_t bytes) {
  static constexpr std::string_view kUnits[] = {"B", "kB", "MB", "GB", "TB", "PB"};
  const std::string plain = fmt::format("{}B", bytes);
  if (bytes < 10) return plain;
  double value = static_cast<double>(bytes);
  size_t unit = 0;
  for (; value >= 1000 && unit + 1 < std::size(kUnits); ++unit) value /= 1000;
  value = std::floor(value * 10 + 0.5) / 10;
  std::string text = value < 10 ? fmt::format("{:.1f}{}", value, kUnits[unit])
                                : fmt::format("{:.0f}{}", value, kUnits[unit]);
  const auto again = ParseHumanBytes(text);
  return again && *again == bytes ? text : plain;
}

}  // namespace narfi::logql
