#include "storage/column_node.h"

#include <algorithm>
#include <cstring>

#include "base/bytes.h"
#include "storage/intern.h"
#include "storage/packed_ints.h"
#include "storage/skeleton.h"
#include "storage/split_node.h"

namespace narfi::storage {
namespace {

class ConstantNode final : public ColumnNode {
 public:
  ConstantNode(uint32_t values, std::string_view text) : ColumnNode(values), text_(text) {
    AddBytes(alphabet_, text);
    max_length_ = text.size();
  }
  Status Texts(std::span<const uint32_t> places, std::span<const int64_t>, TextSink&,
               std::string_view* out) const override {
    std::fill(out, out + places.size(), text_);
    return {};
  }
  Status Find(const TextNeedle& needle, std::span<const int64_t>, RowSet& sure,
              RowSet&) const override {
    if (values() > 0 && needle.MayBeIn(text_)) sure.AddAll();
    return {};
  }
  Status Match(const PatternSearch& search, std::span<const int64_t>,
               ValueMatches& out) const override {
    for (size_t i = 0; i < search.any_of.size(); ++i) {
      if (!search.needle(i).MayBeIn(text_)) continue;
      (search.matches(text_) ? out.matched : out.held).AddAll();
      break;
    }
    return {};
  }
  Status Codes(std::span<const int64_t>, TextSink&, CodedColumn& out) const override {
    out.codes.assign(values(), 0);
    out.texts = {text_};
    return {};
  }
  Result<bool> HasEmpty() const override { return text_.empty() && values() > 0; }
  Result<ByteRuns> Runs(const ByteSet& of) const override { return RunsOf(of, text_); }

 private:
  const std::string_view text_;
};

class DictionaryNode final : public ColumnNode {
 public:
  DictionaryNode(const ColumnInfo& info, IntPacking packing, std::unique_ptr<ColumnNode> entries,
                 const BlobStore& blobs)
      : ColumnNode(info.values),
        packing_(packing),
        entries_(std::move(entries)),
        blobs_(blobs),
        first_blob_(info.first_blob) {
    alphabet_ = entries_->alphabet();
    max_length_ = entries_->max_length();
  }

  Status Texts(std::span<const uint32_t> places, std::span<const int64_t>, TextSink& sink,
               std::string_view* out) const override {
    OpenInts codes;
    NARFI_TRY(codes.Open(blobs_, first_blob_, packing_, values()));
    std::vector<uint32_t> wanted(places.size());
    for (size_t i = 0; i < places.size(); ++i) {
      const auto code = static_cast<uint64_t>(codes.ints.At(places[i]));
      if (code >= entries_->values()) return BadColumn();
      wanted[i] = static_cast<uint32_t>(code);
    }
    return entries_->Texts(wanted, {}, sink, out);
  }

  Status Find(const TextNeedle& needle, std::span<const int64_t>, RowSet& sure,
              RowSet& maybe) const override {
    RowSet entry_sure(entries_->values());
    RowSet entry_maybe(entries_->values());
    NARFI_TRY(entries_->Find(needle, {}, entry_sure, entry_maybe));
    return AddValues({{&entry_sure, &sure}, {&entry_maybe, &maybe}});
  }

  Status Match(const PatternSearch& search, std::span<const int64_t>,
               ValueMatches& out) const override {
    ValueMatches entries(entries_->values());
    NARFI_TRY(entries_->Match(search, {}, entries));
    return AddValues({{&entries.matched, &out.matched},
                      {&entries.held, &out.held},
                      {&entries.asked, &out.asked}});
  }

  Status Codes(std::span<const int64_t>, TextSink& sink, CodedColumn& out) const override {
    NARFI_TRY(ReadCodes(out.codes));
    std::vector<uint32_t> all(entries_->values());
    for (uint32_t i = 0; i < all.size(); ++i) all[i] = i;
    out.texts.resize(all.size());
    return entries_->Texts(all, {}, sink, out.texts.data());
  }
  // Those of the entries: no text is made for them.
  Status Skeletons(std::span<const int64_t>, TextSink& sink, CodedColumn& out) const override {
    CodedColumn of_entries;
    NARFI_TRY(entries_->Skeletons({}, sink, of_entries));
    NARFI_TRY(ReadCodes(out.codes));
    for (uint16_t& code : out.codes) code = of_entries.codes[code];
    out.texts = std::move(of_entries.texts);
    return {};
  }
  Result<bool> HasEmpty() const override { return entries_->HasEmpty(); }
  Result<ByteRuns> Runs(const ByteSet& of) const override { return entries_->Runs(of); }

