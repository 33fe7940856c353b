// An object store of one object, in memory, whose bytes a test may change.
//
// Ownership: what it opens borrows its bytes.
// Threads:   one at a time.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "storage/object_store.h"

namespace narfi::storage {

class OneObject final : public ObjectStore {
 public:
  OneObject() = default;
  explicit OneObject(std::string with) : bytes(std::move(with)) {}

  std::string bytes;
  std::weak_ptr<const Object> opened;  // the latest one

  Result<std::unique_ptr<ObjectWriter>> Create(const std::string&) override {
    return std::unique_ptr<ObjectWriter>(std::make_unique<Writer>(bytes));
  }
  Result<std::shared_ptr<const Object>> Open(const std::string&) override {
    std::shared_ptr<const Object> object = std::make_shared<const Bytes>(bytes);
    opened = object;
    return object;
  }
  Result<std::vector<std::string>> List() override { return std::vector<std::string>{"x.seg"}; }
  Status Remove(const std::string&) override { return {}; }

 private:
  class Writer final : public ObjectWriter {
   public:
    explicit Writer(std::string& bytes) : bytes_(bytes) { bytes_.clear(); }
    Status Append(std::string_view more) override {
      bytes_ += more;
      return {};
    }
    Status Sync() override { return {}; }
    Status Commit() override { return {}; }

   private:
    std::string& bytes_;
  };
  class Bytes final : public Object {
   public:
    explicit Bytes(const std::string& bytes) : bytes_(bytes) {}
    uint64_t size() const override { return bytes_.size(); }
    Status Read(uint64_t offset, size_t count, std::string& dst) const override {
      if (offset > bytes_.size() || count > bytes_.size() - offset)
        return Fail(Code::kCorrupt, "ends early");
      dst.assign(bytes_, offset, count);
      return {};
    }

   private:
    const std::string& bytes_;
  };
};

}  // namespace narfi::storage
