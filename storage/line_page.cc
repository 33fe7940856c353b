#include "storage/line_page.h"

#include <algorithm>

#include "base/bytes.h"
#include "storage/block.h"
#include "storage/column_reader.h"
#include "storage/column_writer.h"
#include "storage/pack.h"

namespace narfi::storage {
namespace {

enum class LinesKind : uint8_t { kPlain = 0, kColumns = 1, kTimedColumns = 2 };

// What zstd makes of a whole page is guessed from the text at its begin, and asked only when the
// columns are not smaller than the guess by this factor.
constexpr size_t kGuessBytes = 32 << 10;
constexpr size_t kSurelyBetter = 2;
// Text that packs this well may repeat itself over more than its begin, and zstd is quick with it.
constexpr size_t kAlwaysAsk = 25;

// What the columns of so much text may unpack to: most often less than the text, but eight bytes
// for each number when one of them is large.
uint64_t MaxColumnBytes(uint64_t text_bytes) { return 4 * text_bytes + (1 << 20); }

tl::unexpected<Error> BadLines() { return Fail(Code::kCorrupt, "malformed page of lines"); }

std::string EncodePlain(std::span<const std::string_view> lines, uint64_t text_bytes, int level) {
  std::string body;
  body.reserve(text_bytes + lines.size() * 3);
  for (const std::string_view line : lines) PutVarint(body, line.size());
  for (const std::string_view line : lines) body += line;
  std::string out;
  PutU8(out, static_cast<uint8_t>(LinesKind::kPlain));
  AppendSection(out, body, level);
  return out;
}

// Whether text of `text_bytes` that goes on like the first lines packs to far more than `bytes`.
bool IsSurelyBetter(size_t bytes, std::span<const std::string_view> lines, uint64_t text_bytes,
                    int level) {
  if (bytes * kAlwaysAsk < text_bytes) return false;
  std::string begin;
  const size_t enough = std::min<size_t>(kGuessBytes, text_bytes / 4);
  for (const std::string_view line : lines) {
    if (begin.size() >= enough) break;
    begin += line.substr(0, kGuessBytes);
  }
  std::string packed;
  if (!AppendPacked(packed, begin, level)) packed = begin;
  return text_bytes * packed.size() > kSurelyBetter * bytes * begin.size();
}

// Empty when the lines do not split.
std::string EncodeColumns(std::span<const std::string_view> lines, std::span<const int64_t> times,
                          uint64_t text_bytes, int level) {
  if (text_bytes > kMaxSplitBytes) return {};
  ColumnWriter writer(times, level);
  if (!writer.AddLines(lines) || writer.unpacked_bytes() > MaxColumnBytes(text_bytes)) return {};
  std::string out;
  PutU8(out,
        static_cast<uint8_t>(writer.uses_times() ? LinesKind::kTimedColumns : LinesKind::kColumns));
  PutVarint(out, text_bytes);
  return out + writer.Finish();
}

Result<std::shared_ptr<const LinePage>> DecodeColumns(ByteReader& reader, uint32_t rows,
                                                      std::span<const int64_t> times) {
  const uint64_t text_bytes = reader.Varint();
  if (!reader.ok() || text_bytes > kMaxSplitBytes) return BadLines();
  auto page = std::make_shared<LinePage>();
  ColumnReader columns(times);
  if (!columns.Open(reader, MaxColumnBytes(text_bytes)) ||
      !columns.ReadLines(rows, text_bytes, page->text, page->lines))
    return BadLines();
  return page;
}

bool GivesBack(std::string_view payload, std::span<const std::string_view> lines,
               std::span<const int64_t> times) {
  const auto page = DecodeLines(payload, static_cast<uint32_t>(lines.size()), times);
  return page && std::equal(lines.begin(), lines.end(), (*page)->lines.begin());
}

uint64_t TextBytes(std::span<const std::string_view> lines) {
  uint64_t bytes = 0;
  for (const std::string_view line : lines) bytes += line.size();
  return bytes;
}

}  // namespace

std::string EncodeTextLines(std::span<const std::string_view> lines, int level) {
  return EncodePlain(lines, TextBytes(lines), level);
}

std::string EncodeLines(std::span<const std::string_view> lines, std::span<const int64_t> times,
                        int level) {
  const uint64_t text_bytes = TextBytes(lines);
  std::string columns = EncodeColumns(lines, times, text_bytes, level);
  if (!columns.empty() && !GivesBack(columns, lines, times)) columns.clear();
  if (!columns.empty() && IsSurelyBetter(columns.size(), lines, text_bytes, level)) return columns;
  std::string plain = EncodePlain(lines, text_bytes, level);
  return columns.empty() || plain.size() <= columns.size() ? plain : columns;
}

bool LinesNeedTimes(std::string_view payload) {
  return !payload.empty() && payload[0] == static_cast<char>(LinesKind::kTimedColumns);
}

Result<std::shared_ptr<const LinePage>> DecodeLines(std::string_view payload, uint32_t rows,
                                                    std::span<const int64_t> times) {
  ByteReader reader(payload);
  const auto kind = static_cast<LinesKind>(reader.U8());
  if (!reader.ok() || kind > LinesKind::kTimedColumns) return BadLines();
  if (kind == LinesKind::kColumns) return DecodeColumns(reader, rows, {});
  if (kind == LinesKind::kTimedColumns)
    return times.size() == rows ? DecodeColumns(reader, rows, times) : BadLines();
  std::string body;
  std::string_view plain;
  if (!ReadSection(reader, kMaxBlockBytes, body, plain) || !reader.done()) return BadLines();
  if (body.empty()) body = plain;
  return DecodePlainLines(std::move(body), rows);
}

Result<std::shared_ptr<const LinePage>> DecodePlainLines(std::string payload, uint32_t rows) {
  auto page = std::make_shared<LinePage>();
  page->text = std::move(payload);
  ByteReader reader(page->text);
  if (rows > page->text.size()) return BadLines();
  std::vector<uint64_t> lengths(rows);
  for (uint64_t& length : lengths) length = reader.Varint();
  page->lines.reserve(rows);
  for (const uint64_t length : lengths) page->lines.push_back(reader.Bytes(length));
  if (!reader.ok() || !reader.done()) return BadLines();
  return page;
}

}  // namespace narfi::storage
