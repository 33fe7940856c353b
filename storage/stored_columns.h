// The columns of a stored row group, open: what Columnar promises, from its blocks.
//
// Ownership: shares the BlockSource; borrows the page cache, which may be null.
// Threads:   safe.
// Errors:    kCorrupt for what is damaged or malformed.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "storage/columnar.h"
#include "storage/group_directory.h"
#include "storage/row_group.h"
#include "storage/split_node.h"
#include "storage/time_column.h"

namespace narfi::storage {

class StoredColumns final : public Columnar {
 public:
  static Result<std::shared_ptr<const StoredColumns>> Open(
      std::shared_ptr<const BlockSource> source, const RowGroupMeta& meta,
      std::shared_ptr<const IdDictionaries> ids, PageCache* cache);

  uint32_t rows() const override { return directory_.rows; }
  const std::vector<LineTemplate>& templates() const override { return directory_.line_templates; }
  Result<std::shared_ptr<const std::vector<uint16_t>>> RowTemplates() const override;
  Result<std::shared_ptr<const FieldView>> Field(
      std::span<const uint32_t> slot_of_template) const override;
  Result<std::shared_ptr<const FieldView>> Skeletons(
      std::span<const uint32_t> slot_of_template) const override;
  Result<bool> IsPlain(uint16_t line_template, uint32_t slot) const override;
  Result<std::shared_ptr<const FieldView>> MetadataField(std::string_view name) const override;
  const std::vector<std::string_view>& metadata_names() const override { return metadata_names_; }
  bool has_more_metadata_names() const override { return has_packed_metadata_; }
  Result<std::shared_ptr<const TextHits>> FindText(std::string_view needle) const override;
  Result<std::shared_ptr<const TextHits>> FindMatches(const PatternSearch& search) const override;

  // Bounds for the stretches of these bytes in the lines, and in values of structured metadata.
  Result<ByteRuns> Runs(const ByteSet& of) const;
  Result<ByteRuns> MetadataRuns(const ByteSet& of) const;
  // Calls take(number) for each id of the segment's dictionary that a column has, again where
  // several have it.
  Status ForIds(uint32_t dictionary, const std::function<void(uint64_t number)>& take) const;

  Result<Bytes> Remember(std::string_view name,
                         const std::function<Result<Bytes>()>& make) const override;

  Result<std::shared_ptr<const TimeColumn>> Times() const;
  // The lines of these rows of the row group; `times` are theirs.
  Status Lines(std::span<const uint32_t> rows, std::span<const int64_t> times, TextSink& sink,
               std::string_view* out) const;
  // Appends the pairs of these rows of the row group to the batch.
  Status Metadata(std::span<const uint32_t> rows, RowBatch& out) const;
  uint64_t bytes() const { return bytes_.size() + directory_.columns.size() * 300; }

 private:
  StoredColumns(std::shared_ptr<const BlockSource> source, const RowGroupMeta& meta,
                std::shared_ptr<const IdDictionaries> ids, PageCache* cache, std::string bytes);
  bool OpenTables();
  // Whether a search is but a few look-ups.
  bool FindsAtOnce(const TextNeedle& needle) const;
  // What search(SplitSearch&, TextHits&) finds in the lines; and remembered under the name.
  template <class Search>
  Result<std::shared_ptr<const TextHits>> MakeHits(Search search) const;
  template <class Search>
  Result<std::shared_ptr<const TextHits>> RememberHits(uint64_t number, std::string_view name,
                                                       Search search) const;
  Result<std::vector<int64_t>> AllTimes() const;
  // `slots`: for each template of the table a slot, Columnar::kSlotAbsent or kSlotAsk.
  // With the values, or with their skeletons.
  Result<std::shared_ptr<const FieldView>> MakeField(const SplitTable& table,
                                                     std::span<const uint32_t> slots,
                                                     bool skeletons = false) const;
  // Rows whose metadata is packed into one value.
  Status AddPackedField(std::string_view name, FieldView& view) const;
  // Calls take(row, pairs) for each of those rows; the texts are gone behind it.
  Status ForPackedRows(
      const std::function<void(uint32_t row, std::span<const MetadataPair> pairs)>& take) const;

  const std::string bytes_;  // of the directory
  const BlockRef times_ref_;
  std::vector<StreamRun> runs_;  // without their labels
  BlobStore blobs_;
  GroupDirectory directory_;
  std::vector<std::unique_ptr<ColumnNode>> nodes_;  // of the slots
  std::unique_ptr<SplitTable> lines_;
  std::unique_ptr<SplitTable> metadata_;
  std::vector<std::string_view> metadata_names_;
  bool has_packed_metadata_ = false;
  std::shared_ptr<const TextHits> no_hits_;  // what most row groups say of most needles
  const std::shared_ptr<const BlockSource> source_;
};

}  // namespace narfi::storage
