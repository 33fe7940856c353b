#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/size.h"
#include "base/time.h"
#include "cli/level_color.h"
#include "cli/segment_command.h"
#include "storage/group_directory.h"

namespace narfi::cli {
namespace {

using storage::ColumnForm;
using storage::GroupDirectory;
using storage::SegmentReader;
using storage::StoredRowGroup;

constexpr size_t kStreamsShown = 10;

std::string FormName(ColumnForm form) {
  switch (form) {
    case ColumnForm::kConstant:
      return "constant";
    case ColumnForm::kText:
      return "text";
    case ColumnForm::kDictionary:
      return "dictionary";
    case ColumnForm::kAffix:
      return "affix";
    case ColumnForm::kSkeleton:
      return "skeleton";
    case ColumnForm::kIntegers:
      return "integers";
    case ColumnForm::kDigits:
      return "digits";
    case ColumnForm::kDecimals:
      return "decimals";
    case ColumnForm::kTimes:
      return "times";
    case ColumnForm::kHex:
      return "hex";
    case ColumnForm::kSharedHex:
      return "shared hex";
  }
  return fmt::format("form {}", static_cast<int>(form));
}

std::string PathOf(const storage::LineSlot& slot) {
  if (slot.path.empty()) return "text";
  std::string path;
  for (const std::string_view key : slot.path) path.append(path.empty() ? "" : ".").append(key);
  return path;
}

// What the columns are for, by number. A column without a role is inside the one before it that has
// one.
std::map<uint32_t, std::string> RolesOf(const GroupDirectory& directory) {
  std::map<uint32_t, std::string> roles;
  for (const storage::LineTemplate& shape : directory.line_templates) {
    for (const storage::LineSlot& slot : shape.slots) roles.try_emplace(slot.column, PathOf(slot));
  }
  for (const storage::MetadataTemplate& shape : directory.metadata_templates) {
    for (size_t i = 0; i < shape.columns.size(); ++i) {
      const std::string name = shape.is_packed() ? "(pairs)" : std::string(shape.names[i]);
      roles.try_emplace(shape.columns[i], "metadata " + name);
    }
  }
  roles[directory.line_templates_column] = "(template of each line)";
  roles[directory.metadata_templates_column] = "(names of each entry's metadata)";
  return roles;
}

class SegmentText {
 public:
  SegmentText(const SegmentReader& segment, bool color) : segment_(segment), color_(color) {}

  void Head(const std::string& path) {
    const storage::SegmentFooter& footer = segment_.footer();
    Title("segment " + ToHex(footer.id));
    Line("file", fmt::format("{}, {}", path, FormatBytes(segment_.file_bytes())));
    Line("format", std::to_string(storage::kSegmentVersion));
    Line("tenant", footer.tenant);
    Line("day", FormatUtcDay(footer.day));
    Line("created", FormatRfc3339(footer.created_ns));
    Line("covered sequence", std::to_string(footer.covered_sequence));
    std::string replaces = std::to_string(footer.replaces.size());
    for (const Hash128 id : footer.replaces) replaces += " " + ToHex(id);
    Line("replaces", replaces);
    Line("dictionaries", std::to_string(footer.dictionaries.size()));
  }

  void Streams() {
    std::map<StreamId, std::pair<std::shared_ptr<const Labels>, uint64_t>> streams;
    uint64_t rows = 0;
    uint64_t text_bytes = 0;
    for (const auto& group : segment_.groups()) {
      for (const storage::StreamRun& run : group->runs()) {
        auto& [labels, count] = streams[run.id];
        labels = run.labels;
        count += run.rows;
        rows += run.rows;
        text_bytes += run.line_bytes + run.metadata_bytes;
      }
    }
    Line("rows", std::to_string(rows));
    Line("text",
         fmt::format("{}, {:.1f} times the file", FormatBytes(text_bytes),
                     static_cast<double>(text_bytes) /
                         static_cast<double>(std::max<uint64_t>(segment_.file_bytes(), 1))));
    std::vector<std::pair<uint64_t, std::string>> by_rows;
    for (const auto& [id, stream] : streams)
      by_rows.emplace_back(stream.second, stream.first->ToString());
    std::sort(by_rows.rbegin(), by_rows.rend());
    Line("streams", std::to_string(by_rows.size()));
    for (size_t i = 0; i < std::min(by_rows.size(), kStreamsShown); ++i)
      text_ += fmt::format("  {:>10} rows  {}\n", by_rows[i].first, by_rows[i].second);
    if (by_rows.size() > kStreamsShown)
      text_ += fmt::format("  and {} more\n", by_rows.size() - kStreamsShown);
  }

