// Columns by default: their texts are made, and looked at.
#include <algorithm>
#include <numeric>

#include "storage/column_node.h"

namespace narfi::storage {
namespace {

constexpr uint32_t kChunk = 4096;

std::vector<uint32_t> PlacesIn(const RowSet& set) {
  std::vector<uint32_t> places;
  ForEachRow(set, 0, set.rows(), [&](uint32_t place) { places.push_back(place); });
  return places;
}

}  // namespace

bool HasByte(const ByteSet& set, char c, bool folded) {
  if (HasByte(set, c)) return true;
  if (!folded || c < 'a' || c > 'z') return false;
  return HasByte(set, static_cast<char>(c - 0x20)) || (c == 'k' && HasByte(set, kFirstOfKelvin)) ||
         (c == 's' && HasByte(set, kFirstOfLongS));
}

bool ColumnNode::MayHold(const TextNeedle& needle) const {
  // The odd letters take more bytes than those they stand for.
  if (values() == 0 || needle.text.size() > max_length_) return false;
  return std::all_of(needle.text.begin(), needle.text.end(),
                     [&](char c) { return HasByte(alphabet_, c, needle.folded); });
}

Result<ByteRuns> ColumnNode::Runs(const ByteSet& of) const {
  if (values() == 0 || (alphabet_ & of).none()) return ByteRuns{};
  return ByteRuns{std::min(max_length_, kUnboundRun), 0};
}

Status ColumnNode::FindHeld(const PatternSearch& search, std::span<const int64_t> times,
                            ValueMatches& out) const {
  for (size_t i = 0; i < search.any_of.size(); ++i) {
    const TextNeedle needle = search.needle(i);
    if (MayHold(needle)) NARFI_TRY(Find(needle, times, out.held, out.asked));
  }
  out.asked -= out.held;
  return {};
}

Status ColumnNode::TestHeld(const PatternSearch& search, std::span<const int64_t> times,
                            ValueMatches& out) const {
  RowSet candidates = std::move(out.held);
  candidates |= out.asked;
  out.held = RowSet(values());
  if (needs_times() && times.empty()) {
    out.asked = std::move(candidates);
    return {};
  }
  out.asked.Clear();
  return ForTexts(PlacesIn(candidates), times,
                  [&](std::span<const uint32_t> places, std::span<const std::string_view> texts) {
                    for (size_t i = 0; i < places.size(); ++i)
                      (search.matches(texts[i]) ? out.matched : out.held).Add(places[i]);
                  });
}

Status ColumnNode::Match(const PatternSearch& search, std::span<const int64_t> times,
                         ValueMatches& out) const {
  NARFI_TRY(FindHeld(search, times, out));
  return TestHeld(search, times, out);
}

Status ColumnNode::Find(const TextNeedle& needle, std::span<const int64_t> times, RowSet& sure,
                        RowSet& maybe) const {
  if (needs_times() && times.empty()) {
    maybe.AddAll();
    return {};
  }
  std::vector<uint32_t> places(values());
  std::iota(places.begin(), places.end(), 0);
  return ForTexts(places, times,
                  [&](std::span<const uint32_t> of, std::span<const std::string_view> texts) {
                    FindInTexts(needle, of, texts, sure);
                  });
}

// Texts that lie one behind the other are searched in one go: most hold nothing.
void ColumnNode::FindInTexts(const TextNeedle& needle, std::span<const uint32_t> places,
                             std::span<const std::string_view> texts, RowSet& found) {
  bool is_one = !needle.folded;
  for (size_t i = 1; i < texts.size() && is_one; ++i)
    is_one = texts[i].data() == texts[i - 1].data() + texts[i - 1].size();
  if (!is_one) {
    for (size_t i = 0; i < texts.size(); ++i) {
      if (needle.MayBeIn(texts[i])) found.Add(places[i]);
    }
    return;
  }
  const char* const begin = texts.front().data();
  const std::string_view all(
      begin, static_cast<size_t>(texts.back().data() + texts.back().size() - begin));
  size_t i = 0;
  for (size_t at = 0; (at = FindText(all, needle.text, at)) != std::string_view::npos;) {
    const auto ends_behind = [&](size_t of) {
      return static_cast<size_t>(texts[of].data() + texts[of].size() - begin) > at;
    };
    while (!ends_behind(i)) ++i;
    const size_t end = static_cast<size_t>(texts[i].data() + texts[i].size() - begin);
    const bool is_inside = at + needle.text.size() <= end;
    if (is_inside) found.Add(places[i]);
    at = is_inside ? end : at + 1;
  }
}

Status ColumnNode::ForTexts(std::span<const uint32_t> places, std::span<const int64_t> times,
                            const TakeTexts& take) const {
  std::vector<std::string_view> texts;
  std::vector<int64_t> chunk_times;
  for (size_t first = 0; first < places.size(); first += kChunk) {
    const auto chunk = places.subspan(first, std::min<size_t>(kChunk, places.size() - first));
    texts.resize(chunk.size());
    chunk_times.clear();
    if (needs_times()) {
      for (const uint32_t place : chunk) chunk_times.push_back(times[place]);
    }
    TextSink sink;
    NARFI_TRY(Texts(chunk, chunk_times, sink, texts.data()));
    take(chunk, texts);
  }
  return {};
}

}  // namespace narfi::storage
