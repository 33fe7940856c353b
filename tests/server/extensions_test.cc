#include "server/extensions.h"

#include <doctest/doctest.h>

namespace narfi::server {
namespace {

struct WithHeader : net::HttpRequest {
  WithHeader(std::string name, std::string value) {
    headers.Add(std::move(name), std::move(value));
  }
};

TEST_CASE("extensions are for requests that ask for them, or tenants that have them") {
  CHECK(!HasExtensions({}, {}));
  CHECK(HasExtensions({}, WithHeader("x-narfi-extensions", "1")));
  CHECK(!HasExtensions({}, WithHeader("X-Narfi-Extensions", "0")));
  config::Limits limits;
  limits.narfi_extensions = true;
  CHECK(HasExtensions(limits, {}));
}

TEST_CASE("too many series are cut for Logs Drilldown, which gets no other extension") {
  CHECK(!WantsPartialSeries({}, {}));
  CHECK(WantsPartialSeries({}, WithHeader("X-Narfi-Extensions", "1")));
  CHECK(!WantsPartialSeries({}, WithHeader("X-Query-Tags", "Source=grafana")));
  const WithHeader drilldown("X-Query-Tags", "User=a,Source=grafana-lokiexplore-app");
  CHECK(WantsPartialSeries({}, drilldown));
  CHECK(!HasExtensions({}, drilldown));
}

}  // namespace
}  // namespace narfi::server
