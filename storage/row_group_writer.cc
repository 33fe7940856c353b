#include "storage/row_group_writer.h"

#include <algorithm>
#include <functional>
#include <unordered_map>

#include "base/bytes.h"
#include "storage/column_encoder.h"
#include "storage/group_directory.h"
#include "storage/json_shape.h"
#include "storage/time_column.h"
#include "storage/value_form.h"

namespace narfi::storage {
namespace {

using ColumnValues = std::vector<std::vector<std::string_view>>;

// Lines by shape, their values by column.
struct SplitLines {
  std::vector<LineTemplate> templates;
  std::vector<uint32_t> row_templates;
  ColumnValues values;
};

// Lines whose shape comes less often cost less as text.
constexpr uint32_t kLeastOfShape = 4;
// Fewer of them than this are not worth a second look at all lines.
constexpr uint32_t kRareRowsToMind = 64;

constexpr uint32_t kRawLine = UINT32_MAX;

// Of the work that Finish() has, what is done when lines are apart, and when all columns are made.
constexpr double kSplit = 0.2;
constexpr double kColumnsMade = 0.9;
constexpr size_t kLinesPerTell = 4096;
using TellProgress = std::function<void(double)>;

void Put(const LineTemplate& shape, std::span<const std::string_view> values, SplitLines& out) {
  for (size_t i = 0; i < shape.slots.size(); ++i) {
    const uint32_t column = shape.slots[i].column;
    if (out.values.size() <= column) out.values.resize(column + 1);
    out.values[column].push_back(values[i]);
  }
}

// Gives up shapes that few lines have: those become raw.
void DropRareShapes(std::span<const std::string_view> lines, JsonShapes& shapes, SplitLines& out) {
  std::vector<uint32_t> counts(shapes.shapes().size());
  for (const uint32_t shape : out.row_templates) {
    if (shape != kRawLine) ++counts[shape];
  }
  uint32_t rare = 0;
  for (const uint32_t count : counts) rare += count < kLeastOfShape ? count : 0;
  if (rare < kRareRowsToMind) return;
  out.values.clear();
  std::vector<std::string_view> values;
  for (size_t row = 0; row < lines.size(); ++row) {
    uint32_t& shape = out.row_templates[row];
    if (shape == kRawLine) continue;
    // Once shapes have run out a line may not find again the one that it had.
    if (counts[shape] < kLeastOfShape || shapes.Split(lines[row], values) != shape) {
      shape = kRawLine;
    } else {
      Put(shapes.shapes()[shape], values, out);
    }
  }
}

// Numbers those that are used alone, in the order of their first row.
void NumberTemplates(const JsonShapes& shapes, SplitLines& out) {
  std::vector<uint32_t> numbers(shapes.shapes().size(), kRawLine);
  for (uint32_t& shape : out.row_templates) {
    if (shape == kRawLine) continue;
    uint32_t& number = numbers[shape];
    if (number == kRawLine) {
      number = static_cast<uint32_t>(out.templates.size());
      out.templates.push_back(shapes.shapes()[shape]);
    }
    shape = number;
  }
}

// Lines that are no JSON have a template of one slot: they are split further as values of it.
void SplitAll(std::span<const std::string_view> lines, const TellProgress& tell, JsonShapes& shapes,
              SplitLines& out) {
  std::vector<std::string_view> values;
  out.row_templates.reserve(lines.size());
  for (const std::string_view line : lines) {
    if (const size_t done = out.row_templates.size(); done % kLinesPerTell == 0)
      tell(kSplit * static_cast<double>(done) / static_cast<double>(lines.size()));
    const uint32_t shape = shapes.Split(line, values);
    out.row_templates.push_back(shape == JsonShapes::kNone ? kRawLine : shape);
    if (shape != JsonShapes::kNone) Put(shapes.shapes()[shape], values, out);
  }
  DropRareShapes(lines, shapes, out);
  NumberTemplates(shapes, out);
  std::vector<std::string_view> raw;
  for (size_t row = 0; row < lines.size(); ++row) {
    if (out.row_templates[row] == kRawLine) raw.push_back(lines[row]);
  }
  if (raw.empty()) return;
  const auto number = static_cast<uint32_t>(out.templates.size());
  LineTemplate whole;
  whole.literals = {"", ""};
  whole.slots = {{static_cast<uint32_t>(out.values.size()), SlotKind::kText, {}}};
  out.templates.push_back(std::move(whole));
  out.values.push_back(std::move(raw));
  std::replace(out.row_templates.begin(), out.row_templates.end(), kRawLine, number);
}

// The times of the entries whose lines have a value in the column.
std::vector<int64_t> TimesOf(const SplitLines& lines, uint32_t column,
                             std::span<const int64_t> times) {
  std::vector<uint8_t> uses(lines.templates.size());
  for (size_t t = 0; t < uses.size(); ++t) {
    for (const LineSlot& slot : lines.templates[t].slots)
      uses[t] = static_cast<uint8_t>(uses[t] + (slot.column == column ? 1 : 0));
  }
  std::vector<int64_t> out;
  for (size_t row = 0; row < times.size(); ++row)
    out.insert(out.end(), uses[lines.row_templates[row]], times[row]);
  return out;
}

// Whether the times of entries could help: the values are points in time, or have some inside.
bool MayTellTime(std::string_view value) {
  TimeText time;
  return value.size() > 40 || ParseTimeText(value, time);
}

// What encoding a column costs, about: so much a value, and so much a byte.
double CostOf(const std::vector<std::string_view>& values) {
  constexpr size_t kBytesPerValue = 16;
  size_t sum = values.size() * kBytesPerValue;
  for (const std::string_view value : values) sum += value.size();
  return static_cast<double>(sum);
}

void EncodeLines(SplitLines& lines, std::span<const int64_t> times, const TellProgress& tell,
                 ColumnEncoder& encoder) {
  std::vector<uint32_t> numbers(lines.values.size());
  double all = 0;
  for (const auto& values : lines.values) all += CostOf(values);
  double done = 0;
  for (uint32_t i = 0; i < lines.values.size(); ++i) {
    if (lines.values[i].empty()) continue;  // of shapes that were dropped
    tell(kSplit + (kColumnsMade - kSplit) * done / all);
    done += CostOf(lines.values[i]);
    const bool timed = MayTellTime(lines.values[i][0]);
    numbers[i] =
        encoder.Add(lines.values[i], timed ? TimesOf(lines, i, times) : std::vector<int64_t>());
  }
  for (LineTemplate& shape : lines.templates) {
    for (LineSlot& slot : shape.slots) slot.column = numbers[slot.column];
  }
}

// Past so many of either the pairs of an entry become one value.
constexpr size_t kMaxMetadataTemplates = 1024;
constexpr size_t kMaxMetadataColumns = 1024;

class SplitMetadata {
 public:
  SplitMetadata(std::span<const MetadataPair> pairs, std::span<const uint32_t> offsets) {
    for (size_t row = 0; row + 1 < offsets.size(); ++row)
      Add(pairs.subspan(offsets[row], offsets[row + 1] - offsets[row]));
  }

