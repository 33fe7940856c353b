// Where immutable objects lie: local folders now, an S3-compatible store later. Nobody reaches a
// segment through a path of the machine, only through here.
//
// Names:   "tenant/2026-11-20/0123...ef.seg": '/' separates, no "..".
// Threads: an ObjectStore and an Object are safe; an ObjectWriter is not.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace narfi::storage {

class Object {
 public:
  virtual ~Object() = default;
  virtual uint64_t size() const = 0;
  // Exactly `count` bytes at `offset`; kCorrupt when the object is shorter.
  virtual Status Read(uint64_t offset, size_t count, std::string& dst) const = 0;
};

// An object on its way. Invisible until Commit() has returned; dropped when destroyed before.
class ObjectWriter {
 public:
  virtual ~ObjectWriter() = default;
  virtual Status Append(std::string_view bytes) = 0;
  // Makes durable what was appended so far, so that Commit() has little left to do. Not needed for
  // anything else; after a failure only dropping it helps.
  virtual Status Sync() = 0;
  // Makes the object durable and visible, all of it at once.
  virtual Status Commit() = 0;
};

class ObjectStore {
 public:
  virtual ~ObjectStore() = default;
  virtual Result<std::unique_ptr<ObjectWriter>> Create(const std::string& name) = 0;
  virtual Result<std::shared_ptr<const Object>> Open(const std::string& name) = 0;
  // Names of all objects, and of what unfinished writers left behind (they end in ".tmp").
  virtual Result<std::vector<std::string>> List() = 0;
  // Durable when it returns; kNotFound when there is no such object.
  virtual Status Remove(const std::string& name) = 0;
};

// Objects as files below `root`, through `fs`, which is borrowed.
std::unique_ptr<ObjectStore> MakeLocalObjectStore(FileSystem& fs, std::string root);

}  // namespace narfi::storage
