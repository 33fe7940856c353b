// unpack
#include "line/unpack.h"
#include "query/exec/parsed_fields.h"
#include "query/exec/stage.h"

namespace narfi::query {
namespace {

constexpr std::string_view kUnpackError = "JSONParserErr";

class UnpackOp final : public StageOp {
 public:
  explicit UnpackOp(const StageContext& context) : context_(context), reader_(context.demand) {}

  bool needs_line() const override { return true; }

  // Where no field is looked at, the line inside is still the line from here on; what a parser
  // would complain about goes unseen, as it does for the parsers that are left out.
  void Run(Batch& batch) override {
    for (const uint32_t row : batch.selection()) {
      const auto result = reader_.Extract(batch.line(row), fields_, batch.arena());
      if (result.is_packed) batch.SetLine(row, result.entry);
      if (context_.skip_parsers) continue;
      AddParsedFields(batch, row, fields_);
      if (result.outcome.failed)
        batch.SetError(row, kUnpackError, result.outcome.details, context_.preserve_errors);
    }
  }

 private:
  const StageContext& context_;
  line::UnpackFields reader_;
  std::vector<line::Field> fields_;
};

}  // namespace

std::unique_ptr<StageOp> MakeUnpack(const StageContext& context) {
  return std::make_unique<UnpackOp>(context);
}

}  // namespace narfi::query
