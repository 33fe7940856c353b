#include "storage/typed_column.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "storage/int_column.h"
#include "storage/value_form.h"

namespace narfi::storage {
namespace {

using Views = std::vector<std::string_view>;
using Times = std::span<const int64_t>;

constexpr uint8_t kVaries = 255;  // for a count of digits: one byte a value follows
constexpr size_t kMaxHexText = 64;
constexpr size_t kLeastNibbles = 8;

// One number for all, or kVaries and each.
void PutCounts(std::string& dst, std::string_view counts) {
  const bool same = counts.find_first_not_of(counts.front()) == std::string_view::npos;
  PutU8(dst, same ? static_cast<uint8_t>(counts.front()) : kVaries);
  if (!same) dst += counts;
}

class CountReader {
 public:
  CountReader(ByteReader& reader, size_t count) : same_(reader.U8()) {
    if (same_ == kVaries) each_ = reader.Bytes(count);
  }
  uint8_t at(size_t i) const { return each_.empty() ? same_ : static_cast<uint8_t>(each_[i]); }

 private:
  const uint8_t same_;
  std::string_view each_;
};

bool AppendIntegers(std::string& dst, Values values, int level) {
  std::vector<int64_t> numbers(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    if (!ParseInt(values[i], numbers[i])) return false;
  }
  PutForm(dst, ColumnForm::kIntegers);
  AppendInts(dst, numbers, level);
  return true;
}

bool AppendDigits(std::string& dst, Values values, int level) {
  const size_t width = values[0].size();
  std::vector<int64_t> numbers(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i].size() != width || width == 0 || !ParsePadded(values[i], numbers[i]))
      return false;
  }
  PutForm(dst, ColumnForm::kDigits);
  PutU8(dst, static_cast<uint8_t>(width));
  AppendInts(dst, numbers, level);
  return true;
}

bool AppendDecimals(std::string& dst, Values values, int level) {
  std::vector<int64_t> mantissas(values.size());
  std::string scales(values.size(), '\0');
  for (size_t i = 0; i < values.size(); ++i) {
    Decimal decimal;
    if (!ParseDecimal(values[i], decimal)) return false;
    mantissas[i] = decimal.mantissa;
    scales[i] = static_cast<char>(decimal.scale);
  }
  PutForm(dst, ColumnForm::kDecimals);
  PutCounts(dst, scales);
  AppendInts(dst, mantissas, level);
  return true;
}

int64_t FloorDivide(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

// The entry's time in units of the last of `digits`.
int64_t EntryTicks(Times times, size_t i, unsigned digits) {
  return times.empty() ? 0 : FloorDivide(times[i], kPowersOfTen[kMaxFractionDigits - digits]);
}

bool AppendTimes(std::string& dst, Values values, Times times, int level) {
  std::vector<int64_t> distances(values.size());
  std::string digits(values.size(), '\0');
  TimeText first;
  char point = '\0';
  int64_t offset = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    TimeText time;
    if (!ParseTimeText(values[i], time)) return false;
    if (i == 0) {
      first = time;
      offset = *ZoneOffset(time.zone);
    }
    if (time.mark != first.mark || time.zone != first.zone) return false;
    if (time.digits != 0) {
      if (point != '\0' && point != time.point) return false;
      point = time.point;
    }
    const int64_t ticks = (time.seconds - offset) * kPowersOfTen[time.digits] + time.fraction;
    distances[i] = static_cast<int64_t>(static_cast<uint64_t>(ticks) -
                                        static_cast<uint64_t>(EntryTicks(times, i, time.digits)));
    digits[i] = static_cast<char>(time.digits);
  }
  PutForm(dst, ColumnForm::kTimes);
  PutU8(dst, static_cast<uint8_t>(first.mark));
  PutU8(dst, static_cast<uint8_t>(point == '\0' ? '.' : point));
  PutString(dst, first.zone);
  PutCounts(dst, digits);
  AppendInts(dst, distances, level);
  return true;
}

constexpr uint8_t kNoNibble = 255;

constexpr std::array<uint8_t, 256> MakeNibbles(char a) {
  std::array<uint8_t, 256> out{};
  out.fill(kNoNibble);
  for (uint8_t i = 0; i < 16; ++i) out[static_cast<uint8_t>(i < 10 ? '0' + i : a + i - 10)] = i;
  return out;
}
constexpr std::array<uint8_t, 256> kLowerNibbles = MakeNibbles('a');
constexpr std::array<uint8_t, 256> kUpperNibbles = MakeNibbles('A');