 private:
  // The entry of each value.
  Status ReadCodes(std::vector<uint16_t>& out) const {
    OpenInts codes;
    NARFI_TRY(codes.Open(blobs_, first_blob_, packing_, values(), true));
    if (entries_->values() > UINT16_MAX || !codes.ints.ReadCodes(entries_->values(), out))
      return BadColumn();
    return {};
  }
  struct Wanted {
    const RowSet* entries;
    RowSet* values;
  };
  // The values whose entries are wanted.
  Status AddValues(std::vector<Wanted> wanted) const {
    std::erase_if(wanted, [](const Wanted& of) { return of.entries->empty(); });
    if (wanted.empty()) return {};
    OpenInts ints;
    NARFI_TRY(ints.Open(blobs_, first_blob_, packing_, values()));
    if (entries_->values() > UINT16_MAX) return AddValuesOfMany(ints.ints, wanted);
    std::vector<uint16_t> codes;
    if (!ints.ints.ReadCodes(entries_->values(), codes)) return BadColumn();
    for (const Wanted& of : wanted) {
      if (of.entries->count() == 1) {
        ForEachRow(*of.entries, 0, of.entries->rows(), [&](uint32_t entry) {
          AddEqual(codes, static_cast<uint16_t>(entry), *of.values);
        });
        continue;
      }
      for (uint32_t i = 0; i < codes.size(); ++i) {
        if (of.entries->Has(codes[i])) of.values->Add(i);
      }
    }
    return {};
  }
  Status AddValuesOfMany(const PackedInts& ints, std::span<const Wanted> wanted) const {
    for (uint32_t i = 0; i < values(); ++i) {
      const auto code = static_cast<uint64_t>(ints.At(i));
      if (code >= entries_->values()) return BadColumn();
      for (const Wanted& of : wanted) {
        if (of.entries->Has(static_cast<uint32_t>(code))) of.values->Add(i);
      }
    }
    return {};
  }
  // Places of the codes that are `code`: few, so that most stretches are passed over at once.
  static void AddEqual(std::span<const uint16_t> codes, uint16_t code, RowSet& out) {
    constexpr size_t kStretch = 32;
    for (size_t first = 0; first < codes.size(); first += kStretch) {
      const auto stretch = codes.subspan(first, std::min(kStretch, codes.size() - first));
      if (stretch.size() == kStretch) {
        uint16_t any = 0;
        for (size_t i = 0; i < kStretch; ++i)
          any = static_cast<uint16_t>(any | (stretch[i] == code ? 1 : 0));
        if (any == 0) continue;
      }
      for (size_t i = 0; i < stretch.size(); ++i) {
        if (stretch[i] == code) out.Add(static_cast<uint32_t>(first + i));
      }
    }
  }

  const IntPacking packing_;
  const std::unique_ptr<ColumnNode> entries_;
  const BlobStore& blobs_;
  const uint32_t first_blob_;
};

class AffixNode final : public ColumnNode {
 public:
  AffixNode(uint32_t values, std::string_view prefix, std::string_view suffix,
            std::unique_ptr<ColumnNode> middle)
      : ColumnNode(values), prefix_(prefix), suffix_(suffix), middle_(std::move(middle)) {
    alphabet_ = middle_->alphabet();
    AddBytes(alphabet_, prefix);
    AddBytes(alphabet_, suffix);
    if (middle_->max_length() < UINT32_MAX)
      max_length_ = prefix.size() + middle_->max_length() + suffix.size();
  }

  Status Texts(std::span<const uint32_t> places, std::span<const int64_t>, TextSink& sink,
               std::string_view* out) const override {
    NARFI_TRY(middle_->Texts(places, {}, sink, out));
    uint64_t size = (prefix_.size() + suffix_.size()) * places.size();
    for (size_t i = 0; i < places.size(); ++i) size += out[i].size();
    char* at = sink.Allocate(size);
    if (at == nullptr) return BadColumn();
    for (size_t i = 0; i < places.size(); ++i) {
      char* const begin = at;
      for (const std::string_view part : {prefix_, out[i], suffix_}) {
        if (!part.empty()) std::memcpy(at, part.data(), part.size());
        at += part.size();
      }
      out[i] = {begin, static_cast<size_t>(at - begin)};
    }
    return {};
  }

  Status Codes(std::span<const int64_t>, TextSink& sink, CodedColumn& out) const override {
    NARFI_TRY(middle_->Codes({}, sink, out));
    for (std::string_view& text : out.texts) {
      char* const at = sink.Allocate(prefix_.size() + text.size() + suffix_.size());
      if (at == nullptr) return BadColumn();
      char* end = at;
      for (const std::string_view part : {prefix_, text, suffix_}) {
        if (!part.empty()) std::memcpy(end, part.data(), part.size());
        end += part.size();
      }
      text = {at, static_cast<size_t>(end - at)};
    }
    return {};
  }
  Result<bool> HasEmpty() const override {
    if (!prefix_.empty() || !suffix_.empty()) return false;
    return middle_->HasEmpty();
  }
  Result<ByteRuns> Runs(const ByteSet& of) const override {
    NARFI_ASSIGN(const ByteRuns of_middle, middle_->Runs(of));
    RunMeter meter(of);
    meter.AddText(prefix_);
    meter.AddValue(of_middle);
    meter.AddText(suffix_);
    meter.EndText();
    return meter.runs();
  }

