// The values that a GoLayout collects from a text, part by part.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/go_layout.h"

namespace narfi {

class LayoutValues {
 public:
  // Takes what `token` stands for off the front of `rest`; false when it is not there.
  bool Take(const GoLayout::Token& token, std::string_view& rest);
  // A fraction of a second of exactly `digits`, or of any number of them (0), if there is one.
  bool TakeFraction(std::string_view& rest, size_t digits);
  void SetYearNear(int64_t now_ns);
  void SetYear(int64_t year) { year_ = year; }
  std::optional<ZonedTime> ToSeconds(const TimeZone& zone) const;

 private:
  bool TakeNumber(std::string_view& rest, size_t least, size_t most, int64_t& value);
  bool TakeName(std::string_view& rest, bool month, bool full);
  bool TakeOffset(std::string_view& rest, bool colon, bool minutes);
  bool TakeZoneName(std::string_view& rest);
  bool TakeHalfDay(std::string_view& rest, std::string_view am, std::string_view pm);

  int64_t year_ = 1970;
  int64_t month_ = 1;
  int64_t day_ = 1;
  int64_t year_day_ = 0;  // 0: not given
  int64_t hour_ = 0;
  int64_t minute_ = 0;
  int64_t second_ = 0;
  int64_t fraction_ns_ = 0;
  bool half_day_ = false;  // AM or PM was given
  bool afternoon_ = false;
  std::optional<int64_t> offset_seconds_;
  std::string zone_name_;
  int64_t gmt_seconds_ = 0;  // of "GMT+3"
  bool is_utc_ = false;      // "Z" or "UTC"
};

}  // namespace narfi
