// An object store whose writers take their time: for merges, which nobody waits for.
//
// What is written goes in pieces; before each one a function may wait, or end the whole. Pieces are
// synced as they add up, so that a sync of the write-ahead log never stands behind more than that.
//
// Ownership: borrows the store.
// Threads:   as the store; each writer one at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "storage/object_store.h"

namespace narfi::ingest {

class PacedStore final : public storage::ObjectStore {
 public:
  // Before `bytes` are written. An error ends the write with it.
  using BeforeWrite = std::function<Status(uint64_t bytes)>;

  PacedStore(storage::ObjectStore& store, uint64_t piece_bytes, BeforeWrite before)
      : store_(store), piece_bytes_(piece_bytes), before_(std::move(before)) {}

  Result<std::unique_ptr<storage::ObjectWriter>> Create(const std::string& name) override;
  Result<std::shared_ptr<const storage::Object>> Open(const std::string& name) override {
    return store_.Open(name);
  }
  Result<std::vector<std::string>> List() override { return store_.List(); }
  Status Remove(const std::string& name) override { return store_.Remove(name); }

 private:
  storage::ObjectStore& store_;
  const uint64_t piece_bytes_;
  const BeforeWrite before_;
};

}  // namespace narfi::ingest
