#include "query/exec/vectors.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "base/bytes.h"

namespace narfi::query {
namespace {

// What the values of the first label begin with, all of them, where all series have that label
// first.
std::optional<std::string_view> CommonBegin(const std::vector<StepSeries>& series) {
  std::optional<std::string_view> common;
  for (const StepSeries& one : series) {
    if (one.labels.empty() || one.labels[0].name != series[0].labels[0].name) return std::nullopt;
    const std::string_view value = one.labels[0].value;
    if (!common) common = value;
    const auto end = std::mismatch(common->begin(), common->end(), value.begin(), value.end());
    common = common->substr(0, static_cast<size_t>(end.first - common->begin()));
  }
  return common;
}

// Eight bytes as a number that is ordered as they are; none is less than any.
uint64_t Head(std::string_view text) {
  uint64_t head = 0;
  std::memcpy(&head, text.data(), std::min<size_t>(text.size(), 8));
  return __builtin_bswap64(head);
}

}  // namespace

// Most are told apart by what comes behind the begin that all values of the first label share.
void SortByLabels(std::vector<StepSeries>& series) {
  struct Place {
    uint64_t head;
    uint32_t index;
  };
  const std::optional<std::string_view> begin = CommonBegin(series);
  std::vector<Place> places(series.size());
  for (uint32_t i = 0; i < places.size(); ++i) {
    const uint64_t head =
        begin ? Head(std::string_view(series[i].labels[0].value).substr(begin->size())) : 0;
    places[i] = {head, i};
  }
  std::sort(places.begin(), places.end(), [&](const Place& a, const Place& b) {
    return a.head != b.head ? a.head < b.head : series[a.index].labels < series[b.index].labels;
  });
  std::vector<StepSeries> sorted;
  sorted.reserve(series.size());
  for (const Place& place : places) sorted.push_back(std::move(series[place.index]));
  series = std::move(sorted);
}

std::string LabelsKey(const LabelPairs& labels) {
  std::string key;
  for (const Label& label : labels) {
    PutString(key, label.name);
    PutString(key, label.value);
  }
  return key;
}

}  // namespace narfi::query
