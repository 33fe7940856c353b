// Rows of a row group by kind: of one template, one level and messages that are told apart no more.
//
// Ownership: borrows the row group and the table. Threads: one at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "query/patterns/group_patterns.h"
#include "query/patterns/pattern_table.h"
#include "storage/source.h"

namespace narfi::query {

struct RowKind {
  uint16_t line_template = 0;
  uint32_t entry = 0;  // of the table
  uint32_t rows = 0;
  // Some of them.
  uint32_t first_row = 0;
  uint32_t middle_row = 0;
  uint32_t last_row = 0;
};

class RowKinds {
 public:
  static constexpr uint32_t kNoKind = UINT32_MAX;

  RowKinds(const storage::RowGroupReader& group, const storage::Columnar& columns,
           PatternTable& table)
      : group_(group), columns_(columns), table_(table) {}

  // False, with nothing added to the table, when the columns do not tell the kind of a row, or
  // there are so many kinds that lines are better read one by one.
  Result<bool> Find(const std::vector<RunRows>& runs);
  // Adds the rows that were found to the table, over time.
  Status Count(const std::vector<RunRows>& runs, int64_t step_ns);
  // Adds those of which only the lines tell. Numbers of the table do not hold any longer.
  Status AddOthers(int64_t step_ns);

  const std::vector<RowKind>& kinds() const { return kinds_; }
  // The kind of each row of the row group; kNoKind for one that is not looked at.
  const std::vector<uint32_t>& of_row() const { return of_row_; }
  // The form of lines of each template; kNoForm for one that no kind has.
  const std::vector<uint32_t>& forms() const { return forms_; }

 private:
  // By what columns say.
  struct Finest {
    uint16_t line_template = 0;
    uint16_t level = 0;
    uint16_t skeleton = 0;
    uint32_t kind = kNoKind;
  };
  static uint64_t KeyOf(const Finest& of) {
    return uint64_t{of.line_template} << 32 | uint64_t{of.level} << 16 | of.skeleton;
  }

  Status OpenColumns();
  uint32_t FinestOf(uint32_t row);
  uint32_t& PlaceOf(uint64_t key);
  void GrowFinestTable();
  void FindBraces();
  std::string_view SkeletonOf(const Finest& of) const;
  std::string_view LevelOf(const Finest& of) const;
  // The skeletons of finest_; alike ones as one where they are many. Nothing when they are too
  // many.
  Result<std::optional<JoinedMessages>> JoinMany();
  // Whether there is room for an entry for each.
  bool HaveRoom(const JoinedMessages& joined) const;
  // False when there are too many.
  Result<bool> MakeKinds();
  Status CountRun(const RunRows& run, int64_t step_ns);
  void CountStretch(uint32_t first, uint32_t end, int64_t step);

  const storage::RowGroupReader& group_;
  const storage::Columnar& columns_;
  PatternTable& table_;
  std::vector<uint32_t> forms_;
  std::shared_ptr<const std::vector<uint16_t>> templates_;
  std::shared_ptr<const storage::FieldView> levels_;
  std::shared_ptr<const storage::FieldView> skeletons_;
  std::vector<Finest> finest_;
  std::vector<uint32_t> finest_table_;  // by hash of the key: which of them, and 1; 0 where none is
  uint64_t last_key_ = UINT64_MAX;
  uint32_t last_ = 0;
  std::vector<RowKind> kinds_;
  std::vector<uint32_t> of_row_;
  // Lines that are kept as text may be JSON all the same, of rare shapes: they are taken apart. So
  // are lines of forms for which the table has no room.
  std::vector<bool> begins_with_brace_;  // of each skeleton
  std::vector<uint32_t> others_;
  std::vector<uint32_t> lines_;  // of each kind in one stretch
  std::vector<uint32_t> met_;    // the kinds that have some
};

}  // namespace narfi::query
