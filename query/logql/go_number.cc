#include "query/logql/go_number.h"

#include <fmt/format.h>
#include <algorithm>
#include <charconv>

#include "base/go_text.h"

namespace narfi::logql {
namespace {

tl::unexpected<Error> BadNumber(std::string_view function, std::string_view text,
                                std::string_view what) {
  return Fail(Code::kInvalidArgument,
              fmt::format("strconv.{}: parsing {}: {}", function, GoQuote(text), what));
}

}  // namespace

Result<double> ParseGoFloat(std::string_view text) {
  std::string digits(text);
  digits.erase(std::remove(digits.begin(), digits.end(), '_'), digits.end());
  const bool hex = digits.starts_with("0x") || digits.starts_with("0X");
  if (hex && digits.find_first_of("pP") == std::string::npos) {
    return BadNumber("ParseFloat", text, "invalid syntax");
  }
  const char* begin = digits.data() + (hex ? 2 : 0);
  const char* end = digits.data() + digits.size();
  double value = 0;
  const auto form = hex ? std::chars_format::hex : std::chars_format::general;
  const auto [stop, error] = std::from_chars(begin, end, value, form);
  if (error == std::errc::result_out_of_range && stop == end) {
    // Too small is 0 in Go, too large an error.
    const bool small = digits.find('-') != std::string::npos;
    if (small) return 0.0;
    return BadNumber("ParseFloat", text, "value out of range");
  }
  if (error != std::errc{} || stop != end) return BadNumber("ParseFloat", text, "invalid syntax");
  return value;
}

Result<int64_t> ParseGoInt(std::string_view text) {
  int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (stop != end || error == std::errc::invalid_argument) {
    return BadNumber("Atoi", text, "invalid syntax");
  }
  if (error != std::errc{}) return BadNumber("Atoi", text, "value out of range");
  return value;
}

}  // namespace narfi::logql
