#include "storage/stored_columns.h"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "base/bytes.h"
#include "storage/intern.h"
#include "storage/kept_bytes.h"
#include "storage/split_search.h"

namespace narfi::storage {
namespace {

// Numbers under which the cache knows what is made of a row group, beside those of its columns.
constexpr uint64_t kTimesNumber = uint64_t{1} << 60;
constexpr uint64_t kLinesTable = uint64_t{1} << 40;
constexpr uint64_t kMetadataTable = kLinesTable + 1;

// Columns of values as one view: distinct texts over all of them.
class ViewMaker {
 public:
  explicit ViewMaker(uint32_t rows) : view_(std::make_shared<FieldView>()), known_(64) {
    view_->codes.assign(rows, FieldView::kAbsent);
    sink_ = std::make_shared<TextSink>();
  }

  TextSink& sink() { return *sink_; }
  // The numbers of texts in the view.
  std::vector<uint16_t> Map(const std::vector<std::string_view>& texts) {
    std::vector<uint16_t> out;
    out.reserve(texts.size());
    for (const std::string_view text : texts) {
      const auto [id, is_new] = known_.Add(text);
      // A view is remembered longer than the columns that it was made of.
      if (is_new) known_.Rebind(sink_->arena.Copy(text));
      out.push_back(static_cast<uint16_t>(id));
    }
    return out;
  }
  void Set(uint32_t row, uint16_t code) { view_->codes[row] = code; }

  // Null when there are more values than numbers.
  std::shared_ptr<const FieldView> Finish() {
    view_->values = known_.texts();
    view_->pin = sink_;
    return view_->values.size() < FieldView::kAsk ? std::move(view_) : nullptr;
  }

