// drop a, b="c" and keep a, b=~"c"
#include "query/exec/stage.h"

namespace narfi::query {
namespace {

bool Accepts(const logql::NameOrMatcher& entry, std::string_view value) {
  return !entry.matcher || entry.matcher->Accepts(value);
}

class DropOp final : public StageOp {
 public:
  explicit DropOp(const logql::DropStage& stage) : stage_(stage) {}

  void Run(Batch& batch) override {
    for (const logql::NameOrMatcher& entry : stage_.labels) {
      for (const uint32_t row : batch.selection()) DropFrom(batch, row, entry);
    }
  }

 private:
  static void DropFrom(Batch& batch, uint32_t row, const logql::NameOrMatcher& entry) {
    const bool is_details = entry.name == kErrorDetailsLabel;
    const auto value = is_details ? batch.error(row).details : batch.Get(row, entry.name);
    if (!Accepts(entry, value.value_or(std::string_view()))) return;
    if (entry.name == kErrorLabel) {
      batch.ClearError(row);
    } else if (is_details) {
      batch.SetErrorDetails(row, {});
    } else if (value) {
      batch.Delete(row, entry.name);
    }
  }

  const logql::DropStage& stage_;
};

// Errors stay whatever is kept.
class KeepOp final : public StageOp {
 public:
  explicit KeepOp(const logql::KeepStage& stage) : stage_(stage) {}

  void Run(Batch& batch) override {
    for (const uint32_t row : batch.selection()) {
      names_.clear();
      for (const Batch::Change& change : batch.changes(row)) {
        if (!change.deleted && !Keeps(change.name, change.value)) names_.push_back(change.name);
      }
      for (const Field& pair : batch.metadata(row)) NoteBelow(batch, row, pair.name, pair.value);
      for (const Label& label : batch.stream()) NoteBelow(batch, row, label.name, label.value);
      for (const std::string_view name : names_) batch.Delete(row, name);
      if (!Keeps(kPreserveErrorLabel, "true")) batch.ClearPreserve(row);
    }
  }

 private:
  // A label below the changes: it goes unless it is kept, or hidden already.
  void NoteBelow(const Batch& batch, uint32_t row, std::string_view name, std::string_view value) {
    for (const Batch::Change& change : batch.changes(row)) {
      if (change.name == name) return;
    }
    if (!Keeps(name, value)) names_.push_back(name);
  }

  bool Keeps(std::string_view name, std::string_view value) const {
    for (const logql::NameOrMatcher& entry : stage_.labels) {
      if (entry.name == name && Accepts(entry, value)) return true;
    }
    return false;
  }

  const logql::KeepStage& stage_;
  std::vector<std::string_view> names_;
};

}  // namespace

std::unique_ptr<StageOp> MakeDrop(const logql::DropStage& stage) {
  return std::make_unique<DropOp>(stage);
}
std::unique_ptr<StageOp> MakeKeep(const logql::KeepStage& stage) {
  return std::make_unique<KeepOp>(stage);
}

}  // namespace narfi::query
