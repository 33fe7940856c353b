#include "storage/value_columns.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>

#include "base/bytes.h"
#include "storage/gram_filter.h"
#include "storage/packed_ints.h"
#include "storage/value_form.h"

namespace narfi::storage {
namespace {

using Times = ColumnEncoder::Times;

constexpr int kTextLevel = 3;
// Less text than this is searched as quickly as a filter.
constexpr size_t kLeastToFilter = 8 << 10;

// One number for all, or kDigitsVary and a blob of each.
void PutCounts(std::string counts, EncodedColumn& column) {
  const bool same = counts.find_first_not_of(counts.front()) == std::string::npos;
  PutU8(column.params, same ? static_cast<uint8_t>(counts.front()) : kDigitsVary);
  if (!same) column.blobs.push_back(MakeBlob(std::move(counts), 1));
}

bool EncodeIntegers(Values values, EncodedColumn& column) {
  std::vector<int64_t> numbers(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    Prefetch(values, i);
    if (!ParseInt(values[i], numbers[i])) return false;
  }
  column.form = ColumnForm::kIntegers;
  PackInts(numbers, column.params, column.blobs);
  return true;
}

bool EncodeDigits(Values values, EncodedColumn& column) {
  const size_t width = values[0].size();
  std::vector<int64_t> numbers(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    Prefetch(values, i);
    if (values[i].size() != width || !ParsePadded(values[i], numbers[i])) return false;
  }
  column.form = ColumnForm::kDigits;
  PutU8(column.params, static_cast<uint8_t>(width));
  PackInts(numbers, column.params, column.blobs);
  return true;
}

bool EncodeDecimals(Values values, EncodedColumn& column) {
  std::vector<int64_t> mantissas(values.size());
  std::string scales(values.size(), '\0');
  for (size_t i = 0; i < values.size(); ++i) {
    Prefetch(values, i);
    Decimal decimal;
    if (!ParseDecimal(values[i], decimal)) return false;
    mantissas[i] = decimal.mantissa;
    scales[i] = static_cast<char>(decimal.scale);
  }
  column.form = ColumnForm::kDecimals;
  PutCounts(std::move(scales), column);
  PackInts(mantissas, column.params, column.blobs);
  return true;
}

bool EncodeTimes(Values values, Times times, EncodedColumn& column) {
  std::vector<int64_t> distances(values.size());
  std::string digits(values.size(), '\0');
  TimeText first;
  char point = '\0';
  int64_t offset = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    Prefetch(values, i);
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
    const int64_t entry =
        times.empty() ? 0 : FloorDivide(times[i], kPowersOfTen[kMaxFractionDigits - time.digits]);
    distances[i] =
        static_cast<int64_t>(static_cast<uint64_t>(ticks) - static_cast<uint64_t>(entry));
    digits[i] = static_cast<char>(time.digits);
  }
  column.form = ColumnForm::kTimes;
  PutU8(column.params, static_cast<uint8_t>(first.mark));
  PutU8(column.params, static_cast<uint8_t>(point == '\0' ? '.' : point));
  PutString(column.params, first.zone);
  PutU8(column.params, times.empty() ? 0 : 1);
  PutCounts(std::move(digits), column);
  PackInts(distances, column.params, column.blobs);
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

uint64_t KeyOf(const char* bytes, size_t size) {
  uint64_t key = 0;
  std::memcpy(&key, bytes, std::min<size_t>(size, 8));
  return __builtin_bswap64(key);
}

void SortIds(const std::string& ids, size_t bytes_each, std::vector<uint32_t>& order) {
  std::vector<std::pair<uint64_t, uint32_t>> keys(order.size());
  for (uint32_t i = 0; i < keys.size(); ++i)
    keys[i] = {KeyOf(ids.data() + i * bytes_each, bytes_each), i};
  std::sort(keys.begin(), keys.end(), [&](const auto& a, const auto& b) {
    if (a.first != b.first) return a.first < b.first;
    return std::memcmp(ids.data() + a.second * bytes_each, ids.data() + b.second * bytes_each,
                       bytes_each) < 0;
  });
  for (size_t i = 0; i < keys.size(); ++i) order[i] = keys[i].second;
}

}  // namespace

bool EncodeNumbers(Values values, Times times, EncodedColumn& column) {
  const std::string_view first = values[0];
  if (first.empty() || !(first[0] == '-' || (first[0] >= '0' && first[0] <= '9'))) return false;
  EncodedColumn made;
  made.values = column.values;
  TimeText time;
  const bool done = ParseTimeText(first, time)
                        ? EncodeTimes(values, times, made)
                        : EncodeIntegers(values, made) || EncodeDigits(values, made) ||
                              EncodeDecimals(values, made);
  if (done) column = std::move(made);
  return done;
}

bool EncodeHex(Values values, bool sorted, std::vector<uint32_t>& order, EncodedColumn& column) {
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
    Prefetch(values, i);
    if (!PackHex(values[i], pattern, nibbles, bytes.data() + i * bytes_each)) return false;
  }
  order.resize(values.size());
  std::iota(order.begin(), order.end(), 0u);
  if (sorted) SortIds(bytes, bytes_each, order);
  column.form = ColumnForm::kHex;
  PutU8(column.params, static_cast<uint8_t>((upper ? 1 : 0) | (sorted ? 2 : 0)));
  PutString(column.params, pattern);
  if (!sorted) {
    column.blobs.push_back(MakeBlob(std::move(bytes), 0));
    return true;
  }
  for (size_t i = 0; i < order.size(); i += kHexPage) {
    std::string page;
    for (size_t j = i; j < std::min(order.size(), i + kHexPage); ++j)
      page.append(bytes, order[j] * bytes_each, bytes_each);
    PutU64(column.params, KeyOf(page.data(), bytes_each));
    column.blobs.push_back(MakeBlob(std::move(page), 0));
  }
  return true;
}

void EncodeText(Values values, EncodedColumn& column) {
  column.form = ColumnForm::kText;
  std::array<uint8_t, 256> seen{};
  size_t longest = 0;
  std::string pages;
  size_t count = 0;
  for (size_t i = 0; i < values.size();) {
    std::string lengths;
    std::string text;
    const size_t first = i;
    do {
      PutVarint(lengths, values[i].size());
      text += values[i];
      longest = std::max(longest, values[i].size());
      ++i;
    } while (i < values.size() && text.size() + values[i].size() <= kTextPageBytes &&
             i - first < 4096);
    for (const char c : text) seen[static_cast<uint8_t>(c)] = 1;
    PutVarint(pages, i - first);
    column.blobs.push_back(MakeBlob(lengths + text, kTextLevel));
    ++count;
  }
  for (size_t i = 0; i < 256; i += 8) {
    uint8_t byte = 0;
    for (size_t bit = 0; bit < 8; ++bit) byte |= static_cast<uint8_t>(seen[i + bit] << bit);
    PutU8(column.params, byte);
  }
  PutVarint(column.params, longest);
  PutVarint(column.params, count);
  column.params += pages;
}

void AddGramFilter(Values values, EncodedColumn& column) {
  size_t bytes = 0;
  for (const std::string_view value : values) bytes += value.size();
  if (bytes < kLeastToFilter) return;
  std::string filter = MakeGramFilter(values);
  if (!filter.empty()) column.blobs.push_back(MakeBlob(std::move(filter), 0));
}

}  // namespace narfi::storage
