#include "index/database.h"

#include <leveldb/cache.h>
#include <leveldb/db.h>
#include <leveldb/env.h>
#include <leveldb/filter_policy.h>
#include <leveldb/helpers/memenv.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/bytes.h"
#include "index/keys.h"

namespace narfi::index {
namespace {

constexpr size_t kWriteBufferBytes = 1 << 20;
constexpr size_t kBlockCacheBytes = 8 << 20;
constexpr int kMaxFileBytes = 16 << 20;

// Shared by every database of the process; LevelDB wants them to outlive it.
const leveldb::FilterPolicy* KeyFilter() {
  static const leveldb::FilterPolicy* const kPolicy = leveldb::NewBloomFilterPolicy(10);
  return kPolicy;
}
leveldb::Cache* BlockCache() {
  static leveldb::Cache* const kCache = leveldb::NewLRUCache(kBlockCacheBytes);
  return kCache;
}

// Whether LevelDB's log (blocks of 32 KiB; a record is u32 checksum, u16 length, u8 type, payload;
// no record crosses blocks) ends where a record ends.
bool EndsWhole(std::string_view log) {
  constexpr size_t kBlockBytes = 32 << 10;
  constexpr size_t kRecordHeaderBytes = 7;
  size_t at = 0;
  while (at < log.size()) {
    const size_t left = kBlockBytes - at % kBlockBytes;  // of the block
    if (left < kRecordHeaderBytes) {
      at += left;
      continue;
    }
    if (log.size() - at < kRecordHeaderBytes) return false;
    const auto low = static_cast<uint8_t>(log[at + 4]);
    const auto high = static_cast<uint8_t>(log[at + 5]);
    const size_t record = kRecordHeaderBytes + low + (size_t{high} << 8);
    if (record > left || record > log.size() - at) return false;
    at += record;
  }
  return true;
}

Status CheckLogs(const std::string& folder) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(".log") && !name.starts_with("MANIFEST-")) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (!EndsWhole(bytes))
      return Fail(Code::kCorrupt, "index: " + name + " does not end in a whole record");
  }
  return {};  // a folder that is not there yet is LevelDB's to make
}

}  // namespace

Status CheckDatabase(const leveldb::Status& status) {
  if (status.ok()) return {};
  const bool is_damage = status.IsCorruption() || status.IsNotFound();
  return Fail(is_damage ? Code::kCorrupt : Code::kIo, "index: " + status.ToString());
}

leveldb::ReadOptions CheckedRead(const leveldb::Snapshot* snapshot) {
  leveldb::ReadOptions options;
  options.verify_checksums = true;
  options.snapshot = snapshot;
  return options;
}

Database::Database() = default;
Database::~Database() = default;

Result<std::unique_ptr<Database>> Database::Open(const std::string& folder) {
  NARFI_TRY(CheckLogs(folder));
  std::unique_ptr<Database> database(new Database());
  NARFI_TRY(database->OpenAt(folder));
  return database;
}

Result<std::unique_ptr<Database>> Database::OpenInMemory() {
  std::unique_ptr<Database> database(new Database());
  database->memory_.reset(leveldb::NewMemEnv(leveldb::Env::Default()));
  NARFI_TRY(database->OpenAt("/index"));
  return database;
}

Status Database::OpenAt(const std::string& folder) {
  leveldb::Options options;
  if (memory_ != nullptr) options.env = memory_.get();
  options.create_if_missing = true;
  options.paranoid_checks = true;
  options.write_buffer_size = kWriteBufferBytes;
  options.max_file_size = kMaxFileBytes;
  options.filter_policy = KeyFilter();
  options.block_cache = BlockCache();
  leveldb::DB* opened = nullptr;
  const leveldb::Status status = leveldb::DB::Open(options, folder, &opened);
  db_.reset(opened);
  NARFI_TRY(CheckDatabase(status));
  std::string version;
  const std::string ours(1, static_cast<char>(kIndexVersion));
  const leveldb::Status found = db_->Get(CheckedRead(), VersionKey(), &version);
  if (found.IsNotFound()) return CheckDatabase(db_->Put({}, VersionKey(), ours));
  NARFI_TRY(CheckDatabase(found));
  if (version != ours) return Fail(Code::kCorrupt, "index: another format version");
  return {};
}

Status Database::Destroy(const std::string& folder) {
  return CheckDatabase(leveldb::DestroyDB(folder, {}));
}

}  // namespace narfi::index