  const std::vector<uint32_t>& row_templates() const { return row_templates_; }
  const ColumnValues& values() const { return values_; }
  std::vector<MetadataTemplate>& templates() { return templates_; }

 private:
  void Add(std::span<const MetadataPair> pairs) {
    const bool is_same =
        !row_templates_.empty() && HasNames(templates_[row_templates_.back()], pairs);
    const uint32_t number = is_same ? row_templates_.back() : TemplateOf(pairs);
    row_templates_.push_back(number);
    const MetadataTemplate& shape = templates_[number];
    if (shape.is_packed()) {
      std::string packed;
      for (const MetadataPair& pair : pairs) {
        PutString(packed, pair.name);
        PutString(packed, pair.value);
      }
      values_[shape.columns[0]].push_back(texts_.Copy(packed));
      return;
    }
    for (size_t i = 0; i < pairs.size(); ++i) values_[shape.columns[i]].push_back(pairs[i].value);
  }

  static bool HasNames(const MetadataTemplate& shape, std::span<const MetadataPair> pairs) {
    return !shape.is_packed() &&
           std::equal(
               pairs.begin(), pairs.end(), shape.names.begin(), shape.names.end(),
               [](const MetadataPair& pair, std::string_view name) { return pair.name == name; });
  }

  uint32_t TemplateOf(std::span<const MetadataPair> pairs) {
    std::string key;
    for (const MetadataPair& pair : pairs) PutString(key, pair.name);
    if (const auto it = known_.find(key); it != known_.end()) return it->second;
    MetadataTemplate made;
    if (templates_.size() >= kMaxMetadataTemplates ||
        values_.size() + pairs.size() > kMaxMetadataColumns) {
      if (packed_ != UINT32_MAX) return packed_;
      packed_ = static_cast<uint32_t>(templates_.size());
      made.columns.push_back(NewColumn());
      templates_.push_back(std::move(made));
      return packed_;
    }
    for (const MetadataPair& pair : pairs) {
      const auto column = columns_.try_emplace(pair.name, 0);
      if (column.second) column.first->second = NewColumn();
      made.names.push_back(pair.name);
      made.columns.push_back(column.first->second);
    }
    const auto number = static_cast<uint32_t>(templates_.size());
    known_.emplace(std::move(key), number);
    templates_.push_back(std::move(made));
    return number;
  }

