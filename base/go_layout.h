// Points in time written by a Go layout ("2006-01-02 15:04:05.000 -0700") or one of Promtail's
// names for one (RFC3339, ANSIC, Unix, UnixMs, ...).
//
// Threads: immutable.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time_zone.h"

namespace narfi {

class LayoutValues;

// A point in time as a text gave it. `offset_seconds` is there when the text had a zone or offset.
struct ZonedTime {
  int64_t seconds = 0;  // since 1970 UTC
  int32_t nanos = 0;
  std::optional<int64_t> offset_seconds = {};
  std::string zone_name = {};  // of a zone that the text names
};

// What a clock on the wall shows.
struct LocalTime {
  int64_t seconds = 0;  // since 1970, as if the zone were UTC
  int32_t nanos = 0;
  int64_t offset_seconds = 0;
  std::string_view zone_name;  // empty: the offset stands for it
};

class GoLayout {
 public:
  enum class Names : uint8_t { kNone, kPromtail };
  // With kPromtail, a name stands for its layout; else all of it is a layout as it is.
  explicit GoLayout(std::string_view layout, Names names = Names::kNone);

  // ns since 1970. A text without a zone is read in `zone`; one without a year gets that of
  // `now_ns`, or a neighbour when the turn of the year lies between.
  Result<int64_t> Parse(std::string_view text, const TimeZone& zone, int64_t now_ns) const;
  // As Go's ParseInLocation: whole seconds with any year, January 1st of the year 0 for what the
  // layout does not say.
  Result<ZonedTime> ParseTime(std::string_view text, const TimeZone& zone) const;
  // Appends the point in time as Go's Time.Format does.
  void Format(std::string& dst, const LocalTime& time) const;

  enum class Part : uint8_t {
    kLiteral,
    kLongMonth,
    kMonth,
    kNumMonth,
    kZeroMonth,
    kLongWeekDay,
    kWeekDay,
    kPlainDay,
    kSpaceDay,
    kZeroDay,
    kSpaceYearDay,
    kZeroYearDay,
    kHour24,
    kHour12,
    kZeroHour12,
    kPlainMinute,
    kZeroMinute,
    kPlainSecond,
    kZeroSecond,
    kLongYear,
    kShortYear,
    kPM,
    kLowerPM,
    kZoneName,
    kOffset,
    kColonOffset,
    kShortOffset,
    kZOffset,
    kZColonOffset,
    kZShortOffset,
    kFraction0,
    kFraction9,
  };
  struct Token {
    Part part;
    std::string literal;  // of kLiteral; the separator of a fraction
    size_t digits = 0;    // of kFraction0
  };

 private:
  // The first flaw, or empty.
  std::string_view Collect(std::string_view text, LayoutValues& values) const;

  int64_t unix_unit_ns_ = 0;  // > 0: the text is a number of these
  bool has_year_ = false;
  std::vector<Token> tokens_;
};

}  // namespace narfi
