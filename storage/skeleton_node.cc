// Columns of skeletons, open: free text whose numbers, ids and times lie in columns of their kind.
#include <algorithm>
#include <cstring>
#include <numeric>

#include "base/bytes.h"
#include "storage/skeleton.h"
#include "storage/skeleton_search.h"
#include "storage/skeleton_slots.h"
#include "storage/split_node.h"

namespace narfi::storage {
namespace {

class SkeletonNode final : public ColumnNode {
 public:
  SkeletonNode(const ColumnInfo& info, IntPacking packing, std::unique_ptr<ColumnNode> skeletons,
               const BlobStore& blobs, uint64_t number)
      : ColumnNode(info.values),
        packing_(packing),
        first_blob_(info.first_blob),
        skeletons_(std::move(skeletons)),
        blobs_(blobs),
        number_(number) {
    alphabet_ = skeletons_->alphabet();
  }

  // False for a kind that is there already.
  bool AddVariables(VariableKind kind, std::unique_ptr<ColumnNode> column) {
    alphabet_ |= column->alphabet();
    if (numbers_.Has(kind)) return false;
    numbers_.Add(kind, static_cast<uint8_t>(variables_.size()));
    kinds_.push_back(kind);
    variables_.push_back(std::move(column));
    return true;
  }

  bool needs_times() const override { return numbers_.Has(kTimeVariable); }

  Status Skeletons(std::span<const int64_t>, TextSink& sink, CodedColumn& out) const override {
    OpenInts codes;
    NARFI_TRY(codes.Open(blobs_, first_blob_, packing_, values(), true));
    std::vector<uint32_t> all(skeletons_->values());
    std::iota(all.begin(), all.end(), 0);
    if (all.size() > FieldView::kAsk || !codes.ints.ReadCodes(skeletons_->values(), out.codes))
      return BadColumn();
    out.texts.resize(all.size());
    return skeletons_->Texts(all, {}, sink, out.texts.data());
  }

  // A text is empty where its skeleton is.
  Result<bool> HasEmpty() const override { return skeletons_->HasEmpty(); }

  Result<ByteRuns> Runs(const ByteSet& of) const override {
    std::vector<ByteRuns> of_variables;
    for (const auto& column : variables_) {
      NARFI_ASSIGN(const ByteRuns runs, column->Runs(of));
      of_variables.push_back(runs);
    }
    RunMeter meter(of);
    NARFI_TRY(ForSkeletons([&](std::string_view part) { meter.AddText(part); },
                           [&](uint8_t slot) { meter.AddValue(of_variables[slot]); },
                           [&] { meter.EndText(); }));
    return meter.runs();
  }

  Status Texts(std::span<const uint32_t> places, std::span<const int64_t> times, TextSink& sink,
               std::string_view* out) const override {
    NARFI_ASSIGN(const auto open, Open());
    OpenInts codes;
    NARFI_TRY(codes.Open(blobs_, first_blob_, packing_, values()));
    std::vector<Wanted> wanted(variables_.size());
    NARFI_TRY(FindVariables(*open, codes.ints, places, times, wanted));
    uint64_t bytes = 0;
    for (size_t v = 0; v < wanted.size(); ++v) {
      Wanted& of = wanted[v];
      if (of.places.empty()) continue;
      of.texts.resize(of.places.size());
      NARFI_TRY(variables_[v]->Texts(of.places, of.times, sink, of.texts.data()));
      for (const std::string_view text : of.texts) bytes += text.size();
    }
    std::vector<uint32_t> used(places.size());
    for (size_t i = 0; i < places.size(); ++i) used[i] = CodeAt(codes.ints, places[i]);
    NARFI_ASSIGN(const auto skeletons, SkeletonTexts(used, sink));
    for (size_t i = 0; i < places.size(); ++i) bytes += skeletons[i].size();
    char* at = sink.Allocate(bytes);
    if (at == nullptr) return BadColumn();
    for (size_t i = 0; i < places.size(); ++i) {
      const std::span<const uint8_t> slots = open->Of(used[i]);
      size_t slot = 0;
      char* const begin = at;
      ExpandSkeleton(
          skeletons[i],
          [&] {
            Wanted& of = wanted[slots[slot++]];
            return of.texts[of.given++];
          },
          [&](std::string_view part) {
            if (!part.empty()) std::memcpy(at, part.data(), part.size());
            at += part.size();
          });
      out[i] = {begin, static_cast<size_t>(at - begin)};
    }
    return {};
  }

