#include "query/exec/engine.h"

#include "query/exec/log_query.h"
#include "query/exec/metric_query.h"
#include "query/exec/monitor.h"
#include "query/logql/parser.h"
#include "query/plan/support.h"
#include "storage/block_tally.h"
#include "storage/damage.h"

namespace narfi::query {
namespace {

Result<std::shared_ptr<const logql::Expr>> ExprOf(const Request& request,
                                                  const QueryContext& context) {
  std::shared_ptr<const logql::Expr> expr = request.expr;
  if (expr == nullptr) {
    NARFI_ASSIGN(logql::Expr parsed, logql::Parse(request.query));
    expr = std::make_shared<const logql::Expr>(std::move(parsed));
  }
  NARFI_TRY(CheckSupported(*expr, {context.approx_topk, request.is_instant}));
  return expr;
}

}  // namespace

Result<QueryResult> Engine::Execute(const Request& request, const QueryContext& context) const {
  const int64_t started_ns = clock_.MonotonicNs();
  NARFI_ASSIGN(const std::shared_ptr<const logql::Expr> expr, ExprOf(request, context));
  const auto* selector = std::get_if<logql::LogSelector>(expr.get());
  if (selector != nullptr && request.is_instant) {
    return Fail(Code::kInvalidArgument,
                "log queries are not supported as an instant query type, please change your query "
                "to a range query type");
  }
  const auto attempt = [&](storage::DamageList& damage) -> Result<QueryResult> {
    QueryMonitor monitor(context, clock_, &damage);
    NARFI_TRY(monitor.Check());
    auto result = selector != nullptr ? RunLogQuery(*selector, request, source_, pool_, monitor)
                                      : RunMetricQuery(std::get<logql::SampleExpr>(*expr), request,
                                                       source_, pool_, monitor);
    if (result) result->memory = monitor.charge();
    return result;
  };
  storage::BlockTally blocks;  // of this thread, beside what scanners count
  const storage::BlockTallyScope counted(blocks);
  auto result = storage::RetryPastDamage(source_, attempt);
  if (result) {
    result->stats.exec_ns = clock_.MonotonicNs() - started_ns;
    result->stats.blocks.Add(blocks);
  }
  return result;
}

}  // namespace narfi::query
