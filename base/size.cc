#include "base/size.h"

#include <fmt/format.h>
#include <algorithm>
#include <charconv>

#include "base/go_number.h"
#include "base/go_text.h"

namespace narfi {
namespace {

constexpr double kHumanKilo = 1000;

Result<uint64_t> ParseWith(std::string_view text, double kilo) {
  double number = 0;
  size_t digits = 0;
  while (digits < text.size() && ((text[digits] >= '0' && text[digits] <= '9') ||
                                  text[digits] == '.' || text[digits] == ','))
    ++digits;
  std::string plain(text.substr(0, digits));
  plain.erase(std::remove(plain.begin(), plain.end(), ','), plain.end());
  const auto [stop, error] = std::from_chars(plain.data(), plain.data() + plain.size(), number);
  if (error != std::errc{} || stop != plain.data() + plain.size()) {
    if (kilo == kHumanKilo) NARFI_TRY(ParseGoFloat(plain));  // in the words of Go's humanize
    return Fail(Code::kInvalidArgument, "not a byte size: " + GoQuote(text));
  }
  std::string unit;
  for (const char c : text.substr(digits)) {
    if (c != ' ') unit += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  }
  static constexpr std::string_view kPrefixes = "kmgtpe";
  double scale = 1;
  if (!unit.empty() && unit != "b") {
    const size_t power = kPrefixes.find(unit[0]);
    const std::string_view tail = std::string_view(unit).substr(1);
    if (power == std::string_view::npos ||
        !(tail.empty() || tail == "b" || tail == "i" || tail == "ib")) {
      return Fail(Code::kInvalidArgument, fmt::format("unhandled size name: {}", unit));
    }
    const double base = tail.starts_with('i') ? 1024 : kilo;
    for (size_t i = 0; i <= power; ++i) scale *= base;
  }
  const double bytes = number * scale;
  if (bytes >= 18446744073709551615.0)
    return Fail(Code::kInvalidArgument, "too large: " + std::string(text));
  return static_cast<uint64_t>(bytes);
}

}  // namespace

Result<uint64_t> ParseHumanBytes(std::string_view text) { return ParseWith(text, kHumanKilo); }
Result<uint64_t> ParseConfigBytes(std::string_view text) { return ParseWith(text, 1024); }

std::string FormatBytes(uint64_t bytes) {
  static constexpr std::string_view kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double value = static_cast<double>(bytes);
  size_t unit = 0;
  while (value >= 1024 && unit + 1 < std::size(kUnits)) {
    value /= 1024;
    ++unit;
  }
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, kUnits[unit]);
}

}  // namespace narfi
