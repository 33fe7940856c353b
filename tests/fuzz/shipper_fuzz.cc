// What the shipper reads from outside: log lines, positions, time zone data, times, patterns.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/go_layout.h"
#include "base/time_zone.h"
#include "config/shipper_settings.h"
#include "shipper/glob.h"
#include "shipper/json_fields.h"
#include "shipper/positions.h"
#include "shipper/stage.h"

namespace {

using narfi::shipper::Entry;

void RunAutoStage(std::string_view line) {
  static const auto stage = narfi::shipper::MakeAutoStage(narfi::config::DefaultAutoLabels(),
                                                          {&narfi::SystemClock(), "fuzz", {}});
  Entry entry;
  entry.line = line;
  if (!stage->Process(entry)) __builtin_trap();
}

void FindPath(std::string_view text) {
  const size_t end = text.find('\n');
  const auto path = narfi::shipper::ParseJsonPath(text.substr(0, end));
  static narfi::shipper::JsonFields fields;
  if (path && end != std::string_view::npos && fields.Parse(text.substr(end + 1)))
    (void)fields.Get(*path);
}

void ReadPositions(std::string_view text) {
  const auto read = narfi::shipper::ParsePositions(text, "fuzz");
  if (!read) return;
  const auto again =
      narfi::shipper::ParsePositions(narfi::shipper::FormatPositions(*read), "again");
  if (!again || again->size() != read->size()) __builtin_trap();
}

void ReadTime(std::string_view text) {
  const size_t end = text.find('\n');
  if (end == std::string_view::npos) return;
  (void)narfi::GoLayout(text.substr(0, end), narfi::GoLayout::Names::kPromtail)
      .Parse(text.substr(end + 1), narfi::TimeZone(), 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 6) {
    case 0:
      RunAutoStage(text);
      break;
    case 1:
      FindPath(text);
      break;
    case 2:
      ReadPositions(text);
      break;
    case 3:
      ReadTime(text);
      break;
    case 4: {
      const auto zone = narfi::TimeZone::ParseTzif(text);
      if (zone) (void)zone->OffsetAtLocal(static_cast<int64_t>(size) << 20);
      break;
    }
    default: {
      const size_t end = text.find('\n');
      // Alternatives multiply; a pattern is the user's own.
      if (end < 200) (void)narfi::shipper::GlobMatches(text.substr(0, end), text.substr(end + 1));
    }
  }
  return 0;
}
