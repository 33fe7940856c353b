#include "storage/group_copy.h"

#include <algorithm>
#include <cstring>

#include "base/bytes.h"
#include "storage/elias_fano.h"
#include "storage/group_directory.h"
#include "storage/hex_text.h"

namespace narfi::storage {
namespace {

// Fewer ids than this, or so few that come again, stay with their row groups.
constexpr size_t kLeastToShare = 1024;
constexpr uint64_t kLeastRepeats = 10;  // in 100

std::string PatternKey(const HexPattern& pattern) {
  std::string key(1, pattern.is_upper() ? '\1' : '\0');
  return key.append(pattern.pattern());
}

HexPattern PatternOf(const std::string& key) {
  return {std::string_view(key).substr(1), key[0] == '\1'};
}

// The pattern of a column of sorted or shared ids; false for any other column.
bool ReadPattern(const ColumnInfo& info, HexPattern& pattern) {
  ByteReader params(info.params);
  if (info.form == ColumnForm::kSharedHex) {
    params.Varint();
    const bool is_upper = params.U8() == 1;
    pattern = HexPattern(params.String(), is_upper);
    return params.ok();
  }
  if (info.form != ColumnForm::kHex) return false;
  const uint8_t flags = params.U8();
  pattern = HexPattern(params.String(), (flags & 1) != 0);
  return params.ok() && (flags & 2) != 0;
}

// Ids in their order as numbers, to be sorted quickly.
void SortDistinct(std::string& packed, size_t id_bytes) {
  std::vector<std::pair<uint64_t, uint32_t>> keys(packed.size() / id_bytes);
  const auto id = [&](uint32_t i) {
    return std::string_view(packed).substr(i * id_bytes, id_bytes);
  };
  for (uint32_t i = 0; i < keys.size(); ++i) keys[i] = {IdKey(id(i)), i};
  std::sort(keys.begin(), keys.end(), [&](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : id(a.second) < id(b.second);
  });
  std::string sorted;
  sorted.reserve(packed.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    const bool again =
        i > 0 && keys[i].first == keys[i - 1].first && id(keys[i].second) == id(keys[i - 1].second);
    if (!again) sorted += id(keys[i].second);
  }
  packed = std::move(sorted);
}

// Where each of `own` stands in `all`; both ascend, and all of `own` are there.
std::vector<uint64_t> PlacesIn(std::string_view own, std::string_view all, size_t id_bytes) {
  std::vector<uint64_t> places;
  places.reserve(own.size() / id_bytes);
  size_t at = 0;
  for (size_t i = 0; i < own.size(); i += id_bytes) {
    const std::string_view id = own.substr(i, id_bytes);
    while (all.substr(at, id_bytes) != id) at += id_bytes;
    places.push_back(at / id_bytes);
  }
  return places;
}

// A row group's directory, read, and what it points into.
struct OpenDirectory {
  std::string bytes;
  std::unique_ptr<BlobStore> blobs;
  GroupDirectory directory;

