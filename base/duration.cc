#include "base/duration.h"

#include <fmt/format.h>
#include <algorithm>

#include "base/go_text.h"

namespace narfi {
namespace {

struct Unit {
  std::string_view name;
  int64_t ns;
};

// Longest name first: "ms" must be tried before "m". Both Unicode micro signs, as in Go.
constexpr Unit kGoUnits[] = {
    {"ns", kNanosecond},
    {"us", kMicrosecond},
    {"\xC2\xB5s", kMicrosecond},
    {"\xCE\xBCs", kMicrosecond},
    {"ms", kMillisecond},
    {"s", kSecond},
    {"m", kMinute},
    {"h", kHour},
};

constexpr Unit kPrometheusUnits[] = {
    {"y", kYear},   {"w", kWeek},   {"d", kDay},          {"h", kHour},
    {"m", kMinute}, {"s", kSecond}, {"ms", kMillisecond},
};

// Go's time package has quotes of its own: bytes that are no ASCII are escaped one by one.
std::string Quote(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    if (byte >= 0x80 || byte < ' ') {
      out += fmt::format("\\x{:02x}", byte);
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::string_view TakeDigits(std::string_view& rest) {
  size_t n = 0;
  while (n < rest.size() && IsDigit(rest[n])) ++n;
  const std::string_view digits = rest.substr(0, n);
  rest.remove_prefix(n);
  return digits;
}

// The letters up to the next digit or point, as Go delimits a unit.
std::string_view TakeUnitName(std::string_view& rest) {
  size_t n = 0;
  while (n < rest.size() && rest[n] != '.' && !IsDigit(rest[n])) ++n;
  const std::string_view name = rest.substr(0, n);
  rest.remove_prefix(n);
  return name;
}

bool AddScaled(std::string_view digits, int64_t scale, int64_t& total) {
  int64_t count = 0;
  for (const char c : digits) {
    if (__builtin_mul_overflow(count, 10, &count) || __builtin_add_overflow(count, c - '0', &count))
      return false;
  }
  int64_t part = 0;
  return !__builtin_mul_overflow(count, scale, &part) &&
         !__builtin_add_overflow(total, part, &total);
}

int64_t FractionOf(std::string_view digits, int64_t unit_ns) {
  double value = 0;
  double scale = 1;
  for (const char c : digits.substr(0, 18)) {
    value = value * 10 + (c - '0');
    scale *= 10;
  }
  return static_cast<int64_t>(value * (static_cast<double>(unit_ns) / scale));
}

tl::unexpected<Error> BadGo(std::string_view text) {
  return Fail(Code::kInvalidArgument, "time: invalid duration " + Quote(text));
}

// One "12.5ms" off the front of `rest`.
Status TakeGoPart(std::string_view text, std::string_view& rest, int64_t& total) {
  const std::string_view whole = TakeDigits(rest);
  std::string_view fraction;
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    fraction = TakeDigits(rest);
  }
  if (whole.empty() && fraction.empty()) return BadGo(text);
  const std::string_view name = TakeUnitName(rest);
  if (name.empty())
    return Fail(Code::kInvalidArgument, "time: missing unit in duration " + Quote(text));
  for (const Unit& unit : kGoUnits) {
    if (unit.name != name) continue;
    if (!AddScaled(whole, unit.ns, total)) return BadGo(text);
    total += FractionOf(fraction, unit.ns);
    return {};
  }
  return Fail(Code::kInvalidArgument,
              fmt::format("time: unknown unit {} in duration {}", Quote(name), Quote(text)));
}

}  // namespace

Result<int64_t> ParseGoDuration(std::string_view text) {
  std::string_view rest = text;
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  if (rest == "0") return 0;
  if (rest.empty()) return BadGo(text);
  int64_t total = 0;
  while (!rest.empty()) NARFI_TRY(TakeGoPart(text, rest, total));
  return negative ? -total : total;
}

Result<int64_t> ParsePrometheusDuration(std::string_view text) {
  if (text.empty()) return Fail(Code::kInvalidArgument, "empty duration string");
  if (text == "0") return 0;
  const auto bad = [&] {
    return Fail(Code::kInvalidArgument, "not a valid duration string: " + GoQuote(text));
  };
  int64_t total = 0;
  const Unit* next = kPrometheusUnits;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view digits = TakeDigits(rest);
    size_t letters = 0;
    while (letters < rest.size() && !IsDigit(rest[letters])) ++letters;
    const std::string_view name = rest.substr(0, letters);
    rest.remove_prefix(letters);
    if (digits.empty() || name.empty()) return bad();
    const auto named = [&](const Unit& unit) { return unit.name == name; };
    const Unit* unit =
        std::find_if(std::begin(kPrometheusUnits), std::end(kPrometheusUnits), named);
    if (unit == std::end(kPrometheusUnits)) {
      return Fail(Code::kInvalidArgument,
                  fmt::format("unknown unit {} in duration {}", GoQuote(name), GoQuote(text)));
    }
    if (unit < next) return bad();
    if (!AddScaled(digits, unit->ns, total))
      return Fail(Code::kInvalidArgument, "duration out of range");
    next = unit + 1;
  }
  return total;
}

Result<int64_t> ParseDuration(std::string_view text) {
  if (auto go = ParseGoDuration(text); go) return go;
  return ParsePrometheusDuration(text);
}

std::string FormatGoDuration(int64_t ns) {
  if (ns == 0) return "0s";
  const bool negative = ns < 0;
  const uint64_t size = negative ? 0 - static_cast<uint64_t>(ns) : static_cast<uint64_t>(ns);
  const auto with_fraction = [](uint64_t value, uint64_t unit) {
    std::string out = fmt::format("{}", value / unit);
    uint64_t rest = value % unit;
    if (rest == 0) return out;
    std::string digits;
    for (uint64_t scale = unit / 10; rest != 0; scale /= 10) {
      digits += static_cast<char>('0' + rest / scale);
      rest %= scale;
    }
    return out + "." + digits;
  };
  std::string out = negative ? "-" : "";
  if (size < kMicrosecond) return out + fmt::format("{}ns", size);
  if (size < kMillisecond) return out + with_fraction(size, kMicrosecond) + "\xC2\xB5s";
  if (size < kSecond) return out + with_fraction(size, kMillisecond) + "ms";
  if (size >= kHour) out += fmt::format("{}h", size / kHour);
  if (size >= kMinute) out += fmt::format("{}m", size % kHour / kMinute);
  return out + with_fraction(size % kMinute, kSecond) + "s";
}

std::string FormatPrometheusDuration(int64_t ns) {
  int64_t ms = ns / kMillisecond;
  if (ms == 0) return "0s";
  std::string out = ms < 0 ? "-" : "";
  if (ms < 0) ms = -ms;
  const auto take = [&](std::string_view unit, int64_t size_ms, bool exact) {
    if (exact && ms % size_ms != 0) return;
    if (const int64_t count = ms / size_ms; count > 0) {
      out += fmt::format("{}{}", count, unit);
      ms -= count * size_ms;
    }
  };
  // Years and weeks only when nothing is left over, as Prometheus does.
  take("y", kYear / kMillisecond, true);
  take("w", kWeek / kMillisecond, true);
  take("d", kDay / kMillisecond, false);
  take("h", kHour / kMillisecond, false);
  take("m", kMinute / kMillisecond, false);
  take("s", kSecond / kMillisecond, false);
  take("ms", 1, false);
  return out;
}

}  // namespace narfi
