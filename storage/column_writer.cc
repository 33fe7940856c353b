#include "storage/column_writer.h"

#include <algorithm>

#include "base/bytes.h"
#include "storage/int_column.h"
#include "storage/intern.h"
#include "storage/pack.h"
#include "storage/split_plan.h"
#include "storage/value_form.h"

namespace narfi::storage {
namespace {

// A smaller column shares its section: a frame of its own would cost more than it saves.
constexpr size_t kOwnSectionBytes = 256;
constexpr uint64_t kMaxSlotValues = 512 << 10;
constexpr int kMaxSplitDepth = 3;

bool IsWordChar(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool IsDigitChar(char c) { return c >= '0' && c <= '9'; }

// What all values begin with, cut so that no digits of a number are in it.
size_t CommonPrefix(Values values) {
  size_t size = values[0].size();
  for (const std::string_view value : values) {
    size = std::min(size, value.size());
    size = static_cast<size_t>(std::mismatch(value.begin(),
                                             value.begin() + static_cast<ptrdiff_t>(size),
                                             values[0].begin())
                                   .first -
                               value.begin());
  }
  while (size > 0 && IsWordChar(values[0][size - 1])) --size;
  return size;
}

size_t CommonSuffix(Values values, size_t prefix) {
  const std::string_view first = values[0];
  size_t size = first.size() - prefix;
  for (const std::string_view value : values) {
    size = std::min(size, value.size() - prefix);
    size_t same = 0;
    while (same < size && value[value.size() - 1 - same] == first[first.size() - 1 - same]) ++same;
    size = same;
  }
  while (size > 0 && IsDigitChar(first[first.size() - size])) --size;
  return size;
}

// False, and not all were looked at, when too few of the first ones come again for a dictionary.
bool FindDistinct(Values values, Interner& distinct, std::vector<int64_t>& ids) {
  constexpr size_t kSample = 1024;
  ids.reserve(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    if (i == kSample && distinct.texts().size() > kSample / 8 * 7) return false;
    const bool again = i > 0 && values[i] == values[i - 1];
    ids.push_back(again ? ids.back() : distinct.Add(values[i]).id);
  }
  return true;
}

bool AllEqual(Values values) {
  return std::all_of(values.begin(), values.end(),
                     [&](std::string_view value) { return value == values[0]; });
}

}  // namespace

bool ColumnWriter::AddLines(Values lines) {
  const uint32_t index = Open();
  std::vector<uint32_t> rows(lines.size());
  for (uint32_t i = 0; i < rows.size(); ++i) rows[i] = i;
  return Split(index, lines, rows, SplitMode::kLine, 0);
}

bool ColumnWriter::uses_times() const {
  return std::any_of(columns_.begin(), columns_.end(), [](const Stored& column) {
    return column.bytes[0] == static_cast<char>(ColumnForm::kTimes);
  });
}

uint64_t ColumnWriter::unpacked_bytes() const {
  constexpr uint64_t kMostOfLength = 10;
  uint64_t sum = 0;
  for (const Stored& column : columns_) sum += column.bytes.size() + kMostOfLength;
  return sum;
}

std::string ColumnWriter::Finish() const {
  std::string shared;
  for (const Stored& column : columns_)
    PutVarint(shared, column.packed.empty() ? column.bytes.size() : 0);
  for (const Stored& column : columns_) {
    if (column.packed.empty()) shared += column.bytes;
  }
  std::string out;
  PutVarint(out, columns_.size());
  AppendSection(out, shared, level_);
  for (const Stored& column : columns_) out += column.packed;
  return out;
}

uint32_t ColumnWriter::Open() {
  columns_.emplace_back();
  return static_cast<uint32_t>(columns_.size() - 1);
}

void ColumnWriter::Close(uint32_t index, std::string bytes) {
  Stored& column = columns_[index];
  column.packed.clear();
  if (bytes.size() >= kOwnSectionBytes) {
    AppendSection(column.packed, bytes, level_);
    column.cost = column.packed.size();
  } else {
    column.cost = bytes.size() * 3 / 4 + 1;
  }
  column.bytes = std::move(bytes);
}

size_t ColumnWriter::CostFrom(uint32_t index) const {
  size_t sum = 0;
  for (size_t i = index; i < columns_.size(); ++i) sum += columns_[i].cost;
  return sum;
}

std::vector<ColumnWriter::Stored> ColumnWriter::TakeFrom(uint32_t index) {
  std::vector<Stored> taken(std::make_move_iterator(columns_.begin() + index),
                            std::make_move_iterator(columns_.end()));
  columns_.resize(index + 1);
  columns_[index] = {};
  return taken;
}

void ColumnWriter::PutBack(uint32_t index, std::vector<Stored> columns) {
  columns_.resize(index);
  std::move(columns.begin(), columns.end(), std::back_inserter(columns_));
}

// Lets `fill` make column `index` anew; what was there comes back unless that made it smaller.
template <class Fill>
void ColumnWriter::KeepCheaper(uint32_t index, Fill fill) {
  const size_t cost = CostFrom(index);
  std::vector<Stored> before = TakeFrom(index);
  if (!fill() || CostFrom(index) >= cost) PutBack(index, std::move(before));
}

uint32_t ColumnWriter::Add(Values values, Rows rows, int depth) {
  const uint32_t index = Open();
  if (values.empty() || AllEqual(values)) {
    std::string bytes;
    PutForm(bytes, ColumnForm::kConstant);
    PutString(bytes, values.empty() ? std::string_view() : values[0]);
    Close(index, std::move(bytes));
    return index;
  }
  Interner distinct(64);
  std::vector<int64_t> ids;
  if (!FindDistinct(values, distinct, ids)) {
    Direct(index, values, rows, depth);
    return index;
  }
  const size_t count = distinct.texts().size();
  const auto dictionary = [&] {
    Dictionary(index, distinct.texts(), ids, depth);
    return true;
  };
  if (count * 16 <= values.size()) {
    dictionary();
    return index;
  }
  Direct(index, values, rows, depth);
  // An entry of the dictionary costs a byte at least.
  if (count * 8 <= values.size() * 5 && CostFrom(index) > count) KeepCheaper(index, dictionary);
  return index;
}

void ColumnWriter::Dictionary(uint32_t index, Values distinct, std::span<const int64_t> ids,
                              int depth) {
  const uint32_t child = Open();
  Direct(child, distinct, {}, depth + 1);
  std::string bytes;
  PutForm(bytes, ColumnForm::kDictionary);
  PutVarint(bytes, distinct.size());
  PutVarint(bytes, child);
  AppendInts(bytes, ids, level_);
  Close(index, std::move(bytes));
}

void ColumnWriter::Direct(uint32_t index, Values values, Rows rows, int depth) {
  std::vector<int64_t> times;
  if (TimeText time; ParseTimeText(values[0], time)) {
    for (const uint32_t row : rows) times.push_back(times_[row]);
  }
  std::string bytes;
  if (AppendNumbers(bytes, values, times, level_)) return Close(index, std::move(bytes));
  if (Affix(index, values)) return;
  if (AppendHex(bytes, values)) {
    // Digits in hexadecimal may be a date or a version that text does better.
    const bool likely_text = bytes[1] == 0 && bytes.find('\0', 3) != 3;
    Close(index, std::move(bytes));
    if (!likely_text) return;
    KeepCheaper(index, [&] {
      Text(index, values);
      return true;
    });
  } else {
    Text(index, values);
  }
  if (depth >= kMaxSplitDepth || values.size() < 16) return;
  const bool has_words = values[0].find(' ') != std::string_view::npos;
  KeepCheaper(index, [&] {
    return Split(index, values, rows, has_words ? SplitMode::kFree : SplitMode::kDigits, depth + 1);
  });
}

bool ColumnWriter::Affix(uint32_t index, Values values) {
  const size_t prefix = CommonPrefix(values);
  const size_t suffix = CommonSuffix(values, prefix);
  if (prefix + suffix == 0) return false;
  std::vector<std::string_view> middles(values.begin(), values.end());
  for (std::string_view& value : middles)
    value = value.substr(prefix, value.size() - prefix - suffix);
  std::string inner;
  if (!AppendNumbers(inner, middles, {}, level_) && !AppendHex(inner, middles)) return false;
  std::string bytes;
  const uint32_t child = Open();
  PutForm(bytes, ColumnForm::kAffix);
  PutString(bytes, values[0].substr(0, prefix));
  PutString(bytes, values[0].substr(values[0].size() - suffix));
  PutVarint(bytes, child);
  Close(child, std::move(inner));
  Close(index, std::move(bytes));
  return true;
}

void ColumnWriter::Text(uint32_t index, Values values) {
  size_t size = 16;
  bool zero = false;
  for (const std::string_view value : values) {
    size += value.size() + 2;
    zero = zero || value.find('\0') != std::string_view::npos;
  }
  std::string bytes;
  bytes.reserve(size);
  PutForm(bytes, zero ? ColumnForm::kText : ColumnForm::kTerminated);
  if (zero) {
    for (const std::string_view value : values) PutVarint(bytes, value.size());
  }
  for (const std::string_view value : values) {
    bytes += value;
    if (!zero) bytes.push_back('\0');
  }
  Close(index, std::move(bytes));
}

bool ColumnWriter::Split(uint32_t index, Values values, Rows rows, SplitMode mode, int depth) {
  const SplitPlan plan(values, mode);
  if (plan.slot_count() == values.size() && plan.columns() == 1 && depth > 0 &&
      plan.templates()[0].literals[0].empty() && plan.templates()[0].literals[1].empty())
    return false;  // nothing was split
  if (plan.raw_rows() * 2 > values.size() || slot_values_ + plan.slot_count() > kMaxSlotValues)
    return false;
  slot_values_ += plan.slot_count();
  std::vector<std::vector<std::string_view>> texts;
  std::vector<std::vector<uint32_t>> text_rows;
  plan.Gather(texts, text_rows);
  std::string bytes;
  PutForm(bytes, ColumnForm::kSplit);
  PutVarint(bytes, plan.columns());
  for (uint32_t i = 0; i < plan.columns(); ++i) {
    if (rows.empty()) text_rows[i].clear();
    for (uint32_t& row : text_rows[i]) row = rows[row];
    PutVarint(bytes, Add(texts[i], text_rows[i], depth));
  }
  PutVarint(bytes, plan.templates().size());
  for (const SplitTemplate& shape : plan.templates()) {
    PutVarint(bytes, shape.columns.size());
    for (size_t i = 0; i < shape.columns.size(); ++i) {
      PutString(bytes, shape.literals[i]);
      PutVarint(bytes, shape.columns[i]);
    }
    PutString(bytes, shape.literals.back());
  }
  AppendInts(bytes, plan.row_templates(), level_);
  Close(index, std::move(bytes));
  return true;
}

}  // namespace narfi::storage