// Packs the hexadecimal digits of `value`; false when it is not of the pattern.
bool PackHex(std::string_view value, std::string_view pattern,
             const std::array<uint8_t, 256>& nibbles, char* out) {
  if (value.size() != pattern.size()) return false;
  uint8_t bad = 0;
  uint8_t held = 0;
  bool high = true;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '\0') {
      if (value[i] != pattern[i]) return false;
      continue;
    }
    const uint8_t nibble = nibbles[static_cast<uint8_t>(value[i])];
    bad |= nibble;
    if (!high) *out++ = static_cast<char>(held << 4 | nibble);
    held = nibble;
    high = !high;
  }
  if (!high) *out = static_cast<char>(held << 4);
  return bad < 16;
}

bool ReadIntegers(ByteReader& reader, ColumnText& text, Views& out) {
  std::vector<int64_t> numbers;
  if (!ReadInts(reader, out.size(), numbers)) return false;
  char* at = text.Allocate(kMaxIntText * out.size());
  if (at == nullptr) return false;
  for (size_t i = 0; i < out.size(); ++i) {
    char* const begin = at;
    at = PrintInt(at, numbers[i]);
    out[i] = {begin, static_cast<size_t>(at - begin)};
  }
  return true;
}

bool ReadDigits(ByteReader& reader, ColumnText& text, Views& out) {
  const unsigned width = reader.U8();
  std::vector<int64_t> numbers;
  if (width > kMaxDigits || !ReadInts(reader, out.size(), numbers)) return false;
  char* at = text.Allocate(width * out.size());
  if (at == nullptr) return false;
  for (size_t i = 0; i < out.size(); ++i) {
    out[i] = {at, width};
    at = PrintPadded(at, static_cast<uint64_t>(numbers[i]), width);
  }
  return true;
}

bool ReadDecimals(ByteReader& reader, ColumnText& text, Views& out) {
  const CountReader scales(reader, out.size());
  std::vector<int64_t> mantissas;
  if (!ReadInts(reader, out.size(), mantissas)) return false;
  // The longest a damaged one can be: sign, 20 digits, point, kMaxDigits.
  char* at = text.Allocate((kMaxIntText + 1 + kMaxDigits) * out.size());
  if (at == nullptr) return false;
  for (size_t i = 0; i < out.size(); ++i) {
    if (scales.at(i) > kMaxDigits) return false;
    char* const begin = at;
    at = PrintDecimal(at, {mantissas[i], scales.at(i)});
    out[i] = {begin, static_cast<size_t>(at - begin)};
  }
  return true;
}

bool ReadTimes(ByteReader& reader, Times times, ColumnText& text, Views& out) {
  TimeText time;
  time.mark = static_cast<char>(reader.U8());
  time.point = static_cast<char>(reader.U8());
  const std::string_view zone = reader.String();
  const CountReader digits(reader, out.size());
  const auto offset = ZoneOffset(zone);
  std::vector<int64_t> distances;
  if (!offset || !ReadInts(reader, out.size(), distances)) return false;
  char* at = text.Allocate((kMaxTimeText + zone.size()) * out.size());
  if (at == nullptr) return false;
  int64_t printed = -1;
  const char* last = nullptr;
  for (size_t i = 0; i < out.size(); ++i) {
    time.digits = digits.at(i);
    if (time.digits > kMaxFractionDigits) return false;
    const auto ticks =
        static_cast<int64_t>(static_cast<uint64_t>(EntryTicks(times, i, time.digits)) +
                             static_cast<uint64_t>(distances[i]));
    const int64_t utc = FloorDivide(ticks, kPowersOfTen[time.digits]);
    time.fraction = ticks % kPowersOfTen[time.digits];
    if (time.fraction < 0) time.fraction += kPowersOfTen[time.digits];
    time.seconds =
        static_cast<int64_t>(static_cast<uint64_t>(utc) + static_cast<uint64_t>(*offset));
    if (!IsPrintable(time)) return false;
    char* const begin = at;
    if (time.seconds == printed) {  // most share their second with the one before
      std::memcpy(at, last, 19);
      at += 19;
      if (time.digits != 0) {
        *at++ = time.point;
        at = PrintPadded(at, static_cast<uint64_t>(time.fraction), time.digits);
      }
    } else {
      at = PrintTimeText(at, time);
    }
    printed = time.seconds;
    last = begin;
    std::memcpy(at, zone.data(), zone.size());
    at += zone.size();
    out[i] = {begin, static_cast<size_t>(at - begin)};
  }
  return true;
}

