#include "net/request_head.h"

#include <doctest/doctest.h>

namespace narfi::net {
namespace {

struct HeadCase {
  std::string_view target;
  Headers headers;
  int want_status;
  std::string_view want;  // the path, or the sentence
};

TEST_CASE("ReadHead takes targets apart and says what is wrong with a head") {
  const Headers host = {{"Host", "h"}};
  const HeadCase cases[] = {
      {"/ready", host, 0, "/ready"},
      {"/a%20b?x=1", host, 0, "/a b"},
      {"http://h:80/metrics?x=1", host, 0, "/metrics"},
      {"HTTPS://h", host, 0, "/"},
      {"*", host, 0, "*"},
      {"ready", host, 400, "the request target \"ready\" is no path"},
      {"/%zz", host, 400, "invalid URL escape \"%zz\""},
      {"/", {}, 400, "the Host header is missing"},
      {"/", {{"Host", "h"}, {"Transfer-Encoding", "Chunked"}}, 0, "/"},
      {"/",
       {{"Host", "h"}, {"Transfer-Encoding", "gzip, chunked"}},
       501,
       "of transfer encodings only \"chunked\" is understood, not \"gzip, chunked\""},
      {"/", {{"Host", "h"}, {"Expect", "100-Continue"}}, 0, "/"},
      {"/",
       {{"Host", "h"}, {"Expect", "200-ok"}},
       417,
       "only \"100-continue\" can be expected, not \"200-ok\""},
      {"/",
       {{"Host", "h"}, {"Content-Length", "12x"}},
       400,
       "the Content-Length \"12x\" is no number"},
  };
  for (const HeadCase& c : cases) {
    CAPTURE(std::string(c.target));
    HttpRequest request;
    request.method = "GET";
    request.target = c.target;
    request.headers = c.headers;
    const HeadProblem problem = ReadHead(request, 1);
    CHECK(problem.status == c.want_status);
    CHECK((c.want_status == 0 ? request.path : problem.sentence) == c.want);
  }
}

TEST_CASE("a request of HTTP/1.0 needs no Host") {
  HttpRequest request;
  request.target = "/";
  CHECK(ReadHead(request, 0).status == 0);
}

TEST_CASE("a bad parameter is left out and remembered") {
  HttpRequest request;
  request.target = "/q?a=%zz&b=2";
  REQUIRE(ReadHead(request, 0).status == 0);
  CHECK(request.params == Params{{"b", "2"}});
  CHECK(request.params_error == "invalid URL escape \"%zz\"");
}

TEST_CASE("the pairs of a form come before those of the target") {
  HttpRequest request;
  request.method = "POST";
  request.target = "/q?limit=1&x=y";
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=UTF-8"}};
  request.body = "query=%7B%7D&limit=2";
  REQUIRE(ReadHead(request, 0).status == 0);
  REQUIRE(HasFormBody(request));
  ReadFormBody(request);
  CHECK(request.params == Params{{"query", "{}"}, {"limit", "2"}, {"limit", "1"}, {"x", "y"}});
  REQUIRE(request.Param("limit") != nullptr);
  CHECK(*request.Param("limit") == "2");
  request.method = "GET";
  CHECK_FALSE(HasFormBody(request));
}

}  // namespace
}  // namespace narfi::net