 private:
  const std::string_view prefix_;
  const std::string_view suffix_;
  const std::unique_ptr<ColumnNode> middle_;
};

}  // namespace

Status OpenInts::Open(const BlobStore& blobs, uint32_t first, const IntPacking& packing,
                      uint32_t count, bool once) {
  std::string_view views[8];
  for (size_t i = 0; i < packing.blobs(); ++i) {
    const uint32_t blob = first + static_cast<uint32_t>(i);
    NARFI_ASSIGN(pins[i], once ? blobs.GetOnce(blob) : blobs.Get(blob));
    views[i] = *pins[i];
  }
  if (!ints.Open(packing, std::span(views).first(packing.blobs()), count)) return BadColumn();
  return {};
}

Status ColumnNode::Codes(std::span<const int64_t> times, TextSink& sink, CodedColumn& out) const {
  std::vector<uint32_t> places(values());
  for (uint32_t i = 0; i < values(); ++i) places[i] = i;
  std::vector<std::string_view> texts(values());
  NARFI_TRY(Texts(places, times, sink, texts.data()));
  Interner known(256);
  out.codes.clear();
  out.codes.reserve(values());
  for (const std::string_view text : texts)
    out.codes.push_back(static_cast<uint16_t>(known.Add(text).id));
  out.texts = known.texts();
  if (out.texts.size() > FieldView::kAsk) return BadColumn();
  return {};
}

Status ColumnNode::Skeletons(std::span<const int64_t> times, TextSink& sink,
                             CodedColumn& out) const {
  CodedColumn texts;
  NARFI_TRY(Codes(times, sink, texts));
  std::string skeleton;
  std::vector<Variable> variables;
  Interner known(256);
  std::vector<uint16_t> numbers;
  for (const std::string_view text : texts.texts) {
    MakeSkeleton(text, skeleton, variables);
    const auto [id, is_new] = known.Add(skeleton);
    if (is_new) known.Rebind(sink.arena.Copy(skeleton));
    numbers.push_back(static_cast<uint16_t>(id));
  }
  for (uint16_t& code : texts.codes) code = numbers[code];
  out.codes = std::move(texts.codes);
  out.texts = known.texts();
  return {};
}

std::unique_ptr<ColumnNode> OpenColumn(const std::vector<ColumnInfo>& columns, uint32_t index,
                                       const BlobStore& blobs, std::vector<bool>& taken,
                                       int depth) {
  if (index >= columns.size() || taken[index] || depth > 2 * kMaxColumnDepth) return nullptr;
  taken[index] = true;
  const ColumnInfo& info = columns[index];
  ByteReader params(info.params);
  // A column inside comes after the one it is in.
  const auto inner = [&](uint64_t child) -> std::unique_ptr<ColumnNode> {
    if (child <= index || child >= columns.size()) return nullptr;
    return OpenColumn(columns, static_cast<uint32_t>(child), blobs, taken, depth + 1);
  };
  switch (info.form) {
    case ColumnForm::kConstant: {
      const std::string_view text = params.String();
      if (!params.ok() || !params.done()) return nullptr;
      return std::make_unique<ConstantNode>(info.values, text);
    }
    case ColumnForm::kText:
      return OpenText(info, blobs, index);
    case ColumnForm::kDictionary: {
      auto entries = inner(params.Varint());
      IntPacking packing;
      if (entries == nullptr || !ReadPacking(params, packing) || !params.done() ||
          info.blobs != packing.blobs())
        return nullptr;
      return std::make_unique<DictionaryNode>(info, packing, std::move(entries), blobs);
    }
    case ColumnForm::kAffix: {
      const std::string_view prefix = params.String();
      const std::string_view suffix = params.String();
      auto middle = inner(params.Varint());
      if (middle == nullptr || !params.ok() || !params.done() || middle->values() != info.values)
        return nullptr;
      return std::make_unique<AffixNode>(info.values, prefix, suffix, std::move(middle));
    }
    case ColumnForm::kSkeleton:
      return OpenSkeletons(info, blobs, index, inner);
    case ColumnForm::kIntegers:
    case ColumnForm::kDigits:
    case ColumnForm::kDecimals:
    case ColumnForm::kTimes:
      return OpenNumbers(info, blobs);
    case ColumnForm::kHex:
      return OpenHex(info, blobs, index);
    case ColumnForm::kSharedHex:
      return OpenSharedHex(info, blobs);
  }
  return nullptr;
}

}  // namespace narfi::storage
