#include "ingest/paced_store.h"

#include <algorithm>

namespace narfi::ingest {
namespace {

class PacedWriter final : public storage::ObjectWriter {
 public:
  PacedWriter(std::unique_ptr<storage::ObjectWriter> object, uint64_t piece_bytes,
              const PacedStore::BeforeWrite& before)
      : object_(std::move(object)), piece_bytes_(piece_bytes), before_(before) {}

  Status Append(std::string_view bytes) override {
    while (!bytes.empty()) {
      const std::string_view piece =
          bytes.substr(0, std::min<uint64_t>(bytes.size(), piece_bytes_ - unsynced_));
      bytes.remove_prefix(piece.size());
      NARFI_TRY(before_(piece.size()));
      NARFI_TRY(object_->Append(piece));
      unsynced_ += piece.size();
      if (unsynced_ >= piece_bytes_) NARFI_TRY(Sync());
    }
    return {};
  }

  Status Sync() override {
    unsynced_ = 0;
    return object_->Sync();
  }

  Status Commit() override { return object_->Commit(); }

 private:
  const std::unique_ptr<storage::ObjectWriter> object_;
  const uint64_t piece_bytes_;
  const PacedStore::BeforeWrite before_;
  uint64_t unsynced_ = 0;
};

}  // namespace

Result<std::unique_ptr<storage::ObjectWriter>> PacedStore::Create(const std::string& name) {
  NARFI_ASSIGN(auto object, store_.Create(name));
  return std::make_unique<PacedWriter>(std::move(object), piece_bytes_, before_);
}

}  // namespace narfi::ingest