  uint32_t NewColumn() {
    values_.emplace_back();
    return static_cast<uint32_t>(values_.size() - 1);
  }

  std::vector<MetadataTemplate> templates_;
  std::vector<uint32_t> row_templates_;
  ColumnValues values_;
  Arena texts_;
  std::unordered_map<std::string, uint32_t> known_;
  std::unordered_map<std::string_view, uint32_t> columns_;
  uint32_t packed_ = UINT32_MAX;
};

std::string EncodeTimes(std::span<const int64_t> times, const std::vector<StreamRun>& runs) {
  std::string out;
  for (const StreamRun& run : runs) AppendRunTimes(out, times.subspan(run.first_row, run.rows));
  return out;
}

}  // namespace

void RowGroupWriter::Append(StreamId id, const std::shared_ptr<const Labels>& labels,
                            int64_t time_ns, std::string_view line,
                            std::span<const MetadataPair> metadata) {
  if (meta_.runs.empty() || meta_.runs.back().id != id) {
    meta_.runs.push_back({.id = id,
                          .labels = labels,
                          .first_row = rows(),
                          .rows = 0,
                          .min_time_ns = time_ns,
                          .max_time_ns = time_ns});
  }
  StreamRun& run = meta_.runs.back();
  ++run.rows;
  run.max_time_ns = std::max(run.max_time_ns, time_ns);
  run.line_bytes += line.size();
  uint64_t metadata_bytes = 0;
  for (const MetadataPair& pair : metadata) metadata_bytes += pair.name.size() + pair.value.size();
  run.metadata_bytes += metadata_bytes;
  times_.push_back(time_ns);
  lines_.push_back(Keep(line));
  for (const MetadataPair& pair : metadata) pairs_.push_back({Keep(pair.name), Keep(pair.value)});
  pair_offsets_.push_back(static_cast<uint32_t>(pairs_.size()));
  text_bytes_ += line.size() + metadata_bytes;
}

std::shared_ptr<const StoredRowGroup> RowGroupWriter::Finish(std::string name, PageCache* cache) {
  meta_.start = out_.end();
  ColumnEncoder encoder;
  JsonShapes shapes;
  SplitLines lines;
  const auto tell = [this](double done) { Tell(done); };
  SplitAll(lines_, tell, shapes, lines);
  const uint32_t line_column = encoder.AddNumbers(lines.row_templates);
  EncodeLines(lines, times_, tell, encoder);
  tell(kColumnsMade);
  SplitMetadata metadata(pairs_, pair_offsets_);
  const uint32_t metadata_column = encoder.AddNumbers(metadata.row_templates());
  std::vector<uint32_t> numbers;
  for (const auto& values : metadata.values()) numbers.push_back(encoder.Add(values, {}));
  for (MetadataTemplate& shape : metadata.templates()) {
    for (uint32_t& column : shape.columns) column = numbers[column];
  }
  meta_.directory = WriteDirectory(rows(), encoder.columns(), line_column, lines.templates,
                                   metadata_column, metadata.templates(), out_);
  meta_.times = out_.Append(EncodeTimes(times_, meta_.runs), 0);
  std::string bytes = out_.Take();
  bytes.shrink_to_fit();  // a sealed head keeps them for long
  return std::make_shared<const StoredRowGroup>(
      std::make_shared<const MemoryBlocks>(owner_, std::move(bytes)), std::move(meta_),
      std::move(name), cache);
}

}  // namespace narfi::storage
