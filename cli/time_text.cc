#include "cli/time_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <ctime>

#include "base/duration.h"
#include "base/go_text.h"
#include "base/time.h"

namespace narfi::cli {
namespace {

int64_t FloorSeconds(int64_t ns) { return ns / kSecond - (ns % kSecond < 0 ? 1 : 0); }

// How far the machine's zone is ahead of UTC at a time.
int64_t LocalOffsetSeconds(int64_t ns) {
  const std::time_t seconds = FloorSeconds(ns);
  std::tm local{};
  return localtime_r(&seconds, &local) == nullptr ? 0 : local.tm_gmtoff;
}

constexpr const char* kStamp = "%b %e %H:%M:%S";

// In English: the program never leaves the C locale.
std::string Strftime(const char* format, int64_t seconds, bool utc) {
  const std::time_t time = seconds;
  std::tm broken{};
  if ((utc ? gmtime_r(&time, &broken) : localtime_r(&time, &broken)) == nullptr) return {};
  char text[64];
  return {text, std::strftime(text, sizeof text, format, &broken)};
}

bool AllDigits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Result<int64_t> ParseUnix(std::string_view text) {
  int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.size() == 10) return value * kSecond;
  if (text.size() == 19) return value;
  return Fail(Code::kInvalidArgument,
              fmt::format("{} is no Unix time in seconds (10 digits) or nanoseconds (19)", text));
}

std::string OffsetText(int64_t offset_seconds) {
  if (offset_seconds == 0) return "Z";
  const int64_t minutes = std::abs(offset_seconds) / 60;
  return fmt::format("{}{:02}:{:02}", offset_seconds < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

// `shown` is a UTC time text; its Z becomes the offset by which the time was moved.
std::string WithOffset(std::string shown, int64_t offset_seconds) {
  shown.pop_back();
  return shown + OffsetText(offset_seconds);
}

}  // namespace

Result<int64_t> ParseTimeArgument(std::string_view text, bool utc) {
  if (AllDigits(text)) return ParseUnix(text);
  if (auto exact = ParseRfc3339(text); exact) return exact;
  std::string naive(text);
  if (naive.size() == 10) naive += "T00:00:00";
  auto as_utc = ParseRfc3339(naive + "Z");
  if (!as_utc) {
    return Fail(Code::kInvalidArgument, GoQuote(text) + " is no time such as 2026-01-19T10:00:00Z");
  }
  if (utc) return as_utc;
  // The offset at the wall-clock time read as UTC may be that of the other side of a clock change.
  const int64_t guess = *as_utc - LocalOffsetSeconds(*as_utc) * kSecond;
  return *as_utc - LocalOffsetSeconds(guess) * kSecond;
}

std::string FormatTime(int64_t ns, bool utc) {
  const int64_t offset = utc ? 0 : LocalOffsetSeconds(ns);
  return WithOffset(FormatRfc3339Seconds(ns + offset * kSecond), offset);
}

std::string FormatTimeAs(TimeFormat format, int64_t ns, bool utc) {
  const int64_t seconds = FloorSeconds(ns);
  const int64_t fraction = ns - seconds * kSecond;
  switch (format) {
    case TimeFormat::kRfc3339:
      return FormatTime(ns, utc);
    case TimeFormat::kRfc3339Nano:
      return FormatTimeNanos(ns, utc);
    case TimeFormat::kRfc822Z:
      return Strftime("%d %b %y %H:%M %z", seconds, utc);
    case TimeFormat::kRfc1123Z:
      return Strftime("%a, %d %b %Y %H:%M:%S %z", seconds, utc);
    case TimeFormat::kStampMilli:
      return Strftime(kStamp, seconds, utc) + fmt::format(".{:03}", fraction / kMillisecond);
    case TimeFormat::kStampMicro:
      return Strftime(kStamp, seconds, utc) + fmt::format(".{:06}", fraction / kMicrosecond);
    case TimeFormat::kStampNano:
      return Strftime(kStamp, seconds, utc) + fmt::format(".{:09}", fraction);
    case TimeFormat::kUnixDate:
      return Strftime(utc ? "%a %b %e %H:%M:%S UTC %Y" : "%a %b %e %H:%M:%S %Z %Y", seconds, utc);
  }
  return {};
}

std::string FormatTimeNanos(int64_t ns, bool utc) {
  const int64_t offset = utc ? 0 : LocalOffsetSeconds(ns);
  return WithOffset(FormatRfc3339(ns + offset * kSecond), offset);
}

}  // namespace narfi::cli
