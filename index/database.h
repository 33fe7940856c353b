// The LevelDB behind the index: opened so that damage shows, made anew when it does.
//
// LevelDB goes around our file seam, since what it holds can always be made again. Every read
// verifies checksums. Its logs must end in a whole record: LevelDB itself takes a damaged length at
// the end of a log for a write that was torn, and forgets the records behind it without a word.
//
// Threads: as leveldb::DB.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"

namespace leveldb {
class DB;
class Env;
class Snapshot;
class Status;
struct ReadOptions;
}  // namespace leveldb

namespace narfi::index {

// What a status says; a file of the database that is gone is damage, and so is a key that is not
// found: callers look at IsNotFound() first where it may be.
Status CheckDatabase(const leveldb::Status& status);

// Options of every read: with checksums, and of `snapshot` if there is one.
leveldb::ReadOptions CheckedRead(const leveldb::Snapshot* snapshot = nullptr);

class Database {
 public:
  // What lies in `folder`, or an empty one; kCorrupt when it is damaged or of another version.
  static Result<std::unique_ptr<Database>> Open(const std::string& folder);
  static Result<std::unique_ptr<Database>> OpenInMemory();
  // Removes what Open() finds there. No Database may be open in `folder`.
  static Status Destroy(const std::string& folder);

  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  leveldb::DB& operator*() const { return *db_; }
  leveldb::DB* operator->() const { return db_.get(); }

 private:
  Database();
  Status OpenAt(const std::string& folder);

  std::unique_ptr<leveldb::Env> memory_;  // outlives db_
  std::unique_ptr<leveldb::DB> db_;
};

}  // namespace narfi::index
