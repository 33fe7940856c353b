// Columns of skeletons, open: free text as templates whose slots are numbers, ids and times.
#include <algorithm>
#include <map>

#include "base/bytes.h"
#include "storage/skeleton.h"
#include "storage/skeleton_search.h"
#include "storage/split_node.h"
#include "storage/text_search.h"

namespace narfi::storage {
namespace {

// The skeletons as templates, and what their literals point into. Outlives the columns: it is
// remembered.
struct OpenSkeletons {
  TextSink texts;
  SplitTemplates templates;
  uint64_t bytes = 0;
};

class SkeletonNode final : public ColumnNode {
 public:
  SkeletonNode(const ColumnInfo& info, IntPacking packing, std::unique_ptr<ColumnNode> skeletons,
               std::map<VariableKind, std::unique_ptr<ColumnNode>> variables,
               const BlobStore& blobs, uint64_t number)
      : ColumnNode(info.values),
        packing_(packing),
        first_blob_(info.first_blob),
        skeletons_(std::move(skeletons)),
        variables_(std::move(variables)),
        blobs_(blobs),
        number_(number) {
    alphabet_ = skeletons_->alphabet();
    for (const auto& [kind, column] : variables_) alphabet_ |= column->alphabet();
  }

  bool needs_times() const override { return variables_.contains(kTimeVariable); }

  Status Texts(std::span<const uint32_t> places, std::span<const int64_t> times, TextSink& sink,
               std::string_view* out) const override {
    NARFI_ASSIGN(const SplitTable table, Table());
    return table.Texts(places, times, sink, out);
  }

  Status Find(std::string_view needle, RowSet& sure, RowSet& maybe) const override {
    const SkeletonNeedle wanted = MakeSkeletonNeedle(needle);
    if (wanted.is_number && !variables_.contains(kMaxDigitRun))
      return FindInVariables(needle, 0, sure, maybe);
    if (wanted.pattern.empty()) return FindAnywhere(needle, sure, maybe);
    if (wanted.may_be_in_id)
      NARFI_TRY(FindInVariables(
          needle, static_cast<VariableKind>(kHexVariable | std::min(needle.size(), size_t{127})),
          sure, maybe));
    RowSet skeleton_hits(skeletons_->values());
    RowSet unused(skeletons_->values());
    NARFI_TRY(skeletons_->Find(wanted.pattern, skeleton_hits, unused));
    if (skeleton_hits.empty()) return {};
    std::vector<uint32_t> places;
    NARFI_TRY(PlacesOf(skeleton_hits, places));
    if (!wanted.is_exact) return FindAmong(places, needle, sure, maybe);
    for (const uint32_t place : places) sure.Add(place);
    return {};
  }

 private:
  static constexpr size_t kChunk = 4096;

  // The values whose skeleton is one of these.
  Status PlacesOf(const RowSet& skeletons, std::vector<uint32_t>& places) const {
    OpenInts codes;
    NARFI_TRY(codes.Open(blobs_, first_blob_, packing_, values()));
    for (uint32_t place = 0; place < values(); ++place) {
      const auto code = static_cast<uint64_t>(codes.ints.At(place));
      if (code >= skeletons.rows()) return BadColumn();
      if (skeletons.Has(static_cast<uint32_t>(code))) places.push_back(place);
    }
    return {};
  }

  // Inside variables of `least` and the kinds above it.
  Status FindInVariables(std::string_view needle, VariableKind least, RowSet& sure,
                         RowSet& maybe) const {
    std::vector<uint8_t> asked;
    bool any = false;
    for (const auto& [kind, column] : variables_) {
      asked.push_back(kind >= least && column->MayHold(needle) ? 1 : 0);
      any |= asked.back() != 0;
    }
    if (!any) return {};
    NARFI_ASSIGN(const SplitTable table, Table());
    return table.FindInSlots(needle, asked, sure, maybe);
  }

  // Where nothing is known of the skeleton: templates and slots, as for lines.
  Status FindAnywhere(std::string_view needle, RowSet& sure, RowSet& maybe) const {
    NARFI_ASSIGN(const SplitTable table, Table());
    RowSet likely(values());
    NARFI_TRY(table.Find(needle, sure, likely));
    std::vector<uint32_t> places;
    for (uint32_t place = 0; place < values(); ++place) {
      if (likely.Has(place)) places.push_back(place);
    }
    return FindAmong(places, needle, sure, maybe);
  }

