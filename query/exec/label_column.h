// A label as a pipeline sees it, for every row of a row group: from the entry's metadata, else from
// the JSON field of the line where a `| json` came before.
//
// Of streams that have a label of the name this says nothing: there the stream's value counts.
//
// Ownership: views live as long as the column, which moves but does not copy.
// Threads:   immutable after Read().
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "query/exec/json_slots.h"
#include "storage/columnar.h"

namespace narfi::query {

class LabelColumn {
 public:
  enum class Kind : uint8_t {
    kValue,
    kAbsent,
    kAsk,  // only the line tells
  };
  static constexpr uint16_t kAbsentCode = storage::FieldView::kAbsent;
  static constexpr uint16_t kAskCode = storage::FieldView::kAsk;

  // With `parsed` fields of the line count; `forms` is then what is known of each template.
  static Result<LabelColumn> Read(const storage::Columnar& columnar, std::string_view name,
                                  bool parsed, const std::vector<FormUse>& forms);
  LabelColumn(LabelColumn&&) = default;
  LabelColumn& operator=(LabelColumn&&) = default;

  // True when all rows are of constant_kind(), kAbsent or kAsk; there are no codes then.
  bool is_constant() const { return codes_ == nullptr; }
  Kind constant_kind() const { return constant_; }
  // True when some row may have to be asked.
  bool may_ask() const { return may_ask_; }

  // One a row: kAbsentCode, kAskCode, or below size().
  const uint16_t* codes() const { return codes_; }
  uint16_t size() const { return static_cast<uint16_t>(kinds_.size()); }
  Kind KindOf(uint16_t code) const {
    if (code < kinds_.size()) return kinds_[code];
    return code == kAbsentCode ? Kind::kAbsent : Kind::kAsk;
  }
  // Of a code below size().
  std::string_view value(uint16_t code) const { return values_[code]; }

 private:
  LabelColumn() = default;
  static LabelColumn Constant(Kind kind);
  static LabelColumn OfView(std::shared_ptr<const storage::FieldView> view);
  // The kinds of the values of JSON fields.
  void JudgeFields(bool has_strings, bool has_scalars);
  // Where `front` has a value it counts.
  static LabelColumn Join(LabelColumn front, LabelColumn back, uint32_t rows);

  Kind constant_ = Kind::kAbsent;
  bool may_ask_ = false;
  const uint16_t* codes_ = nullptr;
  const std::string_view* values_ = nullptr;
  std::vector<Kind> kinds_;
  std::shared_ptr<const storage::FieldView> view_;
  std::unique_ptr<const storage::FieldView> joined_;
  std::vector<std::shared_ptr<const storage::FieldView>> pins_;  // of joined_
};

}  // namespace narfi::query
