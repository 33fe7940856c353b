#include "server/params.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/duration.h"
#include "base/go_text.h"
#include "base/time.h"

namespace narfi::server {
namespace {

constexpr uint64_t kDefaultLimit = 100;
constexpr int64_t kDefaultPoints = 250;

tl::unexpected<Error> BadInt(std::string_view function, std::string_view text,
                             std::string_view why) {
  return Fail(Code::kInvalidArgument,
              fmt::format("strconv.{}: parsing {}: {}", function, GoQuote(text), why));
}

// strconv.ParseInt(text, 10, 64) and Atoi.
Result<int64_t> ParseGoInt(std::string_view function, std::string_view text) {
  std::string_view digits = text;
  if (digits.starts_with('+')) digits.remove_prefix(1);
  int64_t value = 0;
  const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool plus_minus = digits.size() != text.size() && digits.starts_with('-');
  if (error == std::errc::invalid_argument || stop != digits.data() + digits.size() || plus_minus) {
    return BadInt(function, text, "invalid syntax");
  }
  if (error == std::errc::result_out_of_range) return BadInt(function, text, "value out of range");
  return value;
}

bool ParseGoFloat(std::string_view text, double& value) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && stop == text.data() + text.size();
}

int64_t FromSeconds(double seconds) {
  const double whole = std::floor(seconds);
  const double ns = std::round((seconds - whole) * 1000) * 1e6;  // Loki keeps milliseconds
  const double total = whole * 1e9 + ns;
  if (total >= 9.2e18) return INT64_MAX;
  if (total <= -9.2e18) return INT64_MIN;
  return static_cast<int64_t>(whole) * kSecond + static_cast<int64_t>(ns);
}

std::string LowerCase(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

Result<int64_t> TimeParam(const net::HttpRequest& request, std::string_view name, int64_t missing) {
  const std::string_view text = TextParam(request, name);
  if (text.empty()) return missing;
  auto time = ParseTimestamp(text);
  if (!time)
    return Fail(Code::kInvalidArgument,
                fmt::format("could not parse '{}' parameter: {}", name, time.error().text));
  return time;
}

int64_t DefaultStep(TimeRange range) {
  int64_t length = 0;
  if (__builtin_sub_overflow(range.end_ns, range.start_ns, &length)) length = INT64_MAX;
  const int64_t seconds = length / kSecond;
  return std::max<int64_t>(seconds / kDefaultPoints, 1) * kSecond;
}

Result<int64_t> ReadInterval(const net::HttpRequest& request) {
  const std::string_view text = TextParam(request, "interval");
  if (text.empty()) return 0;
  NARFI_ASSIGN(const int64_t interval, ParseStep(text));
  if (interval < 0) return Fail(Code::kInvalidArgument, "interval must be >= 0");
  return interval;
}

}  // namespace

std::string_view TextParam(const net::HttpRequest& request, std::string_view name) {
  const std::string* text = request.Param(name);
  return text == nullptr ? std::string_view() : std::string_view(*text);
}

Result<int64_t> ParseTimestamp(std::string_view text) {
  double seconds = 0;
  if (text.find('.') != std::string_view::npos && ParseGoFloat(text, seconds) &&
      !std::isnan(seconds))
    return FromSeconds(seconds);
  auto number = ParseGoInt("ParseInt", text);
  if (number) {
    if (text.size() > 10) return number;
    int64_t ns = 0;
    if (__builtin_mul_overflow(*number, kSecond, &ns)) return *number < 0 ? INT64_MIN : INT64_MAX;
    return ns;
  }
  if (const auto time = ParseRfc3339(text); time) return *time;
  return number;
}

Result<int64_t> ParseStep(std::string_view text) {
  double seconds = 0;
  if (ParseGoFloat(text, seconds) && std::isfinite(seconds)) {
    const double ns = seconds * 1e9;
    if (std::fabs(ns) > 9.2e18) {
      return Fail(
          Code::kInvalidArgument,
          fmt::format("cannot parse {} to a valid duration. It overflows int64", GoQuote(text)));
    }
    return static_cast<int64_t>(ns);
  }
  if (const auto duration = ParsePrometheusDuration(text); duration) return *duration;
  return Fail(Code::kInvalidArgument,
              fmt::format("cannot parse {} to a valid duration", GoQuote(text)));
}

Result<TimeRange> ReadRange(const net::HttpRequest& request, int64_t now_ns,
                            int64_t default_since_ns) {
  int64_t since = default_since_ns;
  if (const std::string_view text = TextParam(request, "since"); !text.empty()) {
    const auto parsed = ParsePrometheusDuration(text);
    if (!parsed)
      return Fail(Code::kInvalidArgument,
                  "could not parse 'since' parameter: " + parsed.error().text);
    since = *parsed;
  }
  TimeRange range;
  NARFI_ASSIGN(range.end_ns, TimeParam(request, "end", now_ns));
  // An end in the future does not move the default start there.
  const int64_t from = std::min(range.end_ns, now_ns);
  int64_t missing = 0;
  if (__builtin_sub_overflow(from, since, &missing)) missing = INT64_MIN;
  NARFI_ASSIGN(range.start_ns, TimeParam(request, "start", missing));
  return range;
}

Result<TimeRange> ReadOrderedRange(const net::HttpRequest& request, int64_t now_ns,
                                   int64_t default_since_ns) {
  NARFI_ASSIGN(const TimeRange range, ReadRange(request, now_ns, default_since_ns));
  if (range.end_ns < range.start_ns)
    return Fail(Code::kInvalidArgument, "end timestamp must not be before or equal to start time");
  return range;
}

Result<int64_t> ReadStep(const net::HttpRequest& request, TimeRange range) {
  const std::string_view text = TextParam(request, "step");
  if (text.empty()) return DefaultStep(range);
  NARFI_ASSIGN(const int64_t step_ns, ParseStep(text));
  if (step_ns > 0) return step_ns;
  return Fail(
      Code::kInvalidArgument,
      "zero or negative query resolution step widths are not accepted. Try a positive integer");
}

Status CheckPoints(TimeRange range, int64_t step_ns) {
  int64_t length = 0;
  if (__builtin_sub_overflow(range.end_ns, range.start_ns, &length)) length = INT64_MAX;
  if (length / step_ns <= query::kMaxPoints) return {};
  return Fail(Code::kInvalidArgument,
              "exceeded maximum resolution of 11,000 points per time series. Try increasing the "
              "value of the step parameter");
}

TimeRange ToWholeDays(TimeRange range) {
  constexpr int64_t kFirst = INT64_MIN / kDay * kDay;  // the outermost midnights
  constexpr int64_t kLast = INT64_MAX / kDay * kDay;
  if (range.start_ns >= kFirst && range.start_ns < kLast) {
    const int64_t rest = range.start_ns % kDay;
    range.start_ns -= rest >= 0 ? rest : rest + kDay;
  }
  if (range.end_ns >= kFirst && range.end_ns < kLast) {
    const int64_t rest = range.end_ns % kDay;
    range.end_ns += kDay - (rest >= 0 ? rest : rest + kDay);
  }
  return range;
}

Result<uint64_t> ReadCount(const net::HttpRequest& request, std::string_view name,
                           uint64_t missing) {
  const std::string_view text = TextParam(request, name);
  if (text.empty()) return missing;
  NARFI_ASSIGN(const int64_t count, ParseGoInt("Atoi", text));
  if (count <= 0) return Fail(Code::kInvalidArgument, "limit must be a positive value");
  return static_cast<uint64_t>(count);
}

Result<uint64_t> ReadLimit(const net::HttpRequest& request, uint64_t missing) {
  return ReadCount(request, "limit", missing);
}

Result<query::Direction> ReadDirection(const net::HttpRequest& request) {
  const std::string_view text = TextParam(request, "direction");
  const std::string lower = LowerCase(text);
  if (lower.empty() || lower == "backward") return query::Direction::kBackward;
  if (lower == "forward") return query::Direction::kForward;
  return Fail(Code::kInvalidArgument, fmt::format("invalid direction '{}'", text));
}

Result<query::Request> ReadRangeQuery(const net::HttpRequest& request, int64_t now_ns) {
  query::Request out;
  out.query = TextParam(request, "query");
  NARFI_ASSIGN(const TimeRange range, ReadRange(request, now_ns, kHour));
  out.start_ns = range.start_ns;
  out.end_ns = range.end_ns;
  NARFI_ASSIGN(out.limit, ReadLimit(request, kDefaultLimit));
  NARFI_ASSIGN(out.direction, ReadDirection(request));
  if (out.end_ns < out.start_ns)
    return Fail(Code::kInvalidArgument, "end timestamp must not be before or equal to start time");
  NARFI_ASSIGN(out.step_ns, ReadStep(request, range));
  NARFI_TRY(CheckPoints(range, out.step_ns));
  NARFI_ASSIGN(out.interval_ns, ReadInterval(request));
  return out;
}

Result<query::Request> ReadInstantQuery(const net::HttpRequest& request, int64_t now_ns) {
  query::Request out;
  out.is_instant = true;
  out.query = TextParam(request, "query");
  out.end_ns = now_ns;
  if (const std::string_view time = TextParam(request, "time"); !time.empty()) {
    NARFI_ASSIGN(out.end_ns, ParseTimestamp(time));
  }
  out.start_ns = out.end_ns;
  NARFI_ASSIGN(out.limit, ReadLimit(request, kDefaultLimit));
  NARFI_ASSIGN(out.direction, ReadDirection(request));
  return out;
}

std::vector<std::string> ReadEncodingFlags(const net::HttpRequest& request) {
  std::vector<std::string> flags;
  std::string_view text = request.headers.Get("X-Loki-Response-Encoding-Flags");
  while (!text.empty()) {
    const size_t end = std::min(text.find(','), text.size());
    std::string_view flag = text.substr(0, end);
    while (flag.starts_with(' ')) flag.remove_prefix(1);
    while (flag.ends_with(' ')) flag.remove_suffix(1);
    if (!flag.empty()) flags.emplace_back(flag);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return flags;
}

Result<int64_t> ReadDelayFor(const net::HttpRequest& request) {
  const std::string_view text = TextParam(request, "delay_for");
  if (text.empty()) return 0;
  NARFI_ASSIGN(const int64_t seconds, ParseGoInt("Atoi", text));
  return CheckDelayFor(seconds);
}

Result<int64_t> CheckDelayFor(int64_t seconds) {
  constexpr int64_t kMaxDelaySeconds = 5;
  if (seconds > kMaxDelaySeconds)
    return Fail(Code::kInvalidArgument,
                fmt::format("delay_for can't be greater than {}", kMaxDelaySeconds));
  return std::max<int64_t>(seconds, 0) * kSecond;
}

}  // namespace narfi::server