  // By their texts, unless those hang on the entries' times, which are not here.
  Status FindAmong(std::span<const uint32_t> places, std::string_view needle, RowSet& sure,
                   RowSet& maybe) const {
    if (variables_.contains(kTimeVariable)) {
      for (const uint32_t place : places) maybe.Add(place);
      return {};
    }
    for (size_t first = 0; first < places.size(); first += kChunk) {
      const auto chunk = places.subspan(first, std::min(kChunk, places.size() - first));
      TextSink sink;
      std::vector<std::string_view> texts(chunk.size());
      NARFI_TRY(Texts(chunk, {}, sink, texts.data()));
      for (size_t i = 0; i < chunk.size(); ++i) {
        if (Holds(texts[i], needle)) sure.Add(chunk[i]);
      }
    }
    return {};
  }

  Result<SplitTable> Table() const {
    NARFI_ASSIGN(auto open, blobs_.Remember<OpenSkeletons>(
                                (uint64_t{1} << 50) + number_, [&] { return MakeTemplates(); },
                                [](const OpenSkeletons& made) { return made.bytes; }));
    std::vector<const ColumnNode*> children;
    for (const auto& [kind, column] : variables_) children.push_back(column.get());
    return SplitTable(values(), {open, &open->templates}, std::move(children), packing_,
                      first_blob_, blobs_, number_);
  }

  Result<std::shared_ptr<const OpenSkeletons>> MakeTemplates() const {
    std::vector<uint32_t> all(skeletons_->values());
    for (uint32_t i = 0; i < all.size(); ++i) all[i] = i;
    std::vector<std::string_view> texts(all.size());
    TextSink sink;
    NARFI_TRY(skeletons_->Texts(all, {}, sink, texts.data()));
    std::map<VariableKind, uint32_t> numbers;
    for (const auto& [kind, column] : variables_)
      numbers.emplace(kind, static_cast<uint32_t>(numbers.size()));
    auto open = std::make_shared<OpenSkeletons>();
    SkeletonParts parts;
    uint64_t text_bytes = 0;
    for (const std::string_view text : texts) {
      if (!ParseSkeleton(text, parts)) return BadColumn();
      for (const std::string& literal : parts.literals) {
        open->templates.AddLiteral(open->texts.arena.Copy(literal));
        text_bytes += literal.size();
      }
      for (const VariableKind kind : parts.kinds) {
        const auto at = numbers.find(kind);
        if (at == numbers.end()) return BadColumn();
        open->templates.AddSlot(at->second);
      }
      open->templates.Finish();
    }
    open->bytes = open->templates.bytes() + text_bytes;
    return std::shared_ptr<const OpenSkeletons>(std::move(open));
  }

  const IntPacking packing_;
  const uint32_t first_blob_;
  const std::unique_ptr<ColumnNode> skeletons_;
  const std::map<VariableKind, std::unique_ptr<ColumnNode>> variables_;
  const BlobStore& blobs_;
  const uint64_t number_;
};

}  // namespace

std::unique_ptr<ColumnNode> OpenSkeletons(
    const ColumnInfo& info, const BlobStore& blobs, uint64_t number,
    const std::function<std::unique_ptr<ColumnNode>(uint64_t)>& inner) {
  ByteReader params(info.params);
  auto skeletons = inner(params.Varint());
  const uint64_t count = params.Count(2);
  if (skeletons == nullptr || skeletons->values() > UINT16_MAX) return nullptr;
  std::map<VariableKind, std::unique_ptr<ColumnNode>> variables;
  for (uint64_t i = 0; i < count; ++i) {
    const VariableKind kind = params.U8();
    auto column = inner(params.Varint());
    if (column == nullptr || !variables.emplace(kind, std::move(column)).second) return nullptr;
  }
  IntPacking packing;
  if (!ReadPacking(params, packing) || !params.done() || info.blobs != packing.blobs())
    return nullptr;
  return std::make_unique<SkeletonNode>(info, packing, std::move(skeletons), std::move(variables),
                                        blobs, number);
}

}  // namespace narfi::storage
