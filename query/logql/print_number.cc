#include "query/logql/print_number.h"

#include <fmt/format.h>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "base/go_text.h"

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

uint64_t RoundAsPrinted(uint64_t bytes) {
  if (bytes < 10) return bytes;
  double unit = 1;
  while (static_cast<double>(bytes) / unit >= 1000) unit *= 1000;
  const double value = std::floor(static_cast<double>(bytes) / unit * 10 + 0.5) / 10;
  const double rounded = (value < 10 ? value : std::nearbyint(value)) * unit;
  // 18.4 EB and more end where integers do.
  return rounded < 18446744073709551616.0 ? static_cast<uint64_t>(rounded) : UINT64_MAX;
}

std::string PrintBytes(uint64_t bytes) {
  static constexpr std::string_view kUnits[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
  if (bytes == 0) return "0kB";
  if (bytes < 10) return fmt::format("{}B", bytes);
  double value = static_cast<double>(bytes);
  size_t unit = 0;
  for (; value >= 1000 && unit + 1 < std::size(kUnits); ++unit) value /= 1000;
  value = std::floor(value * 10 + 0.5) / 10;
  return value < 10 ? fmt::format("{:.1f}{}", value, kUnits[unit])
                    : fmt::format("{:.0f}{}", value, kUnits[unit]);
}

}  // namespace narfi::logql