  Status Find(const TextNeedle& needle, std::span<const int64_t> times, RowSet& sure,
              RowSet& maybe) const override {
    const SkeletonNeedle wanted = MakeSkeletonNeedle(needle.text, needle.folded);
    if (wanted.is_number && !numbers_.Has(kMaxDigitRun))
      return FindInVariables(needle.text, times, 0, sure, maybe);
    std::vector<uint32_t> places;
    if (wanted.pattern.empty()) {
      for (uint32_t place = 0; place < values(); ++place) places.push_back(place);
      return FindAmong(places, needle, times, sure, maybe);
    }
    if (wanted.may_be_in_id) {
      const auto least =
          static_cast<VariableKind>(kHexVariable | std::min(needle.text.size(), size_t{127}));
      NARFI_TRY(FindInVariables(needle.text, times, least, sure, maybe));
    }
    RowSet skeleton_hits(skeletons_->values());
    RowSet unused(skeletons_->values());
    NARFI_TRY(skeletons_->Find({wanted.pattern, needle.folded}, {}, skeleton_hits, unused));
    if (skeleton_hits.empty()) return {};
    NARFI_TRY(PlacesOf(skeleton_hits, places));
    if (!wanted.is_exact) return FindAmong(places, needle, times, sure, maybe);
    for (const uint32_t place : places) sure.Add(place);
    return {};
  }

  Status Match(const PatternSearch& search, std::span<const int64_t> times,
               ValueMatches& out) const override {
    NARFI_TRY(FindHeld(search, times, out));
    if (search.scope == PatternSearch::Scope::kValue && !out.empty())
      NARFI_TRY(MatchSkeletons(search, out));
    return TestHeld(search, times, out);
  }

 private:
  // What is asked of the variables of one kind.
  struct Wanted {
    std::vector<uint32_t> places;
    std::vector<int64_t> times;
    std::vector<std::string_view> texts;
    size_t given = 0;
  };

  // Looked at when the skeletons were opened: each is one of theirs.
  static uint32_t CodeAt(const PackedInts& codes, uint32_t place) {
    return static_cast<uint32_t>(codes.At(place));
  }

  // Where the variables of the values lie in their columns.
  Status FindVariables(const SkeletonSlots& open, const PackedInts& codes,
                       std::span<const uint32_t> places, std::span<const int64_t> times,
                       std::vector<Wanted>& wanted) const {
    std::vector<uint32_t> next(variables_.size());
    uint32_t at = UINT32_MAX;  // the value that `next` stands before
    for (size_t i = 0; i < places.size(); ++i) {
      const uint32_t step = places[i] / SkeletonSlots::kStep;
      if (at > places[i] || at / SkeletonSlots::kStep != step) {
        const uint32_t* before = open.before.data() + size_t{step} * next.size();
        std::copy(before, before + next.size(), next.begin());
        at = step * SkeletonSlots::kStep;
      }
      for (; at < places[i]; ++at) {
        for (const uint8_t slot : open.Of(CodeAt(codes, at))) ++next[slot];
      }
      for (const uint8_t slot : open.Of(CodeAt(codes, at))) {
        wanted[slot].places.push_back(next[slot]++);
        if (!times.empty()) wanted[slot].times.push_back(times[i]);
      }
      ++at;
    }
    return {};
  }

  // The values whose skeleton is one of these.
  Status PlacesOf(const RowSet& skeletons, std::vector<uint32_t>& places) const {
    OpenInts codes;
    NARFI_TRY(codes.Open(blobs_, first_blob_, packing_, values()));
    std::vector<uint16_t> all;
    if (!codes.ints.ReadCodes(skeletons.rows(), all)) return BadColumn();
    for (uint32_t place = 0; place < all.size(); ++place) {
      if (skeletons.Has(all[place])) places.push_back(place);
    }
    return {};
  }

