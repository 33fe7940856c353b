#include "server/router.h"

#include <doctest/doctest.h>

namespace narfi::server {
namespace {

struct Answered {
  int status = 0;
  std::string body;
  std::string location;
};

class Routes {
 public:
  explicit Routes(std::string prefix = "") : router_(std::move(prefix)) {
    router_.Add("GET POST", "/api/labels", "labels", Say("labels"));
    router_.Add("GET", "/api/label/{name}/values", "values", [](Call call, net::Respond respond) {
      respond({.status = 200, .body = "values of " + call.parts.at(0)});
    });
  }
  Answered Ask(const std::string& method, const std::string& path, const std::string& query = "") {
    auto request = std::make_shared<net::HttpRequest>();
    request->method = method;
    request->path = path;
    request->target = path + query;
    Answered out;
    router_.Handle(request, [&](net::HttpResponse response) {
      out = {response.status, response.body, std::string(response.headers.Get("Location"))};
    });
    return out;
  }

 private:
  static RouteHandler Say(std::string text) {
    return [text](const Call&, const net::Respond& respond) {
      respond({.status = 200, .body = text});
    };
  }
  Router router_;
};

TEST_CASE("paths find their handlers, and parts in braces what they match") {
  Routes routes;
  CHECK(routes.Ask("GET", "/api/labels").body == "labels");
  CHECK(routes.Ask("POST", "/api/labels").body == "labels");
  CHECK(routes.Ask("HEAD", "/api/labels").status == 200);
  CHECK(routes.Ask("GET", "/api/label/a b/values").body == "values of a b");
}

TEST_CASE("unknown paths are 404, other methods 405") {
  Routes routes;
  CHECK(routes.Ask("GET", "/api").status == 404);
  CHECK(routes.Ask("GET", "/api/labels/more").status == 404);
  CHECK(routes.Ask("GET", "/api/label/x").status == 404);
  CHECK(routes.Ask("DELETE", "/api/labels").status == 405);
  CHECK(routes.Ask("GET", "/nosuch").body == "404 page not found\n");
}

TEST_CASE("a prefix stands in front of every path") {
  Routes routes("/logs");
  CHECK(routes.Ask("GET", "/logs/api/labels").body == "labels");
  CHECK(routes.Ask("GET", "/logs/api/label/a/values").body == "values of a");
  CHECK(routes.Ask("GET", "/api/labels").status == 404);
}

TEST_CASE("unclean paths are sent to clean ones, with their query") {
  Routes routes;
  CHECK(routes.Ask("GET", "/api//labels", "?a=1").location == "/api/labels?a=1");
  CHECK(routes.Ask("GET", "/api/x/../labels").location == "/api/labels");
  CHECK(routes.Ask("GET", "/api/label//values").status == 301);
}

}  // namespace
}  // namespace narfi::server
