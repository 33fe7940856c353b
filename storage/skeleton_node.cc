// Columns of skeletons, open: free text as templates whose slots are numbers, ids and times.
#include <algorithm>
#include <map>

#include "base/bytes.h"
#include "storage/skeleton.h"
#include "storage/split_node.h"
#include "storage/text_search.h"

namespace narfi::storage {
namespace {

// The skeletons as templates, and what their literals point into.
struct OpenSkeletonTable {
  TextSink texts;
  std::unique_ptr<SplitTable> table;
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

  Status Texts(std::span<const uint32_t> places, std::span<const int64_t> times, TextSink& sink,
               std::string_view* out) const override {
    NARFI_ASSIGN(const auto open, Table());
    sink.pins.push_back(open);
    return open->table->Texts(places, times, sink, out);
  }

  // What is only likely is looked at here, unless it hangs on the entries' times.
  Status Find(std::string_view needle, RowSet& sure, RowSet& maybe) const override {
    NARFI_ASSIGN(const auto open, Table());
    RowSet likely(values());
    NARFI_TRY(open->table->Find(needle, sure, likely));
    if (variables_.contains(kTimeVariable)) {
      maybe |= likely;
      return {};
    }
    std::vector<uint32_t> places;
    for (uint32_t place = 0; place < values(); ++place) {
      if (likely.Has(place)) places.push_back(place);
      if (places.size() == kChunk || (place + 1 == values() && !places.empty())) {
        NARFI_TRY(FindAmong(*open->table, places, needle, sure));
        places.clear();
      }
    }
    return {};
  }

 private:
  static constexpr size_t kChunk = 4096;

  static Status FindAmong(const SplitTable& table, const std::vector<uint32_t>& places,
                          std::string_view needle, RowSet& sure) {
    TextSink sink;
    std::vector<std::string_view> texts(places.size());
    NARFI_TRY(table.Texts(places, {}, sink, texts.data()));
    for (size_t i = 0; i < places.size(); ++i) {
      if (Holds(texts[i], needle)) sure.Add(places[i]);
    }
    return {};
  }

  Result<std::shared_ptr<const OpenSkeletonTable>> Table() const {
    return blobs_.Remember<OpenSkeletonTable>(
        (uint64_t{1} << 50) + number_, [&] { return MakeTable(); },
        [](const OpenSkeletonTable& open) { return open.bytes; });
  }

  Result<std::shared_ptr<const OpenSkeletonTable>> MakeTable() const {
    std::vector<uint32_t> all(skeletons_->values());
    for (uint32_t i = 0; i < all.size(); ++i) all[i] = i;
    std::vector<std::string_view> texts(all.size());
    TextSink sink;
    NARFI_TRY(skeletons_->Texts(all, {}, sink, texts.data()));
    std::vector<const ColumnNode*> children;
    std::map<VariableKind, uint32_t> numbers;
    for (const auto& [kind, column] : variables_) {
      numbers[kind] = static_cast<uint32_t>(children.size());
      children.push_back(column.get());
    }
    auto open = std::make_shared<OpenSkeletonTable>();
    SplitTemplates templates;
    SkeletonParts parts;
    uint64_t text_bytes = 0;
    for (const std::string_view text : texts) {
      if (!ParseSkeleton(text, parts)) return BadColumn();
      for (const std::string& literal : parts.literals) {
        templates.AddLiteral(open->texts.arena.Copy(literal));
        text_bytes += literal.size();
      }
      for (const VariableKind kind : parts.kinds) {
        const auto at = numbers.find(kind);
        if (at == numbers.end()) return BadColumn();
        templates.AddSlot(at->second);
      }
      templates.Finish();
    }
    open->bytes = templates.bytes() + text_bytes;
    open->table = std::make_unique<SplitTable>(values(), std::move(templates), std::move(children),
                                               packing_, first_blob_, blobs_, number_);
    return std::shared_ptr<const OpenSkeletonTable>(std::move(open));
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
