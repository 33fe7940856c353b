// Points in time: reading and writing them, epochs; and the methods that Go's types have.
#include <fmt/format.h>

#include "base/duration.h"
#include "base/go_int.h"
#include "base/go_layout.h"
#include "base/time.h"
#include "line/template/fail.h"
#include "line/template/functions.h"
#include "line/template/print.h"

namespace narfi::line::tmpl {
namespace of_time {
namespace {

constexpr int64_t kDaySeconds = 86'400;
constexpr int64_t kYearOne = -62'135'596'800;  // where Go's zero Time is

Value TimeOfNs(int64_t ns, const TimeZone* zone) {
  int64_t seconds = ns / kSecond;
  int64_t nanos = ns % kSecond;
  if (nanos < 0) {
    nanos += kSecond;
    --seconds;
  }
  return MakeTime(seconds, static_cast<int32_t>(nanos), zone);
}

const TimeZone* LocalZone(Runtime& runtime) { return runtime.FindZone("Local").value_or(nullptr); }

int64_t NanosOf(const Value& time) {
  return static_cast<int64_t>(static_cast<uint64_t>(time.integer) * kSecond +
                              static_cast<uint64_t>(time.nanos));
}

// ------------------------------------------------------------------ functions

Result<Value> Line(Runtime& runtime, Args) { return MakeText(runtime.input().line); }
Result<Value> Timestamp(Runtime& runtime, Args) {
  return TimeOfNs(runtime.input().time_ns, LocalZone(runtime));
}
Result<Value> Now(Runtime& runtime, Args) {
  return TimeOfNs(runtime.input().now_ns, LocalZone(runtime));
}

// What cannot be read is Go's zero time.
Value ReadTime(Runtime& runtime, std::string_view layout, std::string_view text,
               const TimeZone* zone) {
  static const TimeZone utc;
  const auto read = GoLayout(layout).ParseTime(text, zone == nullptr ? utc : *zone);
  if (!read) return MakeTime(kYearOne, 0, nullptr);
  if (!read->offset_seconds) return MakeTime(read->seconds, read->nanos, zone);
  const int64_t offset = *read->offset_seconds;
  // An offset that the zone has at that time is that zone.
  const TimeZone::Offset there = (zone == nullptr ? utc : *zone).OffsetAtUtc(read->seconds);
  if (there.seconds == offset && (read->zone_name.empty() || read->zone_name == there.name))
    return MakeTime(read->seconds, read->nanos, zone);
  return MakeTime(read->seconds, read->nanos, runtime.FixedZone(read->zone_name, offset));
}

Result<Value> ToDate(Runtime& runtime, Args args) {
  return ReadTime(runtime, args[0].text, args[1].text, LocalZone(runtime));
}
Result<Value> ToDateInZone(Runtime& runtime, Args args) {
  const auto zone = runtime.FindZone(std::string(args[1].text));
  return ReadTime(runtime, args[0].text, args[2].text, zone.value_or(nullptr));
}

// Whole numbers are seconds; what is no time is now.
Result<Value> Date(Runtime& runtime, Args args) {
  Value time = args[1];
  if (time.type == Type::kInt || time.type == Type::kInt64) {
    time = MakeTime(time.integer, 0, nullptr);
  } else if (time.type != Type::kTime) {
    time = TimeOfNs(runtime.input().now_ns, nullptr);
  }
  time.zone = LocalZone(runtime);
  std::string out;
  AppendTime(out, time, args[0].text);
  return runtime.Keep(out);
}

Result<Value> UnixEpoch(Runtime& runtime, Args args) {
  return runtime.Keep(std::to_string(args[0].integer));
}
Result<Value> UnixEpochMillis(Runtime& runtime, Args args) {
  const auto millis = static_cast<int64_t>(static_cast<uint64_t>(args[0].integer) * 1000 +
                                           static_cast<uint64_t>(args[0].nanos / 1'000'000));
  return runtime.Keep(std::to_string(millis));
}
Result<Value> UnixEpochNanos(Runtime& runtime, Args args) {
  return runtime.Keep(std::to_string(NanosOf(args[0])));
}

// The number of digits says what is counted.
Result<Value> UnixToTime(Runtime& runtime, Args args) {
  const std::string_view text = args[0].text;
  const auto number = ParseGoInt(text);
  if (!number) return Bad(fmt::format("unable to parse time '{}': {}", text, number.error().text));
  const TimeZone* const zone = LocalZone(runtime);
  switch (text.size()) {
    case 5:
      return MakeTime(*number * kDaySeconds, 0, zone);
    case 10:
      return MakeTime(*number, 0, zone);
    case 13:
      return TimeOfNs(*number * kMillisecond, zone);
    case 16:
      return TimeOfNs(*number * kMicrosecond, zone);
    case 19:
      return TimeOfNs(*number, zone);
    default:
      return Bad(fmt::format("unable to parse time '{}': %!w(<nil>)", text));
  }
}

constexpr Param kS = Param::kString;
constexpr Param kT = Param::kTime;
constexpr Function kFunctions[] = {
    {"__line__", {}, 0, false, Line},
    {"__timestamp__", {}, 0, false, Timestamp},
    {"now", {}, 0, false, Now},
    {"toDate", {kS, kS}, 2, false, ToDate},
    {"toDateInZone", {kS, kS, kS}, 3, false, ToDateInZone},
    {"date", {kS, Param::kAny}, 2, false, Date},
    {"unixEpoch", {kT}, 1, false, UnixEpoch},
    {"unixEpochMillis", {kT}, 1, false, UnixEpochMillis},
    {"unixEpochNanos", {kT}, 1, false, UnixEpochNanos},
    {"unixToTime", {kS}, 1, false, UnixToTime},
};

// ------------------------------------------------------------------ methods

Value Int64(int64_t value) { return MakeInt(value, Type::kInt64); }

int64_t LocalSeconds(const Value& time) {
  return time.integer + (time.zone == nullptr ? 0 : time.zone->OffsetAtUtc(time.integer).seconds);
}
int64_t LocalDay(const Value& time) {
  const int64_t local = LocalSeconds(time);
  return local / kDaySeconds - (local % kDaySeconds < 0 ? 1 : 0);
}
int64_t SecondOfDay(const Value& time) { return LocalSeconds(time) - LocalDay(time) * kDaySeconds; }
CivilDate DateOf(const Value& time) { return CivilFromDays(LocalDay(time)); }

Result<Value> Unix(Runtime&, Args args) { return Int64(args[0].integer); }
Result<Value> UnixMilli(Runtime&, Args args) {
  return Int64(args[0].integer * 1000 + args[0].nanos / 1'000'000);
}
Result<Value> UnixMicro(Runtime&, Args args) {
  return Int64(args[0].integer * 1'000'000 + args[0].nanos / 1000);
}
Result<Value> UnixNano(Runtime&, Args args) { return Int64(NanosOf(args[0])); }
Result<Value> Year(Runtime&, Args args) { return MakeInt(DateOf(args[0]).year); }
Result<Value> Month(Runtime&, Args args) { return MakeInt(DateOf(args[0]).month, Type::kMonth); }
Result<Value> Day(Runtime&, Args args) { return MakeInt(DateOf(args[0]).day); }
Result<Value> Hour(Runtime&, Args args) { return MakeInt(SecondOfDay(args[0]) / 3600); }
Result<Value> Minute(Runtime&, Args args) { return MakeInt(SecondOfDay(args[0]) / 60 % 60); }
Result<Value> Second(Runtime&, Args args) { return MakeInt(SecondOfDay(args[0]) % 60); }
Result<Value> Nanosecond(Runtime&, Args args) { return MakeInt(args[0].nanos); }
Result<Value> YearDay(Runtime&, Args args) {
  return MakeInt(LocalDay(args[0]) - DaysFromCivil(DateOf(args[0]).year, 1, 1) + 1);
}
Result<Value> Weekday(Runtime&, Args args) {
  return MakeInt(((LocalDay(args[0]) + 4) % 7 + 7) % 7, Type::kWeekday);
}
Result<Value> Utc(Runtime&, Args args) { return MakeTime(args[0].integer, args[0].nanos, nullptr); }
Result<Value> Local(Runtime& runtime, Args args) {
  return MakeTime(args[0].integer, args[0].nanos, LocalZone(runtime));
}
Result<Value> IsZero(Runtime&, Args args) {
  return MakeBool(args[0].integer == kYearOne && args[0].nanos == 0);
}
Result<Value> Format(Runtime& runtime, Args args) {
  std::string out;
  AppendTime(out, args[0], args[1].text);
  return runtime.Keep(out);
}
Result<Value> String(Runtime& runtime, Args args) {
  std::string out;
  AppendString(out, args[0]);
  return runtime.Keep(out);
}
std::pair<int64_t, int32_t> Instant(const Value& time) { return {time.integer, time.nanos}; }
Result<Value> Before(Runtime&, Args args) { return MakeBool(Instant(args[0]) < Instant(args[1])); }
Result<Value> After(Runtime&, Args args) { return MakeBool(Instant(args[0]) > Instant(args[1])); }
Result<Value> Equal(Runtime&, Args args) { return MakeBool(Instant(args[0]) == Instant(args[1])); }

// Sub saturates.
Result<Value> Sub(Runtime&, Args args) {
  int64_t ns = 0;
  if (__builtin_sub_overflow(args[0].integer, args[1].integer, &ns) ||
      __builtin_mul_overflow(ns, kSecond, &ns) ||
      __builtin_add_overflow(ns, args[0].nanos - args[1].nanos, &ns))
    ns = args[0].integer < args[1].integer ? INT64_MIN : INT64_MAX;
  return MakeInt(ns, Type::kDuration);
}
Result<Value> Add(Runtime&, Args args) {
  const Value moved = TimeOfNs(args[1].integer, nullptr);
  int64_t seconds = args[0].integer + moved.integer;
  int32_t nanos = args[0].nanos + moved.nanos;
  if (nanos >= kSecond) {
    nanos -= static_cast<int32_t>(kSecond);
    ++seconds;
  }
  return MakeTime(seconds, nanos, args[0].zone);
}

constexpr Function kTimeMethods[] = {
    {"Unix", {kT}, 1, false, Unix},
    {"UnixMilli", {kT}, 1, false, UnixMilli},
    {"UnixMicro", {kT}, 1, false, UnixMicro},
    {"UnixNano", {kT}, 1, false, UnixNano},
    {"Year", {kT}, 1, false, Year},
    {"Month", {kT}, 1, false, Month},
    {"Day", {kT}, 1, false, Day},
    {"Hour", {kT}, 1, false, Hour},
    {"Minute", {kT}, 1, false, Minute},
    {"Second", {kT}, 1, false, Second},
    {"Nanosecond", {kT}, 1, false, Nanosecond},
    {"YearDay", {kT}, 1, false, YearDay},
    {"Weekday", {kT}, 1, false, Weekday},
    {"UTC", {kT}, 1, false, Utc},
    {"Local", {kT}, 1, false, Local},
    {"IsZero", {kT}, 1, false, IsZero},
    {"Format", {kT, kS}, 2, false, Format},
    {"String", {kT}, 1, false, String},
    {"Before", {kT, kT}, 2, false, Before},
    {"After", {kT, kT}, 2, false, After},
    {"Equal", {kT, kT}, 2, false, Equal},
    {"Sub", {kT, kT}, 2, false, Sub},
    {"Add", {kT, Param::kDuration}, 2, false, Add},
};

Result<Value> DurationSeconds(Runtime&, Args args) {
  return MakeFloat(static_cast<double>(args[0].integer / kSecond) +
                   static_cast<double>(args[0].integer % kSecond) / 1e9);
}
Result<Value> DurationMinutes(Runtime&, Args args) {
  return MakeFloat(static_cast<double>(args[0].integer / kMinute) +
                   static_cast<double>(args[0].integer % kMinute) / 6e10);
}
Result<Value> DurationHours(Runtime&, Args args) {
  return MakeFloat(static_cast<double>(args[0].integer / kHour) +
                   static_cast<double>(args[0].integer % kHour) / 3.6e12);
}
Result<Value> Milliseconds(Runtime&, Args args) { return Int64(args[0].integer / kMillisecond); }
Result<Value> Microseconds(Runtime&, Args args) { return Int64(args[0].integer / kMicrosecond); }
Result<Value> Nanoseconds(Runtime&, Args args) { return Int64(args[0].integer); }

constexpr Function kDurationMethods[] = {
    {"Seconds", {Param::kDuration}, 1, false, DurationSeconds},
    {"Minutes", {Param::kDuration}, 1, false, DurationMinutes},
    {"Hours", {Param::kDuration}, 1, false, DurationHours},
    {"Milliseconds", {Param::kDuration}, 1, false, Milliseconds},
    {"Microseconds", {Param::kDuration}, 1, false, Microseconds},
    {"Nanoseconds", {Param::kDuration}, 1, false, Nanoseconds},
    {"String", {Param::kDuration}, 1, false, String},
};

}  // namespace
}  // namespace of_time

std::span<const Function> TimeFunctions() { return of_time::kFunctions; }
std::span<const Function> TimeMethods() { return of_time::kTimeMethods; }
std::span<const Function> DurationMethods() { return of_time::kDurationMethods; }

}  // namespace narfi::line::tmpl
