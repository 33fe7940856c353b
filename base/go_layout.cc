#include "base/go_layout.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "base/duration.h"
#include "base/go_layout_values.h"
#include "base/go_text.h"
#include "base/time.h"

namespace narfi {
namespace {

using Part = GoLayout::Part;

struct NamedLayout {
  std::string_view name;
  std::string_view layout;
};
constexpr NamedLayout kNamed[] = {
    {"ANSIC", "Mon Jan _2 15:04:05 2006"},
    {"UnixDate", "Mon Jan _2 15:04:05 MST 2006"},
    {"RubyDate", "Mon Jan 02 15:04:05 -0700 2006"},
    {"RFC822", "02 Jan 06 15:04 MST"},
    {"RFC822Z", "02 Jan 06 15:04 -0700"},
    {"RFC850", "Monday, 02-Jan-06 15:04:05 MST"},
    {"RFC1123", "Mon, 02 Jan 2006 15:04:05 MST"},
    {"RFC1123Z", "Mon, 02 Jan 2006 15:04:05 -0700"},
    {"RFC3339", "2006-01-02T15:04:05Z07:00"},
    {"RFC3339Nano", "2006-01-02T15:04:05.999999999Z07:00"},
};

struct UnixName {
  std::string_view name;
  int64_t unit_ns;
};
constexpr UnixName kUnix[] = {
    {"Unix", kSecond}, {"UnixMs", kMillisecond}, {"UnixUs", kMicrosecond}, {"UnixNs", kNanosecond}};

struct Chunk {
  std::string_view text;
  Part part;
};
// Longest first where one begins like another.
constexpr Chunk kChunks[] = {{"January", Part::kLongMonth},
                             {"Jan", Part::kMonth},
                             {"Monday", Part::kLongWeekDay},
                             {"Mon", Part::kWeekDay},
                             {"MST", Part::kZoneName},
                             {"002", Part::kZeroYearDay},
                             {"01", Part::kZeroMonth},
                             {"02", Part::kZeroDay},
                             {"03", Part::kZeroHour12},
                             {"04", Part::kZeroMinute},
                             {"05", Part::kZeroSecond},
                             {"06", Part::kShortYear},
                             {"15", Part::kHour24},
                             {"1", Part::kNumMonth},
                             {"2006", Part::kLongYear},
                             {"2", Part::kPlainDay},
                             {"__2", Part::kSpaceYearDay},
                             {"_2", Part::kSpaceDay},
                             {"3", Part::kHour12},
                             {"4", Part::kPlainMinute},
                             {"5", Part::kPlainSecond},
                             {"PM", Part::kPM},
                             {"pm", Part::kLowerPM},
                             {"-07:00", Part::kColonOffset},
                             {"-0700", Part::kOffset},
                             {"-07", Part::kShortOffset},
                             {"Z07:00", Part::kZColonOffset},
                             {"Z0700", Part::kZOffset},
                             {"Z07", Part::kZShortOffset}};

bool IsDigitAt(std::string_view text, size_t at) {
  return at < text.size() && text[at] >= '0' && text[at] <= '9';
}
bool IsLowerAt(std::string_view text, size_t at) {
  return at < text.size() && text[at] >= 'a' && text[at] <= 'z';
}

// ".000" or ",999": a run of one digit with no other digit behind it.
size_t FractionLength(std::string_view rest) {
  if (rest.size() < 2 || (rest[0] != '.' && rest[0] != ',') || (rest[1] != '0' && rest[1] != '9'))
    return 0;
  size_t end = 1;
  while (end < rest.size() && rest[end] == rest[1]) ++end;
  return IsDigitAt(rest, end) ? 0 : end;
}

const Chunk* ChunkAt(std::string_view rest) {
  if (rest.starts_with("_2006")) return nullptr;  // an underscore, then the year
  for (const Chunk& chunk : kChunks) {
    if (!rest.starts_with(chunk.text)) continue;
    const bool short_name = chunk.part == Part::kMonth || chunk.part == Part::kWeekDay;
    if (short_name && IsLowerAt(rest, 3)) continue;
    return &chunk;
  }
  return nullptr;
}

}  // namespace

GoLayout::GoLayout(std::string_view layout, Names names) {
  if (names == Names::kPromtail) {
    for (const UnixName& named : kUnix) {
      if (named.name == layout) unix_unit_ns_ = named.unit_ns;
    }
    for (const NamedLayout& named : kNamed) {
      if (named.name == layout) {
        layout = named.layout;
        break;
      }
    }
  }
  std::string literal;
  const auto flush = [&] {
    if (!literal.empty()) tokens_.push_back({Part::kLiteral, std::exchange(literal, {})});
  };
  for (std::string_view rest = layout; !rest.empty();) {
    if (const size_t length = FractionLength(rest); length > 0) {
      flush();
      tokens_.push_back({rest[1] == '0' ? Part::kFraction0 : Part::kFraction9,
                         std::string(1, rest[0]), length - 1});
      rest.remove_prefix(length);
    } else if (const Chunk* chunk = ChunkAt(rest)) {
      flush();
      tokens_.push_back({chunk->part, {}});
      has_year_ = has_year_ || chunk->part == Part::kLongYear || chunk->part == Part::kShortYear;
      rest.remove_prefix(chunk->text.size());
    } else {
      literal += rest[0];
      rest.remove_prefix(1);
    }
  }
  flush();
}

Result<int64_t> GoLayout::Parse(std::string_view text, const TimeZone& zone, int64_t now_ns) const {
  const auto bad = [&](std::string_view why) {
    return Fail(Code::kInvalidArgument,
                fmt::format("cannot read {} as a time: {}", GoQuote(text), why));
  };
  if (unix_unit_ns_ > 0) {
    int64_t value = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || stop != end) return bad("not a whole number");
    if (__builtin_mul_overflow(value, unix_unit_ns_, &value)) return bad("out of range");
    return value;
  }
  LayoutValues values;
  if (const auto flaw = Collect(text, values); !flaw.empty()) return bad(flaw);
  if (!has_year_) values.SetYearNear(now_ns);
  const auto time = values.ToSeconds(zone);
  if (!time) return bad("a part is out of range");
  int64_t ns = 0;
  if (__builtin_mul_overflow(time->seconds, kSecond, &ns) ||
      __builtin_add_overflow(ns, time->nanos, &ns))
    return bad("a part is out of range");
  return ns;
}