  void Group(size_t number) {
    const StoredRowGroup& group = *segment_.groups()[number];
    int64_t first_ns = INT64_MAX;
    int64_t last_ns = INT64_MIN;
    for (const storage::StreamRun& run : group.runs()) {
      first_ns = std::min(first_ns, run.min_time_ns);
      last_ns = std::max(last_ns, run.max_time_ns);
    }
    Title(fmt::format("row group {}", number));
    Line("rows", fmt::format("{} of {} streams", RowsOf(group.meta()), group.runs().size()));
    Line("times", FormatRfc3339(first_ns) + " to " + FormatRfc3339(last_ns));
    Line("at", fmt::format("{}, {}: columns {}, directory {}, times {}", group.meta().start,
                           FormatBytes(group.stored_bytes()),
                           FormatBytes(group.meta().directory.offset - group.meta().start),
                           FormatBytes(group.meta().directory.length),
                           FormatBytes(group.meta().times.length)));
  }

  Status Columns(size_t number) {
    const StoredRowGroup& group = *segment_.groups()[number];
    const storage::RowGroupMeta& meta = group.meta();
    auto bytes = storage::ReadBlock(group.source(), meta.directory);
    if (!bytes) return Wrap(group.name(), std::move(bytes).error());
    storage::BlobStore blobs(nullptr, nullptr, meta.directory.offset);
    GroupDirectory directory;
    if (!storage::ReadDirectory(*bytes, meta.start, meta.directory.offset, directory, blobs))
      return Wrap(group.name(), {Code::kCorrupt, "malformed directory"});
    const auto roles = RolesOf(directory);
    text_ += fmt::format("  {:>6}  {:<10} {:>8} {:>10} {:>6}  {}\n", "column", "form", "values",
                         "bytes", "share", "what");
    for (uint32_t i = 0; i < directory.columns.size(); ++i) {
      const storage::ColumnInfo& column = directory.columns[i];
      uint64_t stored = column.params.size();
      for (uint32_t blob = 0; blob < column.blobs; ++blob)
        stored += blobs.StoredBytes(column.first_blob + blob);
      const auto role = roles.find(i);
      text_ += fmt::format("  {:>6}  {:<10} {:>8} {:>10} {:>5.1f}%  ", i, FormName(column.form),
                           column.values, stored,
                           100.0 * static_cast<double>(stored) /
                               static_cast<double>(std::max<uint64_t>(group.stored_bytes(), 1)));
      if (role == roles.end()) {
        text_ += "  inside";
      } else {
        AppendColored(text_, color_ ? kLabelColor : "", role->second);
      }
      text_ += '\n';
    }
    return {};
  }

  std::string Take() { return std::move(text_); }

 private:
  void Title(const std::string& title) {
    AppendColored(text_, color_ ? "\x1b[1m" : "", title);
    text_ += '\n';
  }
  void Line(std::string_view name, const std::string& value) {
    text_ += "  ";
    AppendColored(text_, color_ ? kTimeColor : "", fmt::format("{:<17}", name));
    text_ += value + "\n";
  }

  const SegmentReader& segment_;
  const bool color_;
  std::string text_;
};

}  // namespace

Result<std::string> DescribeSegment(const std::string& path, const storage::SegmentReader& segment,
                                    bool columns, bool color) {
  SegmentText text(segment, color);
  text.Head(path);
  text.Streams();
  for (size_t i = 0; i < segment.groups().size(); ++i) {
    text.Group(i);
    if (columns) NARFI_TRY(text.Columns(i));
  }
  return text.Take();
}

}  // namespace narfi::cli
