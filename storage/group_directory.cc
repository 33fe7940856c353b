#include "storage/group_directory.h"

#include "base/bytes.h"

namespace narfi::storage {
namespace {

constexpr int kDirectoryLevel = 3;

void PutBlob(std::string& dst, const Blob& blob, BlockWriter& out) {
  const bool is_inline = !blob.is_packed && blob.bytes.size() < kInlineBlobBytes;
  PutVarint(dst, uint64_t{blob.unpacked} * 2 + (is_inline ? 1 : 0));
  if (is_inline) {
    dst += blob.bytes;
  } else {
    PutVarint(dst, out.AppendBlob(blob.bytes, blob.is_packed, blob.unpacked).length);
  }
}

void PutLineTemplates(std::string& dst, const std::vector<LineTemplate>& templates) {
  PutVarint(dst, templates.size());
  for (const LineTemplate& shape : templates) {
    PutU8(dst, shape.is_json ? 1 : 0);
    PutVarint(dst, shape.slots.size());
    for (size_t i = 0; i < shape.slots.size(); ++i) {
      const LineSlot& slot = shape.slots[i];
      PutString(dst, shape.literals[i]);
      PutVarint(dst, slot.column);
      PutU8(dst, static_cast<uint8_t>(slot.kind));
      PutVarint(dst, slot.path.size());
      for (const std::string_view key : slot.path) PutString(dst, key);
    }
    PutString(dst, shape.literals.back());
  }
}

bool ReadLineTemplates(ByteReader& reader, size_t columns, std::vector<LineTemplate>& templates) {
  templates.resize(reader.Count(3));
  if (templates.size() > kMaxGroupTemplates) return false;
  for (LineTemplate& shape : templates) {
    shape.is_json = reader.U8() == 1;
    shape.slots.resize(reader.Count(4));
    for (LineSlot& slot : shape.slots) {
      shape.literals.push_back(reader.String());
      const uint64_t column = reader.Varint();
      const uint8_t kind = reader.U8();
      if (column >= columns || kind > static_cast<uint8_t>(SlotKind::kArray)) return false;
      slot.column = static_cast<uint32_t>(column);
      slot.kind = static_cast<SlotKind>(kind);
      slot.path.resize(reader.Count());
      for (std::string_view& key : slot.path) key = reader.String();
    }
    shape.literals.push_back(reader.String());
  }
  return reader.ok();
}

bool ReadMetadataTemplates(ByteReader& reader, size_t columns,
                           std::vector<MetadataTemplate>& templates) {
  templates.resize(reader.Count());
  if (templates.size() > kMaxGroupTemplates) return false;
  for (MetadataTemplate& shape : templates) {
    const uint64_t names = reader.Count(2);
    const uint64_t of_shape = names == 0 ? reader.Varint() : names;  // 0, or 1 when packed
    if (names == 0 && of_shape > 1) return false;
    for (uint64_t i = 0; i < of_shape && reader.ok(); ++i) {
      if (names != 0) shape.names.push_back(reader.String());
      const uint64_t column = reader.Varint();
      if (column >= columns) return false;
      shape.columns.push_back(static_cast<uint32_t>(column));
    }
  }
  return reader.ok();
}

// Where the next block lies.
struct BlockCursor {
  uint64_t at = 0;
  const uint64_t end;

  bool Take(uint64_t length, BlockRef& ref) {
    if (length > end - at || length > UINT32_MAX) return false;
    ref = {at, static_cast<uint32_t>(length)};
    at += length;
    return true;
  }
};

bool ReadColumn(ByteReader& reader, BlockCursor& cursor, ColumnInfo& info, BlobStore& blobs) {
  const uint8_t form = reader.U8();
  const uint64_t values = reader.Varint();
  info.params = reader.String();
  const uint64_t count = reader.Count();
  if (!reader.ok() || form >= kColumnForms || values > kMaxGroupValues) return false;
  info.form = static_cast<ColumnForm>(form);
  info.values = static_cast<uint32_t>(values);
  info.first_blob = blobs.size();
  info.blobs = static_cast<uint32_t>(count);
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t head = reader.Varint();
    if (head / 2 > kMaxBlockBytes) return false;
    if ((head & 1) != 0) {
      blobs.AddInline(reader.Bytes(head / 2));
      continue;
    }
    BlockRef ref;
    if (!cursor.Take(reader.Varint(), ref)) return false;
    blobs.AddBlock(ref, static_cast<uint32_t>(head / 2));
  }
  return reader.ok();
}

}  // namespace

BlockRef WriteDirectory(uint32_t rows, const std::vector<EncodedColumn>& columns,
                        uint32_t line_templates_column,
                        const std::vector<LineTemplate>& line_templates,
                        uint32_t metadata_templates_column,
                        const std::vector<MetadataTemplate>& metadata_templates, BlockWriter& out) {
  std::string bytes;
  PutVarint(bytes, rows);
  PutVarint(bytes, columns.size());
  for (const EncodedColumn& column : columns) {
    PutU8(bytes, static_cast<uint8_t>(column.form));
    PutVarint(bytes, column.values);
    PutString(bytes, column.params);
    PutVarint(bytes, column.blobs.size());
    for (const Blob& blob : column.blobs) PutBlob(bytes, blob, out);
  }
  PutVarint(bytes, line_templates_column);
  PutLineTemplates(bytes, line_templates);
  PutVarint(bytes, metadata_templates_column);
  PutVarint(bytes, metadata_templates.size());
  for (const MetadataTemplate& shape : metadata_templates) {
    PutVarint(bytes, shape.names.size());
    if (shape.names.empty()) PutVarint(bytes, shape.columns.size());
    for (size_t i = 0; i < shape.columns.size(); ++i) {
      if (!shape.names.empty()) PutString(bytes, shape.names[i]);
      PutVarint(bytes, shape.columns[i]);
    }
  }
  return out.Append(bytes, kDirectoryLevel);
}

bool ReadDirectory(std::string_view bytes, uint64_t start, uint64_t end, GroupDirectory& directory,
                   BlobStore& blobs) {
  if (start > end) return false;
  ByteReader reader(bytes);
  const uint64_t rows = reader.Varint();
  const uint64_t columns = reader.Count(4);
  if (!reader.ok() || rows > kMaxRows || columns > kMaxColumns) return false;
  directory.rows = static_cast<uint32_t>(rows);
  directory.columns.resize(columns);
  BlockCursor cursor{start, end};
  for (ColumnInfo& info : directory.columns) {
    if (!ReadColumn(reader, cursor, info, blobs)) return false;
  }
  const uint64_t line_column = reader.Varint();
  if (!ReadLineTemplates(reader, columns, directory.line_templates)) return false;
  const uint64_t metadata_column = reader.Varint();
  if (!ReadMetadataTemplates(reader, columns, directory.metadata_templates)) return false;
  if (!reader.ok() || !reader.done() || line_column >= columns || metadata_column >= columns ||
      cursor.at != end)
    return false;
  directory.line_templates_column = static_cast<uint32_t>(line_column);
  directory.metadata_templates_column = static_cast<uint32_t>(metadata_column);
  return true;
}

}  // namespace narfi::storage
