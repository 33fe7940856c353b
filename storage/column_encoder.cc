#include "storage/column_encoder.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <memory>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/hash.h"
#include "base/text_equal.h"
#include "storage/intern.h"
#include "storage/packed_ints.h"
#include "storage/skeleton.h"
#include "storage/value_columns.h"
#include "storage/value_form.h"

namespace narfi::storage {
namespace {

constexpr size_t kSampleClusters = 8;
constexpr size_t kSampleCluster = 64;
constexpr size_t kLeastToSplit = 16;
constexpr int kMaxSplitDepth = 3;
// Of all values of a column; a row group of mere numbers has more of them than a column may have
// values (kMaxGroupValues).
constexpr size_t kMaxVariables = 4 << 20;
constexpr size_t kLeastToGuess = 8 << 10;
// Beyond so many values sorted ids are worth pages of their own.
constexpr size_t kLeastToSort = 2 * kHexPage;

bool IsWordChar(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool IsDigitChar(char c) { return c >= '0' && c <= '9'; }

// What all values begin with, cut so that no digits of a number are in it.
size_t CommonPrefix(Values values) {
  size_t size = values[0].size();
  for (const std::string_view value : values) {
    size = std::min(size, value.size());
    size_t same = 0;
    while (same < size && value[same] == values[0][same]) ++same;
    size = same;
    if (size == 0) return 0;
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
    if (size == 0) return 0;
  }
  while (size > 0 && IsDigitChar(first[first.size() - size])) --size;
  return size;
}

bool AllEqual(Values values) {
  for (size_t i = 0; i < values.size(); ++i) {
    Prefetch(values, i);
    if (!EqualText(values[i], values[0])) return false;
  }
  return true;
}

// Places spread over `count` of them, some neighbours each.
std::vector<uint32_t> SamplePlaces(size_t count) {
  std::vector<uint32_t> places;
  const size_t wanted = kSampleClusters * kSampleCluster;
  if (count <= wanted * 2) {
    for (uint32_t i = 0; i < count; ++i) places.push_back(i);
    return places;
  }
  for (size_t c = 0; c < kSampleClusters; ++c) {
    const size_t begin = (count - kSampleCluster) * c / (kSampleClusters - 1);
    for (size_t i = 0; i < kSampleCluster; ++i) places.push_back(static_cast<uint32_t>(begin + i));
  }
  return places;
}

size_t CostOf(const std::vector<EncodedColumn>& columns) {
  size_t sum = 0;
  for (const EncodedColumn& column : columns) sum += column.cost();
  return sum;
}

// How many values are distinct, guessed from those whose hash falls into a part of all hashes: a
// value that comes again does so there too, however far away. Source: linear counting, Whang et
// al., "A linear-time probabilistic counting algorithm for database applications" (1990).
size_t GuessDistinct(std::span<const uint64_t> hashes) {
  const unsigned shift = hashes.size() > 8192 ? 4 : 0;
  const size_t bits = std::bit_ceil(std::max<size_t>((hashes.size() >> shift) * 8, 64));
  std::vector<uint64_t> seen(bits / 64);
  for (const uint64_t hash : hashes) {
    if ((hash >> 40 & ((1U << shift) - 1)) == 0) seen[hash / 64 % seen.size()] |= 1ULL << hash % 64;
  }
  size_t free = bits;
  for (const uint64_t word : seen) free -= static_cast<size_t>(std::popcount(word));
  const auto all = static_cast<double>(bits);
  const double ratio = std::max(static_cast<double>(free), 1.0) / all;
  return static_cast<size_t>(std::lround(-all * std::log(ratio))) << shift;
}

// The numbers of the values among those that are known, which become more.
std::vector<uint32_t> NumbersOf(Values values, std::span<const uint64_t> hashes, Interner& known) {
  std::vector<uint32_t> numbers;
  numbers.reserve(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    Prefetch(values, i);
    if (i + 8 < values.size()) known.Prefetch(hashes[i + 8]);
    const bool again = i > 0 && hashes[i] == hashes[i - 1] && EqualText(values[i], values[i - 1]);
    numbers.push_back(again ? numbers.back() : known.Add(values[i], hashes[i]).id);
  }
  return numbers;
}

}  // namespace

uint32_t ColumnEncoder::Open(ColumnForm form, size_t values) {
  EncodedColumn column;
  column.form = form;
  column.values = static_cast<uint32_t>(values);
  columns_.push_back(std::move(column));
  return static_cast<uint32_t>(columns_.size() - 1);
}

uint32_t ColumnEncoder::AddNumbers(std::span<const uint32_t> numbers) {
  const uint32_t index = Open(ColumnForm::kIntegers, numbers.size());
  PackInts(numbers, columns_[index].params, columns_[index].blobs);
  return index;
}

uint32_t ColumnEncoder::Add(Values values, Times times, int depth) {
  const uint32_t index = Open(ColumnForm::kConstant, values.size());
  Fill(index, values, times, depth);
  return index;
}

void ColumnEncoder::Fill(uint32_t index, Values values, Times times, int depth) {
  if (values.empty() || AllEqual(values)) {
    PutString(columns_[index].params, values.empty() ? std::string_view() : values[0]);
    return;
  }
  if (EncodeNumbers(values, times, columns_[index])) return;
  if (depth < kMaxColumnDepth && TryDictionary(index, values, depth)) return;
  FillDirect(index, values, times, depth);
}

void ColumnEncoder::FillDirect(uint32_t index, Values values, Times times, int depth) {
  std::vector<uint32_t> order;
  if (EncodeHex(values, false, order, columns_[index]) || TryAffix(index, values)) return;
  const bool may_split = depth < kMaxSplitDepth && values.size() >= kLeastToSplit &&
                         columns_.size() <= kMaxColumns / 2;
  // A few thousand are not worth a guess.
  if (may_split && values.size() <= kLeastToGuess) return FillSmaller(index, values, times, depth);
  if (may_split && SkeletonsPay(values, times, depth) && FillSkeletons(index, values, times, depth))
    return;
  EncodeText(values, columns_[index]);
  AddFilter(values, columns_[index]);
}

void ColumnEncoder::FillSmaller(uint32_t index, Values values, Times times, int depth) {
  const size_t columns = columns_.size();
  const size_t filter_bytes = filter_bytes_;
  EncodedColumn text;
  text.values = columns_[index].values;
  EncodeText(values, text);
  if (FillSkeletons(index, values, times, depth)) {
    // Both would have filters.
    size_t cost = columns_[index].cost();
    for (size_t i = columns; i < columns_.size(); ++i) cost += columns_[i].cost();
    if (cost - (filter_bytes_ - filter_bytes) < text.cost()) return;
  }
  columns_.resize(columns);
  filter_bytes_ = filter_bytes;
  AddFilter(values, text);
  columns_[index] = std::move(text);
}

void ColumnEncoder::AddFilter(Values values, EncodedColumn& column) {
  if (!has_filters_) return;
  const size_t before = column.cost();
  AddGramFilter(values, column);
  filter_bytes_ += column.cost() - before;
}

bool ColumnEncoder::TryDictionary(uint32_t index, Values values, int depth) {
  std::vector<uint64_t> hashes(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    Prefetch(values, i);
    const bool again = i > 0 && EqualText(values[i], values[i - 1]);
    hashes[i] = again ? hashes[i - 1] : Hash64(values[i]);
  }
  const size_t guess = std::max<size_t>(GuessDistinct(hashes), 1);
  if (guess * 10 > values.size() * 9) return false;
  if (guess * 16 > values.size()) {
    // What a value costs by itself, from a sample of them.
    std::vector<std::string_view> sample;
    for (const uint32_t place : SamplePlaces(values.size())) sample.push_back(values[place]);
    ColumnEncoder trial;
    trial.has_filters_ = false;
    trial.Open(ColumnForm::kConstant, sample.size());
    trial.FillDirect(0, sample, {}, std::max(depth, 1));
    const double each =
        static_cast<double>(CostOf(trial.columns_)) / static_cast<double>(sample.size());
    const double code = static_cast<double>(std::bit_width(guess - 1)) / 8;
    const auto count = static_cast<double>(values.size());
    if (static_cast<double>(guess) * each + count * code > count * each * 0.97) return false;
  }
  Interner distinct(guess);
  const std::vector<uint32_t> codes = NumbersOf(values, hashes, distinct);
  Dictionary(index, distinct.texts(), codes, depth);
  return true;
}

void ColumnEncoder::Dictionary(uint32_t index, Values distinct, std::span<const uint32_t> codes,
                               int depth) {
  const uint32_t child = Open(ColumnForm::kConstant, distinct.size());
  std::vector<uint32_t> order;
  std::vector<uint32_t> sorted_codes;
  PutVarint(columns_[index].params, child);
  columns_[index].form = ColumnForm::kDictionary;
  if (distinct.size() >= kLeastToSort && EncodeHex(distinct, true, order, columns_[child])) {
    std::vector<uint32_t> place(order.size());
    for (uint32_t i = 0; i < order.size(); ++i) place[order[i]] = i;
    sorted_codes.reserve(codes.size());
    for (const uint32_t code : codes) sorted_codes.push_back(place[code]);
    codes = sorted_codes;
  } else if (!EncodeNumbers(distinct, {}, columns_[child])) {
    FillDirect(child, distinct, {}, depth + 1);
  }
  PackInts(codes, columns_[index].params, columns_[index].blobs);
}

bool ColumnEncoder::TryAffix(uint32_t index, Values values) {
  const size_t prefix = CommonPrefix(values);
  const size_t suffix = CommonSuffix(values, prefix);
  if (prefix + suffix == 0) return false;
  std::vector<std::string_view> middles(values.begin(), values.end());
  for (std::string_view& value : middles)
    value = value.substr(prefix, value.size() - prefix - suffix);
  EncodedColumn inner;
  inner.values = static_cast<uint32_t>(values.size());
  std::vector<uint32_t> order;
  if (!EncodeNumbers(middles, {}, inner) && !EncodeHex(middles, false, order, inner)) return false;
  const uint32_t child = Open(ColumnForm::kConstant, values.size());
  columns_[child] = std::move(inner);
  EncodedColumn& column = columns_[index];
  column.form = ColumnForm::kAffix;
  PutString(column.params, values[0].substr(0, prefix));
  PutString(column.params, values[0].substr(values[0].size() - suffix));
  PutVarint(column.params, child);
  return true;
}

bool ColumnEncoder::SkeletonsPay(Values values, Times times, int depth) const {
  std::vector<std::string_view> sample;
  std::vector<int64_t> sample_times;
  for (const uint32_t place : SamplePlaces(values.size())) {
    sample.push_back(values[place]);
    if (!times.empty()) sample_times.push_back(times[place]);
  }
  EncodedColumn text;
  EncodeText(sample, text);
  ColumnEncoder trial;
  trial.has_filters_ = false;
  trial.Open(ColumnForm::kConstant, sample.size());
  return trial.FillSkeletons(0, sample, sample_times, depth) &&
         CostOf(trial.columns_) < text.cost();
}

namespace {

// What the variables of one kind are, over all values.
struct VariableColumn {
  std::vector<std::string_view> texts;
  std::vector<int64_t> times;
};

}  // namespace

bool ColumnEncoder::FillSkeletons(uint32_t index, Values values, Times times, int depth) {
  Arena texts;
  std::vector<std::string_view> skeletons;
  std::vector<uint64_t> hashes;
  std::array<std::unique_ptr<VariableColumn>, 256> columns;  // by kind
  std::string skeleton;
  std::vector<Variable> variables;
  size_t count = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    Prefetch(values, i);
    MakeSkeleton(values[i], skeleton, variables);
    const bool again = i > 0 && EqualText(skeleton, skeletons.back());
    skeletons.push_back(again ? skeletons.back() : texts.Copy(skeleton));
    hashes.push_back(again ? hashes.back() : Hash64(skeleton));
    count += variables.size();
    if (count > kMaxVariables) return false;
    for (const Variable& variable : variables) {
      auto& column = columns[variable.kind];
      if (column == nullptr) column = std::make_unique<VariableColumn>();
      column->texts.push_back(variable.text);
      if (variable.kind == kTimeVariable && !times.empty()) column->times.push_back(times[i]);
    }
  }
  Interner distinct(GuessDistinct(hashes));
  const std::vector<uint32_t> codes = NumbersOf(skeletons, hashes, distinct);
  const uint32_t entries = Open(ColumnForm::kConstant, distinct.texts().size());
  if (distinct.texts().size() == 1) {
    PutString(columns_[entries].params, distinct.texts()[0]);
  } else {
    EncodeText(distinct.texts(), columns_[entries]);
    AddFilter(distinct.texts(), columns_[entries]);
  }
  std::string params;
  PutVarint(params, entries);
  PutVarint(params, columns.size() -
                        static_cast<size_t>(std::count(columns.begin(), columns.end(), nullptr)));
  for (size_t kind = 0; kind < columns.size(); ++kind) {
    if (columns[kind] == nullptr) continue;
    PutU8(params, static_cast<uint8_t>(kind));
    PutVarint(params, Add(columns[kind]->texts, columns[kind]->times, depth + 1));
  }
  columns_[index].form = ColumnForm::kSkeleton;
  columns_[index].params = std::move(params);
  PackInts(codes, columns_[index].params, columns_[index].blobs);
  return true;
}

}  // namespace narfi::storage