bool ReadHex(ByteReader& reader, ColumnText& text, Views& out) {
  const char* const digits = reader.U8() != 0 ? "0123456789ABCDEF" : "0123456789abcdef";
  const std::string_view pattern = reader.String();
  if (pattern.size() > kMaxHexText) return false;
  const auto nibbles = static_cast<size_t>(std::count(pattern.begin(), pattern.end(), '\0'));
  const size_t bytes_each = (nibbles + 1) / 2;
  const std::string_view bytes = reader.Bytes(bytes_each * out.size());
  char* at = text.Allocate(pattern.size() * out.size());
  if (!reader.ok() || at == nullptr) return false;
  for (size_t i = 0; i < out.size(); ++i) {
    out[i] = {at, pattern.size()};
    const char* from = bytes.data() + i * bytes_each;
    bool high = true;
    for (const char c : pattern) {
      const auto byte = static_cast<uint8_t>(c == '\0' ? *from : 0);
      *at++ = c != '\0' ? c : digits[high ? byte >> 4 : byte & 15];
      from += c == '\0' && !high ? 1 : 0;
      high = c == '\0' ? !high : high;
    }
  }
  return true;
}

bool ReadTerminated(ByteReader& reader, Views& out) {
  const std::string_view all = reader.rest();
  size_t at = 0;
  for (std::string_view& value : out) {
    const void* end = at == all.size() ? nullptr : std::memchr(all.data() + at, 0, all.size() - at);
    if (end == nullptr) return false;
    const auto size = static_cast<size_t>(static_cast<const char*>(end) - all.data()) - at;
    value = all.substr(at, size);
    at += size + 1;
  }
  reader.Bytes(at);
  return true;
}

bool ReadText(ByteReader& reader, Views& out) {
  if (out.size() > reader.remaining()) return false;
  std::vector<uint64_t> lengths(out.size());
  for (uint64_t& length : lengths) length = reader.Varint();
  for (size_t i = 0; i < out.size(); ++i) out[i] = reader.Bytes(lengths[i]);
  return true;
}

}  // namespace

bool AppendNumbers(std::string& dst, Values values, Times times, int level) {
  if (values[0].empty()) return false;
  return AppendIntegers(dst, values, level) || AppendDigits(dst, values, level) ||
         AppendDecimals(dst, values, level) || AppendTimes(dst, values, times, level);
}

bool AppendHex(std::string& dst, Values values) {
  const std::string_view first = values[0];
  if (first.size() > kMaxHexText || first.find('\0') != std::string_view::npos) return false;
  bool upper = false;
  for (const std::string_view value : values.first(std::min<size_t>(values.size(), 8)))
    upper = upper || value.find_first_of("ABCDEF") != std::string_view::npos;
  const std::array<uint8_t, 256>& nibbles = upper ? kUpperNibbles : kLowerNibbles;
  std::string pattern(first);
  size_t digits = 0;
  for (char& c : pattern) {
    if (nibbles[static_cast<uint8_t>(c)] == kNoNibble) continue;
    c = '\0';
    ++digits;
  }
  if (digits < kLeastNibbles) return false;
  const size_t bytes_each = (digits + 1) / 2;
  std::string bytes(values.size() * bytes_each, '\0');
  for (size_t i = 0; i < values.size(); ++i) {
    if (!PackHex(values[i], pattern, nibbles, bytes.data() + i * bytes_each)) return false;
  }
  PutForm(dst, ColumnForm::kHex);
  PutU8(dst, upper ? 1 : 0);
  PutString(dst, pattern);
  dst += bytes;
  return true;
}

bool ReadTyped(ColumnForm form, ByteReader& reader, Times times, ColumnText& text, Views& out) {
  switch (form) {
    case ColumnForm::kConstant:
      std::fill(out.begin(), out.end(), reader.String());
      return reader.ok();
    case ColumnForm::kTerminated:
      return ReadTerminated(reader, out) && reader.ok();
    case ColumnForm::kText:
      return ReadText(reader, out) && reader.ok();
    case ColumnForm::kIntegers:
      return ReadIntegers(reader, text, out) && reader.ok();
    case ColumnForm::kDigits:
      return ReadDigits(reader, text, out) && reader.ok();
    case ColumnForm::kDecimals:
      return ReadDecimals(reader, text, out) && reader.ok();
    case ColumnForm::kTimes:
      return ReadTimes(reader, times, text, out) && reader.ok();
    case ColumnForm::kHex:
      return ReadHex(reader, text, out) && reader.ok();
    case ColumnForm::kDictionary:
    case ColumnForm::kAffix:
    case ColumnForm::kSplit:
      return false;
  }
  return false;
}

}  // namespace narfi::storage
