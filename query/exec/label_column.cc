#include "query/exec/label_column.h"

#include <algorithm>
#include <cstring>

#include "query/exec/batch.h"
#include "query/exec/json_slots.h"

namespace narfi::query {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // becomes a space in a label

// No backslash and nothing but ASCII: of eight bytes that is seen at once. Source: "Determine if a
// word has a byte equal to n", https://graphics.stanford.edu/~seander/bithacks.html.
bool IsPlain(std::string_view value) {
  constexpr uint64_t kOnes = ~0ULL / 255;
  constexpr uint64_t kTops = kOnes * 0x80;
  uint64_t found = 0;
  const auto look_at = [&](uint64_t word) {
    const uint64_t backslashes = word ^ kOnes * static_cast<uint8_t>('\\');
    found |= (word | ((backslashes - kOnes) & ~backslashes)) & kTops;
  };
  const auto load = [&](size_t at) {
    uint64_t word = 0;
    std::memcpy(&word, value.data() + at, 8);
    return word;
  };
  const size_t size = value.size();
  if (size < 8) {
    uint64_t word = 0;
    for (const char c : value) word = word << 8 | static_cast<uint8_t>(c);
    look_at(word);
  } else {
    for (size_t at = 0; at + 8 < size; at += 8) look_at(load(at));
    look_at(load(size - 8));
  }
  return found == 0;
}

bool IsWrittenAsIs(std::string_view value) {
  return IsPlain(value) || (value.find('\\') == std::string_view::npos &&
                            value.find(kReplacement) == std::string_view::npos);
}

}  // namespace

LabelColumn LabelColumn::Constant(Kind kind) {
  LabelColumn column;
  column.constant_ = kind;
  column.may_ask_ = kind == Kind::kAsk;
  return column;
}

LabelColumn LabelColumn::OfView(std::shared_ptr<const storage::FieldView> view) {
  LabelColumn column;
  column.codes_ = view->codes.data();
  column.values_ = view->values.data();
  column.kinds_.assign(view->values.size(), Kind::kValue);
  column.view_ = std::move(view);
  return column;
}

Result<LabelColumn> LabelColumn::Read(const storage::Columnar& columnar, std::string_view name,
                                      bool parsed, const std::vector<FormUse>& forms) {
  // `x_extracted` may be the x of the entry or of the line where the stream has one.
  if (name.ends_with(kExtractedSuffix)) return Constant(Kind::kAsk);
  LabelColumn metadata = Constant(Kind::kAbsent);
  if (columnar.MayHaveMetadata(name)) {
    NARFI_ASSIGN(auto view, columnar.MetadataField(name));
    metadata = OfView(std::move(view));
  }
  if (!parsed) return metadata;
  const FieldSlots slots = FindFieldSlots(columnar.templates(), forms, name);
  LabelColumn fields = Constant(Kind::kAbsent);
  if (slots.all_ask) {
    fields = Constant(Kind::kAsk);
  } else if (slots.any || slots.may_ask) {
    NARFI_ASSIGN(auto view, columnar.Field(slots.of_template));
    fields = OfView(std::move(view));
    fields.may_ask_ = slots.may_ask;
    fields.JudgeFields(slots.has_strings, slots.has_scalars);
  }
  if (metadata.is_constant()) return fields;
  if (fields.is_constant() && fields.constant_ == Kind::kAbsent) return metadata;
  return Join(std::move(metadata), std::move(fields), columnar.rows());
}

// A null is no field, and looks like a string of four letters once templates are mixed.
void LabelColumn::JudgeFields(bool has_strings, bool has_scalars) {
  for (size_t i = 0; i < kinds_.size(); ++i) {
    if (!IsWrittenAsIs(values_[i])) kinds_[i] = Kind::kAsk;
    if (has_scalars && values_[i] == "null") kinds_[i] = has_strings ? Kind::kAsk : Kind::kAbsent;
    may_ask_ |= kinds_[i] == Kind::kAsk;
  }
  // The storage may have reasons of its own.
  may_ask_ |= std::find(view_->codes.begin(), view_->codes.end(), kAskCode) != view_->codes.end();
}

LabelColumn LabelColumn::Join(LabelColumn front, LabelColumn back, uint32_t rows) {
  const size_t values = front.kinds_.size() + back.kinds_.size();
  if (values >= kAskCode) return Constant(Kind::kAsk);
  auto joined = std::make_unique<storage::FieldView>();
  joined->values.assign(front.values_, front.values_ + front.kinds_.size());
  joined->values.insert(joined->values.end(), back.values_, back.values_ + back.kinds_.size());
  joined->codes.resize(rows);
  const auto shift = static_cast<uint16_t>(front.kinds_.size());
  const uint16_t constant = back.constant_ == Kind::kAsk ? kAskCode : kAbsentCode;
  for (uint32_t row = 0; row < rows; ++row) {
    uint16_t code = front.codes_[row];
    if (code == kAbsentCode) {
      code = back.is_constant() ? constant : back.codes_[row];
      if (!back.is_constant() && code < back.kinds_.size()) code += shift;
    }
    joined->codes[row] = code;
  }
  LabelColumn out;
  out.codes_ = joined->codes.data();
  out.values_ = joined->values.data();
  out.kinds_ = std::move(front.kinds_);
  out.kinds_.insert(out.kinds_.end(), back.kinds_.begin(), back.kinds_.end());
  out.may_ask_ = back.may_ask_;
  out.joined_ = std::move(joined);
  out.pins_ = {std::move(front.view_), std::move(back.view_)};
  return out;
}

}  // namespace narfi::query