 private:
  std::shared_ptr<FieldView> view_;
  std::shared_ptr<TextSink> sink_;
  Interner known_;
};

uint64_t ViewBytes(const FieldView& view) {
  uint64_t bytes = view.codes.size() * 2 + view.values.size() * sizeof(std::string_view);
  for (const std::string_view value : view.values) bytes += value.size();
  return bytes;
}

// What has no number of its own, and what it is.
enum class Named : uint64_t { kField = 1, kMetadataField, kFoundText, kFoundPattern, kBytes };
uint64_t NumberOf(Named what, std::string_view name) {
  return static_cast<uint64_t>(what) << 61 | Hash64(name) >> 3;
}

// Small for what it saves.
constexpr uint8_t kWorthOfBytes = 64;
// A view takes longer to make than blocks of its size to unpack.
constexpr uint8_t kWorthOfViews = 2;

}  // namespace

StoredColumns::StoredColumns(std::shared_ptr<const BlockSource> source, const RowGroupMeta& meta,
                             std::shared_ptr<const IdDictionaries> ids, PageCache* cache,
                             std::string bytes)
    : bytes_(std::move(bytes)),
      times_ref_(meta.times),
      runs_(meta.runs),
      blobs_(source, cache, meta.directory.offset, std::move(ids)),
      source_(std::move(source)) {
  for (StreamRun& run : runs_) run.labels.reset();
}

Result<std::shared_ptr<const StoredColumns>> StoredColumns::Open(
    std::shared_ptr<const BlockSource> source, const RowGroupMeta& meta,
    std::shared_ptr<const IdDictionaries> ids, PageCache* cache) {
  NARFI_ASSIGN(std::string bytes, ReadBlock(*source, meta.directory));
  std::shared_ptr<StoredColumns> made(
      new StoredColumns(std::move(source), meta, std::move(ids), cache, std::move(bytes)));
  if (!ReadDirectory(made->bytes_, meta.start, meta.directory.offset, made->directory_,
                     made->blobs_) ||
      made->directory_.rows != RowsOf(meta) || !made->OpenTables())
    return Fail(Code::kCorrupt, "malformed directory of columns");
  return std::shared_ptr<const StoredColumns>(std::move(made));
}

bool StoredColumns::OpenTables() {
  std::vector<bool> taken(directory_.columns.size());
  const auto open_table = [&](uint32_t numbers, SplitTemplates templates,
                              uint64_t number) -> std::unique_ptr<SplitTable> {
    const ColumnInfo& info = directory_.columns[numbers];
    ByteReader params(info.params);
    IntPacking packing;
    if (taken[numbers] || info.form != ColumnForm::kIntegers || info.values != directory_.rows ||
        !ReadPacking(params, packing) || !params.done() || info.blobs != packing.blobs())
      return nullptr;
    taken[numbers] = true;
    // Columns of the templates, numbered anew by first use.
    std::unordered_map<uint32_t, uint32_t> known;
    std::vector<const ColumnNode*> children;
    for (uint32_t& column : templates.children()) {
      const auto [it, is_new] = known.try_emplace(column, static_cast<uint32_t>(known.size()));
      if (is_new) {
        nodes_.push_back(OpenColumn(directory_.columns, column, blobs_, taken, 0));
        children.push_back(nodes_.back().get());
        if (children.back() == nullptr) return nullptr;
      }
      column = it->second;
    }
    return std::make_unique<SplitTable>(
        directory_.rows, std::make_shared<const SplitTemplates>(std::move(templates)),
        std::move(children), packing, info.first_blob, blobs_, number);
  };
  SplitTemplates lines;
  for (const LineTemplate& shape : directory_.line_templates) {
    for (const std::string_view literal : shape.literals) lines.AddLiteral(literal);
    for (const LineSlot& slot : shape.slots) lines.AddSlot(slot.column);
    lines.Finish();
  }
  SplitTemplates metadata;
  std::set<std::string_view> names;
  for (const MetadataTemplate& shape : directory_.metadata_templates) {
    metadata.AddLiteral({});
    for (const uint32_t column : shape.columns) {
      metadata.AddSlot(column);
      metadata.AddLiteral({});
    }
    metadata.Finish();
    names.insert(shape.names.begin(), shape.names.end());
    has_packed_metadata_ |= shape.is_packed();
  }
  lines_ = open_table(directory_.line_templates_column, std::move(lines), kLinesTable);
  if (lines_ == nullptr) return false;
  metadata_ = open_table(directory_.metadata_templates_column, std::move(metadata), kMetadataTable);
  metadata_names_.assign(names.begin(), names.end());
  no_hits_ = std::make_shared<const TextHits>(TextHits{RowSet(rows()), RowSet(rows())});
  return metadata_ != nullptr;
}

Result<std::shared_ptr<const std::vector<uint16_t>>> StoredColumns::RowTemplates() const {
  NARFI_ASSIGN(const auto ranks, lines_->ReadRanks());
  auto out = std::make_shared<std::vector<uint16_t>>();
  ranks->numbers.ints.AppendAll(*out);
  return out;
}

Result<std::shared_ptr<const TimeColumn>> StoredColumns::Times() const {
  return blobs_.Remember<TimeColumn>(
      kTimesNumber,
      [&]() -> Result<std::shared_ptr<const TimeColumn>> {
        NARFI_ASSIGN(std::string bytes, ReadBlock(*source_, times_ref_));
        auto made = std::make_shared<TimeColumn>();
        if (!made->Open(std::move(bytes), runs_))
          return Fail(Code::kCorrupt, "malformed column of times");
        return std::shared_ptr<const TimeColumn>(std::move(made));
      },
      [](const TimeColumn& times) { return times.bytes(); });
}

Result<std::vector<int64_t>> StoredColumns::AllTimes() const {
  NARFI_ASSIGN(const auto times, Times());
  std::vector<int64_t> all;
  for (uint32_t run = 0; run < runs_.size(); ++run) times->Append(run, 0, runs_[run].rows, all);
  return all;
}

Result<std::shared_ptr<const FieldView>> StoredColumns::MakeField(const SplitTable& table,
                                                                  std::span<const uint32_t> slots,
                                                                  bool skeletons) const {
  NARFI_ASSIGN(const auto ranks, table.ReadRanks());
  ViewMaker view(rows());
  std::vector<std::vector<uint16_t>> codes;  // of the values of each child that is asked
  std::vector<int64_t> times;
  const auto& templates = table.templates();
  for (size_t t = 0; t < slots.size(); ++t) {
    if (slots[t] >= kSlotAsk) continue;
    const auto children = templates[t].children;
    if (slots[t] >= children.size()) return BadColumn();
    const uint32_t child = children[slots[t]];
    if (codes.size() <= child) codes.resize(child + 1);
    const ColumnNode& column = table.child(child);
    if (!codes[child].empty() || column.values() == 0) continue;
    if (column.needs_times() && times.empty()) {
      NARFI_ASSIGN(times, AllTimes());
    }
    CodedColumn coded;
    const std::vector<int64_t> of_child =
        column.needs_times() ? table.TimesOfChild(*ranks, child, times) : std::vector<int64_t>();
    NARFI_TRY(skeletons ? column.Skeletons(of_child, view.sink(), coded)
                        : column.Codes(of_child, view.sink(), coded));
    const std::vector<uint16_t> numbers = view.Map(coded.texts);
    codes[child] = std::move(coded.codes);
    for (uint16_t& code : codes[child]) code = numbers[code];
  }
  // Of each template the slots whose children were asked: others of them count too.
  struct Use {
    uint32_t child;
    bool is_wanted;
  };
  std::vector<std::vector<Use>> uses(slots.size());
  for (size_t t = 0; t < slots.size(); ++t) {
    const auto children = templates[t].children;
    for (uint32_t slot = 0; slot < children.size(); ++slot) {
      if (children[slot] < codes.size() && !codes[children[slot]].empty())
        uses[t].push_back({children[slot], slot == slots[t]});
    }
  }
  std::vector<uint32_t> next(codes.size());
  for (uint32_t row = 0; row < rows(); ++row) {
    const uint16_t shape = ranks->TemplateOf(row);
    for (const Use& use : uses[shape]) {
      const uint16_t code = codes[use.child][next[use.child]++];
      if (use.is_wanted) view.Set(row, code);
    }
    if (slots[shape] == kSlotAsk) view.Set(row, FieldView::kAsk);
  }
  auto made = view.Finish();
  if (made == nullptr) return BadColumn();
  return made;
}

Result<std::shared_ptr<const FieldView>> StoredColumns::Field(
    std::span<const uint32_t> slot_of_template) const {
  if (slot_of_template.size() != templates().size()) return BadColumn();
  const std::string_view key(reinterpret_cast<const char*>(slot_of_template.data()),
                             slot_of_template.size_bytes());
  return blobs_.RememberNamed<FieldView>(
      NumberOf(Named::kField, key), key, [&] { return MakeField(*lines_, slot_of_template); },
      ViewBytes, kWorthOfViews);
}

Result<std::shared_ptr<const FieldView>> StoredColumns::Skeletons(
    std::span<const uint32_t> slot_of_template) const {
  if (slot_of_template.size() != templates().size()) return BadColumn();
  return MakeField(*lines_, slot_of_template, true);
}

Result<bool> StoredColumns::IsPlain(uint16_t line_template, uint32_t slot) const {
  const ColumnNode& column = lines_->child(lines_->templates()[line_template].children[slot]);
  if (HasByte(column.alphabet(), '"')) return false;
  NARFI_ASSIGN(const bool has_empty, column.HasEmpty());
  return !has_empty;
}

Result<std::shared_ptr<const FieldView>> StoredColumns::MetadataField(std::string_view name) const {
  const auto make = [&]() -> Result<std::shared_ptr<const FieldView>> {
    std::vector<uint32_t> slots;
    for (const MetadataTemplate& shape : directory_.metadata_templates) {
      const auto at = std::find(shape.names.begin(), shape.names.end(), name);
      slots.push_back(at == shape.names.end() ? kSlotAbsent
                                              : static_cast<uint32_t>(at - shape.names.begin()));
    }
    NARFI_ASSIGN(auto view, MakeField(*metadata_, slots));
    if (!has_packed_metadata_) return view;
    auto more = std::make_shared<FieldView>(*view);
    NARFI_TRY(AddPackedField(name, *more));
    return std::shared_ptr<const FieldView>(std::move(more));
  };
  return blobs_.RememberNamed<FieldView>(NumberOf(Named::kMetadataField, name), name, make,
                                         ViewBytes, kWorthOfViews);
}

template <class Search>
Result<std::shared_ptr<const TextHits>> StoredColumns::MakeHits(Search search) const {
  auto hits = std::make_shared<TextHits>(TextHits{RowSet(rows()), RowSet(rows())});
  SplitSearch lines(*lines_, directory_.line_templates, [this] { return AllTimes(); });
  NARFI_TRY(search(lines, *hits));
  if (hits->sure.empty() && hits->maybe.empty()) return no_hits_;
  return std::shared_ptr<const TextHits>(std::move(hits));
}

template <class Search>
Result<std::shared_ptr<const TextHits>> StoredColumns::RememberHits(uint64_t number,
                                                                    std::string_view name,
                                                                    Search search) const {
  return blobs_.RememberNamed<TextHits>(
      number, name, [&] { return MakeHits(search); },
      [&](const TextHits& made) { return &made == no_hits_.get() ? 0 : rows() / 4; });
}

bool StoredColumns::FindsAtOnce(const TextNeedle& needle) const {
  for (uint32_t c = 0; c < lines_->children(); ++c) {
    const ColumnNode& child = lines_->child(c);
    if (child.MayHold(needle) && !child.FindsAtOnce(needle)) return false;
  }
  return true;
}

Result<std::shared_ptr<const TextHits>> StoredColumns::FindText(std::string_view needle) const {
  const auto search = [&](SplitSearch& lines, TextHits& hits) {
    return lines.Find(needle, hits.sure, hits.maybe);
  };
  if (FindsAtOnce(TextNeedle{needle})) return MakeHits(search);
  return RememberHits(NumberOf(Named::kFoundText, needle), needle, search);
}

Result<std::shared_ptr<const TextHits>> StoredColumns::FindMatches(
    const PatternSearch& search) const {
  return RememberHits(NumberOf(Named::kFoundPattern, search.name), search.name,
                      [&](SplitSearch& lines, TextHits& hits) {
                        return lines.Match(search, hits.sure, hits.maybe);
                      });
}

Result<ByteRuns> StoredColumns::Runs(const ByteSet& of) const {
  std::vector<ByteRuns> of_children;
  for (uint32_t c = 0; c < lines_->children(); ++c) {
    NARFI_ASSIGN(const ByteRuns runs, lines_->child(c).Runs(of));
    of_children.push_back(runs);
  }
  RunMeter meter(of);
  for (size_t t = 0; t < lines_->templates().size(); ++t) {
    const auto shape = lines_->templates()[t];
    for (size_t i = 0; i < shape.literals.size(); ++i) {
      meter.AddText(shape.literals[i]);
      if (i < shape.children.size()) meter.AddValue(of_children[shape.children[i]]);
    }
    meter.EndText();
  }
  return meter.runs();
}

Status StoredColumns::ForIds(uint32_t dictionary, const std::function<void(uint64_t)>& take) const {
  for (const ColumnInfo& column : directory_.columns) {
    if (column.form != ColumnForm::kSharedHex) continue;
    SharedIds ids;
    if (!ids.Read(column)) return BadColumn();
    if (ids.dictionary == dictionary) NARFI_TRY(ids.ForEach(column, blobs_, take));
  }
  return {};
}

Result<Columnar::Bytes> StoredColumns::Remember(std::string_view name,
                                                const std::function<Result<Bytes>()>& make) const {
  Bytes made;
  const auto make_kept = [&]() -> Result<std::shared_ptr<const KeptBytes>> {
    NARFI_ASSIGN(made, make());
    return std::make_shared<const KeptBytes>(*made);
  };
  NARFI_ASSIGN(const auto kept, blobs_.RememberNamed<KeptBytes>(
                                    NumberOf(Named::kBytes, name), name, make_kept,
                                    [](const KeptBytes& of) { return of.bytes(); }, kWorthOfBytes));
  return made != nullptr ? made : kept->Unpacked();
}

Status StoredColumns::Lines(std::span<const uint32_t> rows, std::span<const int64_t> times,
                            TextSink& sink, std::string_view* out) const {
  return lines_->Texts(rows, times, sink, out);
}

}  // namespace narfi::storage
