#include "storage/column_reader.h"

#include <cstring>

#include "storage/int_column.h"
#include "storage/pack.h"

namespace narfi::storage {

bool ColumnReader::Open(ByteReader& reader, uint64_t max_bytes) {
  // The shared section has a byte or more for each column, and it may be packed.
  const uint64_t count = reader.Varint();
  if (!reader.ok() || count == 0 || count > kMaxColumnValues) return false;
  held_.emplace_back();
  std::string_view shared_bytes;
  if (!ReadSection(reader, max_bytes, held_.back(), shared_bytes)) return false;
  if (count > shared_bytes.size()) return false;
  max_bytes -= shared_bytes.size();
  ByteReader shared(shared_bytes);
  std::vector<uint64_t> lengths(count);
  for (uint64_t& length : lengths) length = shared.Varint();
  columns_.reserve(count);
  for (const uint64_t length : lengths) {
    std::string_view column = shared.Bytes(length);
    if (length == 0) {
      held_.emplace_back();
      if (!ReadSection(reader, max_bytes, held_.back(), column)) return false;
      max_bytes -= column.size();
    }
    columns_.push_back(column);
  }
  taken_.assign(count, false);
  return shared.ok() && shared.done() && reader.ok() && reader.done();
}

bool ColumnReader::ReadLines(uint32_t rows, uint64_t text_bytes, std::string& text, Views& out) {
  Rows identity;
  if (!times_.empty()) {
    identity.resize(rows);
    for (uint32_t i = 0; i < rows; ++i) identity[i] = i;
  }
  ByteReader bytes{std::string_view()};
  Split split;
  if (!Take(0, UINT32_MAX, bytes) || bytes.U8() != static_cast<uint8_t>(ColumnForm::kSplit) ||
      rows > values_left_ || !ReadSplit(0, bytes, identity, 0, rows, split) ||
      split.text_bytes != text_bytes)
    return false;
  text.resize(text_bytes);
  out.resize(rows);
  Join(split, text.data(), out);
  return true;
}

bool ColumnReader::Take(uint64_t index, uint32_t parent, ByteReader& bytes) {
  const bool after = parent == UINT32_MAX || index > parent;
  if (index >= columns_.size() || !after || taken_[index]) return false;
  taken_[index] = true;
  bytes = ByteReader(columns_[index]);
  return true;
}

bool ColumnReader::Read(uint32_t index, ByteReader bytes, const Rows& rows, int depth, Views& out) {
  if (depth > kMaxColumnDepth || out.size() > values_left_) return false;
  values_left_ -= out.size();
  const uint8_t form = bytes.U8();
  switch (static_cast<ColumnForm>(form)) {
    case ColumnForm::kDictionary:
      return ReadDictionary(index, bytes, depth, out) && bytes.ok() && bytes.done();
    case ColumnForm::kAffix:
      return ReadAffix(index, bytes, depth, out) && bytes.ok() && bytes.done();
    case ColumnForm::kSplit: {
      Split split;
      if (!ReadSplit(index, bytes, rows, depth, out.size(), split)) return false;
      char* const at = text_.Allocate(split.text_bytes);
      if (at != nullptr) Join(split, at, out);
      return at != nullptr;
    }
    default: {
      std::vector<int64_t> times;
      if (form == static_cast<uint8_t>(ColumnForm::kTimes)) {
        times.reserve(rows.size());
        for (const uint32_t row : rows) times.push_back(times_[row]);
      }
      return ReadTyped(static_cast<ColumnForm>(form), bytes, times, text_, out) && bytes.ok() &&
             bytes.done();
    }
  }
}

bool ColumnReader::ReadDictionary(uint32_t index, ByteReader& bytes, int depth, Views& out) {
  const uint64_t entries = bytes.Varint();
  const uint64_t child = bytes.Varint();
  std::vector<int64_t> ids;
  ByteReader child_bytes{std::string_view()};
  // Every entry is used.
  if (!bytes.ok() || entries > out.size() || !ReadInts(bytes, out.size(), ids) ||
      !Take(child, index, child_bytes))
    return false;
  Views texts(entries);
  if (!Read(static_cast<uint32_t>(child), child_bytes, {}, depth + 1, texts)) return false;
  for (size_t i = 0; i < out.size(); ++i) {
    if (static_cast<uint64_t>(ids[i]) >= entries) return false;
    out[i] = texts[static_cast<size_t>(ids[i])];
  }
  return true;
}

bool ColumnReader::ReadAffix(uint32_t index, ByteReader& bytes, int depth, Views& out) {
  const std::string_view prefix = bytes.String();
  const std::string_view suffix = bytes.String();
  const uint64_t child = bytes.Varint();
  ByteReader child_bytes{std::string_view()};
  if (!bytes.ok() || !Take(child, index, child_bytes)) return false;
  if (!Read(static_cast<uint32_t>(child), child_bytes, {}, depth + 1, out)) return false;
  uint64_t size = (prefix.size() + suffix.size()) * out.size();
  for (const std::string_view value : out) size += value.size();
  char* at = text_.Allocate(size);
  if (at == nullptr) return false;
  for (std::string_view& value : out) {
    char* const begin = at;
    for (const std::string_view part : {prefix, value, suffix}) {
      if (!part.empty()) std::memcpy(at, part.data(), part.size());
      at += part.size();
    }
    value = {begin, static_cast<size_t>(at - begin)};
  }
  return true;
}

bool ColumnReader::ReadTemplates(ByteReader& bytes, uint64_t rows, Split& split) {
  split.children.resize(bytes.Count());
  for (uint32_t& child : split.children) {
    const uint64_t index = bytes.Varint();
    if (index >= columns_.size()) return false;
    child = static_cast<uint32_t>(index);
  }
  split.templates.resize(bytes.Count(2));
  for (Template& shape : split.templates) {
    const uint64_t slots = bytes.Count(2);
    for (uint64_t i = 0; i < slots; ++i) {
      shape.literals.push_back(bytes.String());
      const uint64_t column = bytes.Varint();
      if (column >= split.children.size()) return false;
      shape.columns.push_back(static_cast<uint32_t>(column));
    }
    shape.literals.push_back(bytes.String());
    for (const std::string_view literal : shape.literals) shape.literal_bytes += literal.size();
  }
  if (!ReadInts(bytes, rows, split.row_templates)) return false;
  for (const int64_t shape : split.row_templates) {
    if (static_cast<uint64_t>(shape) >= split.templates.size()) return false;
    ++split.templates[static_cast<size_t>(shape)].rows;
  }
  return bytes.ok() && bytes.done();
}

bool ColumnReader::ReadSplit(uint32_t index, ByteReader& bytes, const Rows& rows, int depth,
                             uint64_t count, Split& split) {
  if (!ReadTemplates(bytes, count, split)) return false;
  std::vector<uint64_t> counts(split.children.size());
  uint64_t all = 0;
  for (const Template& shape : split.templates) {
    split.text_bytes += shape.literal_bytes * shape.rows;
    all += shape.columns.size() * shape.rows;
    for (const uint32_t column : shape.columns) counts[column] += shape.rows;
  }
  if (all > values_left_) return false;
  split.values.resize(counts.size());
  for (size_t i = 0; i < counts.size(); ++i) split.values[i].resize(counts[i]);
  if (!ReadChildren(index, rows, depth, split)) return false;
  for (const Views& values : split.values) {
    for (const std::string_view value : values) split.text_bytes += value.size();
  }
  return true;
}

bool ColumnReader::ReadChildren(uint32_t index, const Rows& rows, int depth, Split& split) {
  std::vector<Rows> child_rows(split.children.size());
  if (!rows.empty()) {
    for (size_t row = 0; row < rows.size(); ++row) {
      for (const uint32_t column :
           split.templates[static_cast<size_t>(split.row_templates[row])].columns)
        child_rows[column].push_back(rows[row]);
    }
  }
  for (size_t i = 0; i < split.children.size(); ++i) {
    ByteReader bytes{std::string_view()};
    if (!Take(split.children[i], index, bytes) ||
        !Read(split.children[i], bytes, child_rows[i], depth + 1, split.values[i]))
      return false;
  }
  return true;
}

void ColumnReader::Join(const Split& split, char* at, Views& out) {
  std::vector<const std::string_view*> next;
  for (const Views& values : split.values) next.push_back(values.data());
  const auto put = [&at](std::string_view part) {
    if (!part.empty()) std::memcpy(at, part.data(), part.size());
    at += part.size();
  };
  for (size_t row = 0; row < out.size(); ++row) {
    const Template& shape = split.templates[static_cast<size_t>(split.row_templates[row])];
    char* const begin = at;
    for (size_t i = 0; i < shape.columns.size(); ++i) {
      put(shape.literals[i]);
      put(*next[shape.columns[i]]++);
    }
    put(shape.literals.back());
    out[row] = {begin, static_cast<size_t>(at - begin)};
  }
}

}  // namespace narfi::storage
