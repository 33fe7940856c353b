// Where a clock stood on the wall: the offset of a zone from UTC at a local time.
//
// Format:  TZif (RFC 8536) as the machine's time zone data holds it; "UTC" needs no file.
// Threads: immutable.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace narfi::shipper {

class TimeZone {
 public:
  TimeZone() = default;  // UTC

  // "", "UTC", "Local", "+02:00", or a name such as "Europe/Berlin".
  static Result<TimeZone> Load(std::string_view name);
  static Result<TimeZone> ParseTzif(std::string_view bytes);

  // Seconds to take from local seconds (counted as if they were UTC) to get UTC. Of an hour that
  // comes twice the first one counts.
  int64_t OffsetAtLocal(int64_t local_seconds) const;

 private:
  struct Change {
    int64_t from_utc;  // seconds
    int64_t offset;
  };
  int64_t first_offset_ = 0;  // before the first change
  std::vector<Change> changes_;
};

}  // namespace narfi::shipper
