// decolorize
#include "line/decolorize.h"
#include "query/exec/stage.h"

namespace narfi::query {
namespace {

class DecolorizeOp final : public StageOp {
 public:
  bool needs_line() const override { return true; }

  void Run(Batch& batch) override {
    for (const uint32_t row : batch.selection())
      batch.SetLine(row, line::Decolorize(batch.line(row), batch.arena()));
  }
};

}  // namespace

std::unique_ptr<StageOp> MakeDecolorize() { return std::make_unique<DecolorizeOp>(); }

}  // namespace narfi::query
