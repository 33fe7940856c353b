// What can be said of a query without running it: format_query and explain.
#include "base/json_write.h"
#include "query/logql/parser.h"
#include "query/logql/printer.h"
#include "server/answer.h"
#include "server/extensions.h"
#include "server/params.h"
#include "server/services.h"

namespace narfi::server {
namespace {

// {"status":..., "data":...} or {"status":"invalid-query","error":...}
net::HttpResponse FormatQuery(const net::HttpRequest& request) {
  const auto expr = logql::ParseToPrint(TextParam(request, "query"));
  std::string body =
      expr ? R"({"status":"success","data":)" : R"({"status":"invalid-query","error":)";
  AppendJsonString(body, expr ? logql::PrettyPrint(*expr) : expr.error().text);
  net::HttpResponse answer = JsonAnswer(body + "}");
  if (!expr) answer.status = 400;
  return answer;
}

// The plan as text, one step a line; with `time` as an instant query, else as a range query.
Result<net::HttpResponse> HandleExplain(const Services& services, const ReadCall& call) {
  const bool is_instant = !TextParam(*call.request, "time").empty();
  NARFI_ASSIGN(auto request, is_instant ? ReadInstantQuery(*call.request, call.now_ns)
                                        : ReadRangeQuery(*call.request, call.now_ns));
  request.tenant = call.tenant;
  NARFI_ASSIGN(auto expr, logql::Parse(request.query, ParseOptionsOf(services, call)));
  request.expr = std::make_shared<const logql::Expr>(std::move(expr));
  NARFI_ASSIGN(auto text, services.queries.Explain(request, call.context));
  return TextAnswer(200, std::move(text));
}

}  // namespace

void AddAnalyseRoutes(Router& router, const Services& services) {
  router.Add(
      "GET POST", "/loki/api/v1/format_query", "loki_api_v1_format_query",
      [](const Call& call, const net::Respond& respond) { respond(FormatQuery(*call.request)); });
  router.Add("GET POST", "/loki/api/v1/explain", "loki_api_v1_explain",
             OnQueryPool(services, HandleExplain));
}

}  // namespace narfi::server