  // What all texts of a skeleton have in common may match by itself.
  Status MatchSkeletons(const PatternSearch& search, ValueMatches& out) const {
    RowSet candidates(skeletons_->values());
    RowSet unused(skeletons_->values());
    for (size_t i = 0; i < search.any_of.size(); ++i)
      NARFI_TRY(skeletons_->Find(search.needle(i), {}, candidates, unused));
    std::vector<uint32_t> codes;
    for (uint32_t code = 0; code < candidates.rows(); ++code) {
      if (candidates.Has(code)) codes.push_back(code);
    }
    TextSink sink;
    NARFI_ASSIGN(const auto texts, SkeletonTexts(codes, sink));
    RowSet skeletons(skeletons_->values());
    std::string common;
    for (size_t i = 0; i < codes.size(); ++i) {
      common.clear();
      ExpandSkeleton(
          texts[i], [] { return std::string_view("\0", 1); },  // which stands in no match
          [&](std::string_view part) { common += part; });
      if (search.matches(common)) skeletons.Add(codes[i]);
    }
    if (skeletons.empty()) return {};
    std::vector<uint32_t> places;
    NARFI_TRY(PlacesOf(skeletons, places));
    for (const uint32_t place : places) {
      out.matched.Add(place);
      out.held.Remove(place);
      out.asked.Remove(place);
    }
    return {};
  }

  // Inside variables of `least` and the kinds above it. Ids have no capitals: the text of a folded
  // needle, which is in lower case, is looked for as it is.
  Status FindInVariables(std::string_view text, std::span<const int64_t> times, VariableKind least,
                         RowSet& sure, RowSet& maybe) const {
    const TextNeedle needle{text};
    struct Hits {
      RowSet sure;
      RowSet maybe;
      bool any = false;
    };
    std::vector<Hits> hits(variables_.size());
    bool any = false;
    for (uint8_t v = 0; v < variables_.size(); ++v) {
      const ColumnNode& column = *variables_[v];
      if (kinds_[v] < least || !column.MayHold(needle)) continue;
      hits[v].sure = RowSet(column.values());
      hits[v].maybe = RowSet(column.values());
      std::vector<int64_t> of_variables;
      if (column.needs_times() && !times.empty()) {
        NARFI_ASSIGN(of_variables, TimesOfVariables(v, times));
      }
      NARFI_TRY(column.Find(needle, of_variables, hits[v].sure, hits[v].maybe));
      hits[v].any = !hits[v].sure.empty() || !hits[v].maybe.empty();
      any |= hits[v].any;
    }
    if (!any) return {};
    return ForVariables([&](uint32_t place, uint8_t slot, uint32_t value) {
      if (!hits[slot].any) return;
      if (hits[slot].sure.Has(value)) sure.Add(place);
      if (hits[slot].maybe.Has(value)) maybe.Add(place);
    });
  }

  Result<std::vector<int64_t>> TimesOfVariables(uint8_t of, std::span<const int64_t> times) const {
    std::vector<int64_t> out;
    NARFI_TRY(ForVariables([&](uint32_t place, uint8_t slot, uint32_t) {
      if (slot == of) out.push_back(times[place]);
    }));
    return out;
  }

  // Calls take(place, slot, number of the variable within its column) for each variable.
  template <class Take>
  Status ForVariables(Take take) const {
    NARFI_ASSIGN(const auto open, Open());
    OpenInts codes;
    NARFI_TRY(codes.Open(blobs_, first_blob_, packing_, values()));
    std::vector<uint32_t> next(variables_.size());
    for (uint32_t place = 0; place < values(); ++place) {
      for (const uint8_t slot : open->Of(CodeAt(codes.ints, place)))
        take(place, slot, next[slot]++);
    }
    return {};
  }

  // By their texts, unless those hang on the entries' times, which are not here.
  Status FindAmong(std::span<const uint32_t> places, const TextNeedle& needle,
                   std::span<const int64_t> times, RowSet& sure, RowSet& maybe) const {
    if (needs_times() && times.empty()) {
      for (const uint32_t place : places) maybe.Add(place);
      return {};
    }
    return ForTexts(places, times,
                    [&](std::span<const uint32_t> of, std::span<const std::string_view> texts) {
                      FindInTexts(needle, of, texts, sure);
                    });
  }

