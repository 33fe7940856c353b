// Points in time written by a Go layout ("2006-01-02 15:04:05.000 -0700") or one of Promtail's
// names for one (RFC3339, ANSIC, Unix, UnixMs, ...).
//
// Threads: immutable.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "shipper/time_zone.h"

namespace narfi::shipper {

class GoLayout {
 public:
  explicit GoLayout(std::string_view layout);

  // ns since 1970. A text without a zone is read in `zone`; one without a year gets that of
  // `now_ns`, or a neighbour when the turn of the year lies between.
  Result<int64_t> Parse(std::string_view text, const TimeZone& zone, int64_t now_ns) const;

  enum class Part : uint8_t {
    kLiteral,
    kLongMonth,
    kMonth,
    kNumMonth,
    kZeroMonth,
    kLongWeekDay,
    kWeekDay,
    kDay,
    kSpaceDay,
    kZeroDay,
    kSpaceYearDay,
    kZeroYearDay,
    kHour,
    kHour12,
    kZeroHour12,
    kMinute,
    kZeroMinute,
    kSecond,
    kZeroSecond,
    kLongYear,
    kYear,
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
    std::string literal;  // of kLiteral
    size_t digits = 0;    // of kFraction0
  };

 private:
  int64_t unix_unit_ns_ = 0;  // > 0: the text is a number of these
  bool has_year_ = false;
  std::vector<Token> tokens_;
};

}  // namespace narfi::shipper
