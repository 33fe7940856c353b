#include "shipper/time_zone.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"

namespace narfi::shipper {
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
  if (ParseFixed(name, zone.first_offset_)) return zone;
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
  for (Change& change : zone.changes_) change.offset = in.Byte();  // its type, for now
  std::vector<int64_t> offsets;
  for (uint64_t i = 0; i < counts.types; ++i) {
    offsets.push_back(in.Signed(4));
    in.Skip(2);
  }
  if (!in.ok()) return bad();
  zone.first_offset_ = offsets[0];
  for (Change& change : zone.changes_) {
    if (static_cast<uint64_t>(change.offset) >= offsets.size()) return bad();
    change.offset = offsets[static_cast<size_t>(change.offset)];
  }
  return zone;
}

int64_t TimeZone::OffsetAtLocal(int64_t local_seconds) const {
  int64_t offset = first_offset_;
  for (const Change& change : changes_) {
    if (local_seconds - offset < change.from_utc) break;
    offset = change.offset;
  }
  return offset;
}

}  // namespace narfi::shipper