std::string_view GoLayout::Collect(std::string_view text, LayoutValues& values) const {
  std::string_view rest = text;
  for (size_t i = 0; i < tokens_.size(); ++i) {
    if (!values.Take(tokens_[i], rest)) return "it does not fit the format";
    // Go takes a fraction behind the seconds even if the layout has none.
    const bool seconds =
        tokens_[i].part == Part::kPlainSecond || tokens_[i].part == Part::kZeroSecond;
    const bool fraction_next = i + 1 < tokens_.size() && (tokens_[i + 1].part == Part::kFraction0 ||
                                                          tokens_[i + 1].part == Part::kFraction9);
    if (seconds && !fraction_next) values.TakeFraction(rest, 0);
  }
  if (!rest.empty()) return "there is more than the format says";
  return {};
}

Result<ZonedTime> GoLayout::ParseTime(std::string_view text, const TimeZone& zone) const {
  LayoutValues values;
  if (const auto flaw = Collect(text, values); !flaw.empty())
    return Fail(Code::kInvalidArgument, std::string(flaw));
  if (!has_year_) values.SetYear(0);
  auto time = values.ToSeconds(zone);
  if (!time) return Fail(Code::kInvalidArgument, "a part is out of range");
  return *std::move(time);
}

}  // namespace narfi
