// StoredColumns: structured metadata.
#include <algorithm>
#include <unordered_map>

#include "base/bytes.h"
#include "storage/stored_columns.h"

namespace narfi::storage {
namespace {

// The pairs that a packed value holds; false when it is malformed.
bool ReadPacked(std::string_view packed, std::vector<MetadataPair>& pairs) {
  ByteReader reader(packed);
  while (!reader.done() && reader.ok()) {
    const std::string_view name = reader.String();
    pairs.push_back({name, reader.String()});
  }
  return reader.ok();
}

}  // namespace

Status StoredColumns::ForPackedRows(
    const std::function<void(uint32_t, std::span<const MetadataPair>)>& take) const {
  NARFI_ASSIGN(const auto ranks, metadata_->ReadRanks());
  std::vector<uint32_t> places;
  for (uint32_t row = 0; row < rows(); ++row) {
    if (directory_.metadata_templates[ranks->TemplateOf(row)].is_packed()) places.push_back(row);
  }
  std::vector<std::string_view> packed;
  std::vector<MetadataPair> pairs;
  for (size_t first = 0; first < places.size(); first += kBatchRows) {
    const auto some =
        std::span(places).subspan(first, std::min<size_t>(kBatchRows, places.size() - first));
    packed.resize(some.size());
    TextSink sink;
    NARFI_TRY(metadata_->Texts(some, {}, sink, packed.data()));
    for (size_t i = 0; i < some.size(); ++i) {
      pairs.clear();
      if (!ReadPacked(packed[i], pairs)) return BadColumn();
      take(some[i], pairs);
    }
  }
  return {};
}

Status StoredColumns::AddPackedField(std::string_view name, FieldView& view) const {
  auto kept = std::make_shared<TextSink>();
  kept->pins.push_back(view.pin);
  std::unordered_map<std::string_view, uint16_t> known;
  for (uint16_t i = 0; i < view.values.size(); ++i) known.emplace(view.values[i], i);
  NARFI_TRY(ForPackedRows([&](uint32_t row, std::span<const MetadataPair> pairs) {
    for (const MetadataPair& pair : pairs) {
      if (pair.name != name) continue;
      auto it = known.find(pair.value);
      if (it == known.end()) {
        it = known.emplace(kept->arena.Copy(pair.value), static_cast<uint16_t>(view.values.size()))
                 .first;
        view.values.push_back(it->first);
      }
      view.codes[row] = it->second;
    }
  }));
  view.pin = std::move(kept);
  return {};
}

// Each value stands alone.
Result<ByteRuns> StoredColumns::MetadataRuns(const ByteSet& of) const {
  ByteRuns out;
  for (uint32_t c = 0; c < metadata_->children(); ++c) {
    NARFI_ASSIGN(const ByteRuns runs, metadata_->child(c).Runs(of));
    out = {std::max(out.longest, runs.longest), std::max(out.longest_id, runs.longest_id)};
  }
  return out;
}

Status StoredColumns::Metadata(std::span<const uint32_t> rows, RowBatch& out) const {
  NARFI_ASSIGN(const auto ranks, metadata_->ReadRanks());
  auto sink = std::make_shared<TextSink>();
  NARFI_ASSIGN(auto values, metadata_->TextsOfChildren(*ranks, rows, {}, *sink));
  for (const uint32_t row : rows) {
    const uint16_t number = ranks->TemplateOf(row);
    const MetadataTemplate& shape = directory_.metadata_templates[number];
    const auto children = metadata_->templates()[number].children;
    for (size_t i = 0; i < shape.columns.size(); ++i) {
      SplitTable::ChildTexts& child = values[children[i]];
      const std::string_view value = child.texts[child.given++];
      if (!shape.is_packed()) {
        out.pairs.push_back({shape.names[i], value});
      } else if (!ReadPacked(value, out.pairs)) {
        return BadColumn();
      }
    }
    out.pair_offsets.push_back(static_cast<uint32_t>(out.pairs.size()));
  }
  out.pins.push_back(std::move(sink));
  return {};
}

}  // namespace narfi::storage
