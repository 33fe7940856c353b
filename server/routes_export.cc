// export: all lines of a log query, as long as they are.
#include "query/logql/parser.h"
#include "server/answer.h"
#include "server/export_writer.h"
#include "server/extensions.h"
#include "server/params.h"
#include "server/query_limits.h"
#include "server/query_stream.h"
#include "server/services.h"

namespace narfi::server {
namespace {

Result<query::Request> ReadExport(const Services& services, const ReadCall& call) {
  NARFI_ASSIGN(query::Request request, ReadRangeQuery(*call.request, call.now_ns));
  request.tenant = call.tenant;
  request.categorize = true;
  if (TextParam(*call.request, "direction").empty()) request.direction = query::Direction::kForward;
  if (request.interval_ns != 0) return Fail(Code::kInvalidArgument, "an export has no interval");
  NARFI_ASSIGN(auto expr, logql::Parse(request.query, ParseOptionsOf(services, call)));
  if (!std::holds_alternative<logql::LogSelector>(expr))
    return Fail(Code::kInvalidArgument, "only log selector is supported");
  request.expr = std::make_shared<const logql::Expr>(std::move(expr));
  request.limit = 1;  // the lines of an export are no matter of limits
  ClampLookback(request, services);
  NARFI_TRY(CheckTenantLimits(request, services));
  NARFI_ASSIGN(request.limit, ReadLimit(*call.request, UINT64_MAX));
  return request;
}

Result<net::HttpResponse> HandleExport(const Services& services, const ReadCall& call) {
  NARFI_ASSIGN(query::Request request, ReadExport(services, call));
  ExportCursor cursor;
  const std::string_view text = TextParam(*call.request, "cursor");
  if (!text.empty()) {
    NARFI_ASSIGN(cursor, ParseExportCursor(text));
  }
  const auto writer = std::make_shared<ExportWriter>(services, std::move(request),
                                                     text.empty() ? nullptr : &cursor);
  net::HttpResponse answer;
  answer.content_type = "application/x-ndjson";
  NARFI_TRY(StreamPages(
      services, call,
      [writer](const query::QueryContext& context, std::string& piece) {
        return writer->Write(context, piece);
      },
      ExportWriter::AppendError, answer));
  return answer;
}

}  // namespace

void AddExportRoutes(Router& router, const Services& services) {
  router.Add("GET POST", "/loki/api/v1/export", "loki_api_v1_export",
             OnQueryPool(services, HandleExport));
}

}  // namespace narfi::server
