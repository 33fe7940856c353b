#include "ingest/wal_replay.h"

#include <fmt/format.h>

#include "base/bytes.h"

namespace narfi::ingest {
namespace {

// One record at a time, so that memory stays at the size of the largest.
class WalFileReader {
 public:
  WalFileReader(const RandomAccessFile& file, uint64_t number) : file_(file), number_(number) {}

  uint64_t offset() const { return offset_; }
  uint64_t left() const { return file_.size() - offset_; }

  // The payload of the record at `offset`, if it is whole.
  Result<bool> ReadAt(uint64_t offset, std::string& record) const {
    std::string length_bytes;
    if (file_.size() - offset < kRecordFrameBytes) return false;
    NARFI_TRY(file_.Read(offset, 4, length_bytes));
    const uint64_t length = ByteReader(length_bytes).U32();
    if (length == 0 || length > kMaxRecordBytes ||
        length > file_.size() - offset - kRecordFrameBytes)
      return false;
    NARFI_TRY(file_.Read(offset, length + kRecordFrameBytes, record));
    return IsWhole(record, offset);
  }

  // Where the next whole record behind the bad one at offset() begins; 0: there is none. Checksums
  // are seeded by the offset, so that nothing looks whole by chance.
  Result<uint64_t> AfterDamage() const {
    std::string rest;
    NARFI_TRY(file_.Read(offset_, left(), rest));
    for (uint64_t at = 1; at + kRecordFrameBytes < rest.size(); ++at) {
      const uint64_t length = ByteReader(std::string_view(rest).substr(at)).U32();
      if (length == 0 || length > rest.size() - at - kRecordFrameBytes) continue;
      if (IsWhole(std::string_view(rest).substr(at, length + kRecordFrameBytes), offset_ + at))
        return offset_ + at;
    }
    return 0;
  }

  void MoveTo(uint64_t offset) { offset_ = offset; }

 private:
  // The checksum was taken over the length and the head of the payload, then the body; see Wal.
  bool IsWhole(std::string_view record, uint64_t offset) const {
    const std::string_view payload = record.substr(4, record.size() - kRecordFrameBytes);
    const auto push = DecodePush(payload);
    if (!push) return false;
    const std::string_view head = record.substr(0, 4 + payload.size() - push->body.size());
    return ByteReader(record.substr(record.size() - 8)).U64() ==
           RecordChecksum(head, push->body, number_, offset);
  }

  const RandomAccessFile& file_;
  const uint64_t number_;
  uint64_t offset_ = kWalHeaderBytes;
};

Status CheckWalHeader(const RandomAccessFile& file, uint64_t number, bool& is_torn) {
  is_torn = file.size() < kWalHeaderBytes;
  if (is_torn) return {};
  std::string bytes;
  NARFI_TRY(file.Read(0, kWalHeaderBytes, bytes));
  ByteReader reader(bytes);
  if (reader.Bytes(kWalMagic.size()) != kWalMagic) {
    // A file that was made but never synced may be all zeros.
    is_torn = bytes.find_first_not_of('\0') == std::string::npos;
    return is_torn ? Status() : Fail(Code::kCorrupt, "not a write-ahead log");
  }
  const uint32_t version = reader.U32();
  reader.U32();
  if (version > kWalVersion)
    return Fail(Code::kCorrupt, fmt::format("format version {} is newer than this program's {}",
                                            version, kWalVersion));
  if (reader.U64() != number) return Fail(Code::kCorrupt, "its number is another one");
  return {};
}

}  // namespace

Result<ReplayReport> ReplayFile(FileSystem& fs, const std::string& path, uint64_t number,
                                const std::function<Status(const WalPush&)>& push) {
  NARFI_ASSIGN(const auto file, fs.Open(path));
  ReplayReport report;
  bool is_torn = false;
  if (auto header = CheckWalHeader(*file, number, is_torn); !header)
    return Wrap(path, std::move(header).error());
  if (is_torn) {
    report.torn_bytes = file->size();
    return report;
  }
  WalFileReader reader(*file, number);
  std::string record;
  while (reader.left() > 0) {
    NARFI_ASSIGN(const bool whole, reader.ReadAt(reader.offset(), record));
    if (!whole) {
      NARFI_ASSIGN(const uint64_t next, reader.AfterDamage());
      if (next == 0) {
        report.torn_bytes = reader.left();
        break;
      }
      ++report.damaged_records;
      reader.MoveTo(next);
      continue;
    }
    NARFI_ASSIGN(const WalPush decoded,
                 DecodePush(std::string_view(record).substr(4, record.size() - kRecordFrameBytes)));
    uint64_t& newest = report.newest[std::string(decoded.tenant)];
    newest = std::max(newest, decoded.sequence);
    ++report.records;
    NARFI_TRY(push(decoded));
    reader.MoveTo(reader.offset() + record.size());
  }
  return report;
}

}  // namespace narfi::ingest
