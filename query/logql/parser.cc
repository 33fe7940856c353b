#include "query/logql/parser.h"

#include <fmt/format.h>

#include "query/logql/grammar.h"
#include "query/logql/runnable.h"
#include "query/logql/stage_check.h"

namespace narfi::logql {
namespace {

Status CheckLength(std::string_view text) {
  if (text.size() <= kMaxQueryBytes) return {};
  return Fail(Code::kInvalidArgument,
              ParseErrorText({0, 0}, fmt::format("input size too long ({} > {})", text.size(),
                                                 kMaxQueryBytes)));
}

Result<std::vector<Matcher>> TakeMatchers(Result<Expr> expr) {
  if (!expr) return tl::unexpected<Error>(std::move(expr).error());
  auto* log = std::get_if<LogSelector>(&*expr);
  if (log == nullptr || !log->stages.empty()) {
    return Fail(Code::kInvalidArgument, "only label matchers are supported");
  }
  return std::move(log->matchers);
}

}  // namespace

Result<Expr> Parse(std::string_view query, ParseOptions options) {
  NARFI_TRY(CheckLength(query));
  NARFI_ASSIGN(Expr expr, Grammar(query, options).ParseWhole());
  NARFI_TRY(FinishStages(expr));
  NARFI_TRY(CheckRunnable(expr));
  return expr;
}

Result<Expr> ParseToPrint(std::string_view query) {
  NARFI_TRY(CheckLength(query));
  return Grammar(query).ParseWhole();
}

Result<LogSelector> ParseLogSelector(std::string_view query) {
  NARFI_ASSIGN(Expr expr, Parse(query));
  auto* log = std::get_if<LogSelector>(&expr);
  if (log == nullptr) return Fail(Code::kInvalidArgument, "only log selector is supported");
  return std::move(*log);
}

Result<std::vector<Matcher>> ParseSelector(std::string_view selector) {
  return TakeMatchers(Parse(selector));
}

Result<std::vector<Matcher>> ParseOpenSelector(std::string_view selector) {
  NARFI_TRY(CheckLength(selector));
  if (Grammar(selector).IsOpenSelector()) return std::vector<Matcher>{};
  return ParseSelector(selector);
}

}  // namespace narfi::logql
