#include "base/time_zone.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"

namespace narfi {
namespace {

constexpr std::string_view kZoneFolder = "/usr/share/zoneinfo";

// Big-endian numbers, checked.
class TzReader {
 public:
  explicit TzReader(std::string_view bytes) : rest_(bytes) {}

  int64_t Signed(size_t width) {
    if (rest_.size() < width) {
      ok_ = false;
      rest_ = {};
      return 0;
    }
    uint64_t value = static_cast<uint8_t>(rest_[0]) & 0x80 ? ~uint64_t{0} : 0;
    for (size_t i = 0; i < width; ++i) value = value << 8 | static_cast<uint8_t>(rest_[i]);
    rest_.remove_prefix(width);
    return static_cast<int64_t>(value);
  }
  uint8_t Byte() { return static_cast<uint8_t>(Signed(1)); }
  void Skip(uint64_t count) {
    ok_ = ok_ && count <= rest_.size();
    rest_.remove_prefix(std::min<uint64_t>(count, rest_.size()));
  }
  bool TakeMagic() {
    if (!rest_.starts_with("TZif")) ok_ = false;
    Skip(20);
    return ok_;
  }
  std::string_view Take(uint64_t count) {
    const std::string_view taken = rest_.substr(0, count);
    Skip(count);
    return taken;
  }
  bool ok() const { return ok_; }
  size_t remaining() const { return rest_.size(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

struct TzCounts {
  uint64_t ut, standard, leap, times, types, chars;
};

TzCounts ReadCounts(TzReader& in) {
  TzCounts c{};
  for (uint64_t* count : {&c.ut, &c.standard, &c.leap, &c.times, &c.types, &c.chars}) {
    *count = static_cast<uint64_t>(in.Signed(4)) & 0xFFFFFFFF;
  }
  return c;
}

bool ParseFixed(std::string_view name, int64_t& offset) {
  if (name.size() != 6 || (name[0] != '+' && name[0] != '-') || name[3] != ':') return false;
  for (const size_t i : {1, 2, 4, 5}) {
    if (name[i] < '0' || name[i] > '9') return false;
  }
  const int64_t size = ((name[1] - '0') * 10 + (name[2] - '0')) * 3600 +
                       ((name[4] - '0') * 10 + (name[5] - '0')) * 60;
  offset = name[0] == '-' ? -size : size;
  return true;
}

}  // namespace

Result<TimeZone> TimeZone::Load(std::string_view name) {
  TimeZone zone;
  if (name.empty() || name == "UTC") return zone;
  if (ParseFixed(name, zone.first_offset_)) {
    zone.names_ = {std::string()};
    return zone;
  }
  if (name.find("..") != std::string_view::npos || name.starts_with('/')) {
    return Fail(Code::kInvalidArgument, fmt::format("unknown time zone \"{}\"", name));
  }
  const std::string path = name == "Local" ? "/etc/localtime" : JoinPath(kZoneFolder, name);
  if (name == "Local" && !MachineFileSystem().Exists(path)) return zone;
  const auto bytes = MachineFileSystem().ReadAll(path);
  if (!bytes) return Fail(Code::kInvalidArgument, fmt::format("unknown time zone \"{}\"", name));
  auto parsed = ParseTzif(*bytes);
  if (!parsed) return Wrap(path, std::move(parsed).error());
  return parsed;
}

Result<TimeZone> TimeZone::ParseTzif(std::string_view bytes) {
  const auto bad = [] { return Fail(Code::kCorrupt, "not time zone data"); };
  TzReader in(bytes);
  if (!in.TakeMagic() || bytes[4] < '2') return bad();
  const TzCounts old = ReadCounts(in);
  // The 32-bit block is skipped; the 64-bit one follows with a header of its own.
  in.Skip(old.times * 5 + old.types * 6 + old.chars + old.leap * 8 + old.standard + old.ut);
  if (!in.TakeMagic()) return bad();
  const TzCounts counts = ReadCounts(in);
  if (!in.ok() || counts.types == 0 || counts.times * 9 > in.remaining() || counts.types > 256)
    return bad();
  TimeZone zone;
  zone.changes_.resize(counts.times);
  for (Change& change : zone.changes_) change.from_utc = in.Signed(8);
  for (Change& change : zone.changes_) change.name = in.Byte();  // its type
  std::vector<int64_t> offsets;
  std::vector<size_t> name_starts;
  for (uint64_t i = 0; i < counts.types; ++i) {
    offsets.push_back(in.Signed(4));
    in.Skip(1);
    name_starts.push_back(in.Byte());
  }
  const std::string_view chars = in.Take(counts.chars);
  if (!in.ok()) return bad();
  // One name a type, and so a change's type is the index of its name.
  zone.names_.clear();
  for (const size_t start : name_starts) {
    const std::string_view name = chars.substr(std::min(start, chars.size()));
    zone.names_.emplace_back(name.substr(0, name.find('\0')));
  }
  zone.first_offset_ = offsets[0];
  for (Change& change : zone.changes_) {
    if (change.name >= offsets.size()) return bad();
    change.offset = offsets[change.name];
  }
  return zone;
}

TimeZone TimeZone::Fixed(std::string name, int64_t offset) {
  TimeZone zone;
  zone.first_offset_ = offset;
  zone.names_ = {std::move(name)};
  return zone;
}

TimeZone::Offset TimeZone::OffsetAtUtc(int64_t utc_seconds) const {
  const auto after = std::upper_bound(
      changes_.begin(), changes_.end(), utc_seconds,
      [](int64_t seconds, const Change& change) { return seconds < change.from_utc; });
  if (after == changes_.begin()) return {first_offset_, names_[first_name_]};
  const Change& change = *(after - 1);
  return {change.offset, names_[change.name]};
}

std::optional<int64_t> TimeZone::OffsetOfName(std::string_view name, int64_t local_seconds) const {
  std::optional<int64_t> found;
  if (names_[first_name_] == name) found = first_offset_;
  for (const Change& change : changes_) {
    if (names_[change.name] != name) continue;
    if (OffsetAtUtc(local_seconds - change.offset).name == name) return change.offset;
    if (!found) found = change.offset;
  }
  return found;
}

// As Go's time.Date does: the offset at the local time read as UTC, unless that leads out of where
// that offset holds.
int64_t TimeZone::OffsetAtLocal(int64_t local_seconds) const {
  const auto period_of = [this](int64_t seconds) {
    return std::upper_bound(
        changes_.begin(), changes_.end(), seconds,
        [](int64_t value, const Change& change) { return value < change.from_utc; });
  };
  const auto offset_of = [this](auto after) {
    return after == changes_.begin() ? first_offset_ : (after - 1)->offset;
  };
  const auto guess = period_of(local_seconds);
  const auto place = period_of(local_seconds - offset_of(guess));
  return offset_of(place == guess ? guess : place);
}

}  // namespace narfi
