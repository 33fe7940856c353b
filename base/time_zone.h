// Where a clock stands on the wall: the offset of a zone from UTC, at a local time and at a UTC
// one.
//
// Format:  TZif (RFC 8536) as the machine's time zone data holds it; "UTC" needs no file.
// Threads: immutable.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace narfi {

class TimeZone {
 public:
  TimeZone() = default;  // UTC

  // "", "UTC", "Local", "+02:00", or a name such as "Europe/Berlin".
  static Result<TimeZone> Load(std::string_view name);
  static Result<TimeZone> ParseTzif(std::string_view bytes);

  // Seconds to take from local seconds (counted as if they were UTC) to get UTC. Of an hour that
  // comes twice the second one counts, and one that is left out is read with the offset before it.
  int64_t OffsetAtLocal(int64_t local_seconds) const;

  struct Offset {
    int64_t seconds = 0;
    std::string_view name;  // "CEST"; lives as long as the zone
  };
  // What is added to UTC seconds to get local ones.
  Offset OffsetAtUtc(int64_t utc_seconds) const;
  // The offset that goes by an abbreviation, best at the local time; nothing when the zone has none
  // of that name.
  std::optional<int64_t> OffsetOfName(std::string_view name, int64_t local_seconds) const;
  // A zone without changes; an empty name is written as its offset.
  static TimeZone Fixed(std::string name, int64_t offset);

 private:
  struct Change {
    int64_t from_utc;  // seconds
    int64_t offset;
    uint8_t name = 0;  // of names_
  };
  int64_t first_offset_ = 0;  // before the first change
  uint8_t first_name_ = 0;
  std::vector<std::string> names_ = {"UTC"};
  std::vector<Change> changes_;
};

}  // namespace narfi