  Status Open(const StoredRowGroup& group) {
    NARFI_ASSIGN(bytes, ReadBlock(group.source(), group.meta().directory));
    // The row group is kept by whoever opens its directory.
    std::shared_ptr<const BlockSource> source(&group.source(), [](const BlockSource*) {});
    blobs = std::make_unique<BlobStore>(std::move(source), nullptr, group.meta().directory.offset,
                                        group.ids());
    if (!ReadDirectory(bytes, group.meta().start, group.meta().directory.offset, directory, *blobs))
      return Fail(Code::kCorrupt, "malformed directory of columns");
    return {};
  }
};

// All ids of a column, packed, as they lie.
Result<std::string> ReadPacked(const OpenDirectory& open, uint32_t column,
                               const HexPattern& pattern) {
  std::string packed;
  const ColumnInfo& info = open.directory.columns[column];
  if (info.form == ColumnForm::kHex) {
    for (uint32_t i = 0; i < info.blobs; ++i) {
      NARFI_ASSIGN(const auto page, open.blobs->GetOnce(info.first_blob + i));
      packed += *page;
    }
    if (packed.size() != size_t{info.values} * pattern.id_bytes()) return BadColumn();
    return packed;
  }
  std::vector<bool> taken(open.directory.columns.size());
  const auto node = OpenColumn(open.directory.columns, column, *open.blobs, taken, 0);
  if (node == nullptr) return BadColumn();
  std::vector<uint32_t> all(node->values());
  for (uint32_t i = 0; i < all.size(); ++i) all[i] = i;
  std::vector<std::string_view> texts(all.size());
  TextSink sink;
  NARFI_TRY(node->Texts(all, {}, sink, texts.data()));
  std::string id;
  for (const std::string_view text : texts) {
    if (!pattern.Pack(text, id)) return BadColumn();
    packed += id;
  }
  return packed;
}

Result<std::string> ReadIds(const OpenDirectory& open, uint32_t column) {
  HexPattern pattern;
  if (!ReadPattern(open.directory.columns[column], pattern) || pattern.nibbles() == 0)
    return BadColumn();
  NARFI_ASSIGN(std::string packed, ReadPacked(open, column, pattern));
  if (packed.empty()) return BadColumn();
  // They are looked for in one pass: ids that do not ascend would not be found.
  const std::string_view ids = packed;
  for (size_t at = pattern.id_bytes(); at < ids.size(); at += pattern.id_bytes()) {
    if (ids.substr(at, pattern.id_bytes()) <
        ids.substr(at - pattern.id_bytes(), pattern.id_bytes()))
      return BadColumn();
  }
  return packed;
}

}  // namespace

Status GroupCopier::Add(std::shared_ptr<const StoredRowGroup> group) {
  OpenDirectory open;
  if (auto done = open.Open(*group); !done) return Wrap(group->name(), std::move(done).error());
  Added added{std::move(group), {}};
  for (uint32_t i = 0; i < open.directory.columns.size(); ++i) {
    HexPattern pattern;
    if (!ReadPattern(open.directory.columns[i], pattern)) continue;
    auto ids = ReadIds(open, i);
    if (!ids) return Wrap(added.group->name(), std::move(ids).error());
    Column column{i, PatternKey(pattern), std::move(*ids)};
    Ids& all = ids_[column.pattern_key];
    all.packed += column.packed;
    all.added += column.packed.size() / pattern.id_bytes();
    added.columns.push_back(std::move(column));
  }
  added_.push_back(std::move(added));
  return {};
}

void GroupCopier::WriteDictionaries() {
  for (auto& [key, ids] : ids_) {
    const HexPattern pattern = PatternOf(key);
    const bool are_few = ids.added < kLeastToShare;
    SortDistinct(ids.packed, pattern.id_bytes());
    const uint64_t distinct = ids.packed.size() / pattern.id_bytes();
    if (are_few || (ids.added - distinct) * 100 < ids.added * kLeastRepeats) continue;
    ids.dictionary = static_cast<uint32_t>(dictionaries_.size());
    dictionaries_.push_back(WriteIdDictionary(pattern, ids.packed, out_));
  }
}

namespace {

// A column of ids of a dictionary.
EncodedColumn EncodeShared(uint32_t dictionary, const HexPattern& pattern,
                           const std::vector<uint64_t>& places) {
  EncodedColumn column;
  column.form = ColumnForm::kSharedHex;
  column.values = static_cast<uint32_t>(places.size());
  PutVarint(column.params, dictionary);
  PutU8(column.params, pattern.is_upper() ? 1 : 0);
  PutString(column.params, pattern.pattern());
  PutVarint(column.params, places.front());
  PutVarint(column.params, places.back() - places.front());
  std::string numbers;
  AppendEliasFano(numbers, places);
  column.blobs.push_back(MakeBlob(std::move(numbers), 0));
  return column;
}

// A column of ids of its own, sorted.
EncodedColumn EncodeOwn(const HexPattern& pattern, std::string_view packed) {
  EncodedColumn column;
  column.form = ColumnForm::kHex;
  column.values = static_cast<uint32_t>(packed.size() / pattern.id_bytes());
  PutU8(column.params, static_cast<uint8_t>((pattern.is_upper() ? 1 : 0) | 2));
  PutString(column.params, pattern.pattern());
  const size_t page_bytes = kHexPage * pattern.id_bytes();
  for (size_t at = 0; at < packed.size(); at += page_bytes) {
    PutU64(column.params, IdKey(packed.substr(at, pattern.id_bytes())));
    column.blobs.push_back(MakeBlob(std::string(packed.substr(at, page_bytes)), 0));
  }
  return column;
}

}  // namespace

Result<RowGroupMeta> GroupCopier::Write(size_t index) {
  const Added& added = added_[index];
  OpenDirectory open;
  NARFI_TRY(open.Open(*added.group));
  std::vector<EncodedColumn> columns;
  auto next = added.columns.begin();
  for (uint32_t i = 0; i < open.directory.columns.size(); ++i) {
    if (next != added.columns.end() && next->number == i) {
      const Ids& ids = ids_.at(next->pattern_key);
      const HexPattern pattern = PatternOf(next->pattern_key);
      columns.push_back(ids.dictionary == UINT32_MAX
                            ? EncodeOwn(pattern, next->packed)
                            : EncodeShared(ids.dictionary, pattern,
                                           PlacesIn(next->packed, ids.packed, pattern.id_bytes())));
      ++next;
      continue;
    }
    const ColumnInfo& info = open.directory.columns[i];
    EncodedColumn column;
    column.form = info.form;
    column.values = info.values;
    column.params = info.params;
    for (uint32_t blob = 0; blob < info.blobs; ++blob) {
      NARFI_ASSIGN(Blob stored, open.blobs->GetStored(info.first_blob + blob));
      column.blobs.push_back(std::move(stored));
    }
    columns.push_back(std::move(column));
  }
  RowGroupMeta meta = added.group->meta();
  NARFI_ASSIGN(const Blob times, ReadStored(added.group->source(), meta.times));
  const GroupDirectory& directory = open.directory;
  meta.start = out_.end();
  meta.directory = WriteDirectory(directory.rows, columns, directory.line_templates_column,
                                  directory.line_templates, directory.metadata_templates_column,
                                  directory.metadata_templates, out_);
  meta.times = out_.AppendBlob(times.bytes, times.is_packed, times.unpacked);
  return meta;
}

}  // namespace narfi::storage