  // The texts of skeletons that were looked at when they were opened, for each of `codes`.
  Result<std::vector<std::string_view>> SkeletonTexts(std::span<const uint32_t> codes,
                                                      TextSink& sink) const {
    std::vector<uint32_t> distinct(codes.begin(), codes.end());
    std::sort(distinct.begin(), distinct.end());
    distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
    std::vector<std::string_view> texts(distinct.size());
    NARFI_TRY(skeletons_->Texts(distinct, {}, sink, texts.data()));
    std::vector<std::string_view> out;
    out.reserve(codes.size());
    for (const uint32_t code : codes) {
      const auto at = std::lower_bound(distinct.begin(), distinct.end(), code);
      out.push_back(texts[static_cast<size_t>(at - distinct.begin())]);
    }
    return out;
  }

  Result<std::shared_ptr<const SkeletonSlots>> Open() const {
    return blobs_.Remember<SkeletonSlots>((uint64_t{1} << 50) + number_, [&] { return MakeOpen(); },
                                          [](const SkeletonSlots& made) { return made.bytes(); });
  }

  // Of each skeleton calls put(text) for its pieces, mark(column) for what varies, and end().
  template <class Put, class Mark, class End>
  Status ForSkeletons(Put put, Mark mark, End end) const {
    std::vector<uint32_t> all(skeletons_->values());
    std::iota(all.begin(), all.end(), 0);
    std::vector<std::string_view> texts(all.size());
    TextSink sink;
    NARFI_TRY(skeletons_->Texts(all, {}, sink, texts.data()));
    bool are_known = true;
    for (const std::string_view text : texts) {
      const bool is_one = ForPieces(text, put, [&](VariableKind kind) {
        const uint8_t column = numbers_.Of(kind);
        are_known = are_known && column < variables_.size();
        if (are_known) mark(column);
      });
      if (!is_one || !are_known) return BadColumn();
      end();
    }
    return {};
  }

  Result<std::shared_ptr<const SkeletonSlots>> MakeOpen() const {
    auto open = std::make_shared<SkeletonSlots>();
    NARFI_TRY(ForSkeletons(
        [](std::string_view) {}, [&](uint8_t column) { open->slots.push_back(column); },
        [&] { open->slot_ends.push_back(static_cast<uint32_t>(open->slots.size())); }));
    NARFI_TRY(CountVariables(*open));
    return std::shared_ptr<const SkeletonSlots>(std::move(open));
  }

  Status CountVariables(SkeletonSlots& open) const {
    OpenInts codes;
    NARFI_TRY(codes.Open(blobs_, first_blob_, packing_, values()));
    std::vector<uint16_t> all;
    if (!codes.ints.ReadCodes(static_cast<uint32_t>(open.slot_ends.size()), all))
      return BadColumn();
    const std::vector<uint32_t> counts = open.CountAll(all, variables_.size());
    for (size_t v = 0; v < counts.size(); ++v) {
      if (counts[v] != variables_[v]->values()) return BadColumn();
    }
    return {};
  }

  const IntPacking packing_;
  const uint32_t first_blob_;
  const std::unique_ptr<ColumnNode> skeletons_;
  const BlobStore& blobs_;
  const uint64_t number_;
  std::vector<std::unique_ptr<ColumnNode>> variables_;
  std::vector<VariableKind> kinds_;  // of each of them
  KindTable numbers_;                // of each kind: which of them
};

}  // namespace

std::unique_ptr<ColumnNode> OpenSkeletons(
    const ColumnInfo& info, const BlobStore& blobs, uint64_t number,
    const std::function<std::unique_ptr<ColumnNode>(uint64_t)>& inner) {
  ByteReader params(info.params);
  auto skeletons = inner(params.Varint());
  const uint64_t count = params.Count(2);
  if (skeletons == nullptr || skeletons->values() > UINT16_MAX || count > 255) return nullptr;
  std::vector<std::pair<VariableKind, std::unique_ptr<ColumnNode>>> variables;
  for (uint64_t i = 0; i < count; ++i) {
    const VariableKind kind = params.U8();
    variables.emplace_back(kind, inner(params.Varint()));
    if (variables.back().second == nullptr) return nullptr;
  }
  IntPacking packing;
  if (!ReadPacking(params, packing) || !params.done() || info.blobs != packing.blobs())
    return nullptr;
  auto node = std::make_unique<SkeletonNode>(info, packing, std::move(skeletons), blobs, number);
  for (auto& [kind, column] : variables) {
    if (!node->AddVariables(kind, std::move(column))) return nullptr;
  }
  return node;
}

}  // namespace narfi::storage
