#include "shipper/glob.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "tests/support/temp_folder.h"

namespace narfi::shipper {
namespace {

struct GlobCase {
  std::string_view pattern;
  std::string_view path;
  bool want;
};

constexpr GlobCase kGlobs[] = {
    {"/a/*.log", "/a/b.log", true},
    {"/a/*.log", "/a/.log", true},
    {"/a/*.log", "/a/b/c.log", false},
    {"/a/*.log", "/a/b.log.1", false},
    {"/a/**/*.log", "/a/c.log", true},
    {"/a/**/*.log", "/a/b/c/d.log", true},
    {"/a/**", "/a/b/c", true},
    {"/**/x", "/x", true},
    {"/a/b?.log", "/a/bc.log", true},
    {"/a/b?.log", "/a/b.log", false},
    {"/a/[bc].log", "/a/c.log", true},
    {"/a/[!bc].log", "/a/c.log", false},
    {"/a/[b-d].log", "/a/c.log", true},
    {"/a/[b-d].log", "/a/e.log", false},
    {"/a/{b,c*}.log", "/a/cat.log", true},
    {"/a/{b,c}.log", "/a/d.log", false},
    {"/{a,b/{c,d}}/e", "/b/d/e", true},
    {"/a/\\*.log", "/a/*.log", true},
    {"/a/\\*.log", "/a/b.log", false},
    {"a/*", "/a/b", false},
    {"*a*b*", "xxaxxbxx", true},
    {"*a*b*", "xxbxxaxx", false},
    {"/a/[.log", "/a/[.log", false},
    {"/a/{b.log", "/a/b.log", false},
    {"/a/**b", "/a/xb", true},
};

TEST_CASE("patterns fit the paths that Promtail's do") {
  for (const GlobCase& c : kGlobs) {
    CAPTURE(std::string(c.pattern));
    CAPTURE(std::string(c.path));
    CHECK(GlobMatches(c.pattern, c.path) == c.want);
  }
}

TEST_CASE("a pattern of many stars does not take for ever") {
  CHECK_FALSE(GlobMatches("*a*a*a*a*a*a*a*a*a*a*a*a*b", std::string(5000, 'a')));
}

TEST_CASE("a malformed pattern is an error that says what is missing") {
  CHECK(CheckGlob("/a/[b").error().text == "pattern \"/a/[b\": [ without ]");
  CHECK(CheckGlob("/a/{b").error().text == "pattern \"/a/{b\": { without }");
  CHECK(CheckGlob("{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}")
            .error()
            .text.find("too many alternatives") != std::string::npos);
  CHECK(CheckGlob("/a/**/[b]/{c,d}/*").has_value());
}

TEST_CASE("patterns find files, and the folders where more may appear") {
  testing::TempFolder folder;
  const std::string root = folder.path();
  for (const char* name : {"/x", "/x/y", "/x/y/z"}) mkdir((root + name).c_str(), 0755);
  for (const char* name : {"/a.log", "/x/b.log", "/x/y/z/c.log", "/x/no.txt"})
    std::ofstream(root + name) << "x";
  CHECK(symlink((root + "/x").c_str(), (root + "/x/y/circle").c_str()) == 0);
  CHECK(symlink((root + "/a.log").c_str(), (root + "/x/link.log").c_str()) == 0);
  using Paths = std::vector<std::string>;
  CHECK(ExpandGlob(root + "/*.log").files == Paths{root + "/a.log"});
  CHECK(ExpandGlob(root + "/**/*.log").files ==
        Paths{root + "/a.log", root + "/x/b.log", root + "/x/link.log", root + "/x/y/z/c.log"});
  CHECK(ExpandGlob(root + "/{a,x/b}.log").files == Paths{root + "/a.log", root + "/x/b.log"});
  CHECK(ExpandGlob(root + "/a.log").folders == Paths{root});
  CHECK(ExpandGlob(root + "/*.log").folders == Paths{root});
  CHECK(ExpandGlob(root + "/none/deep/*.log").folders == Paths{root});
  CHECK(ExpandGlob(root + "/none/*.log").files.empty());
}

}  // namespace
}  // namespace narfi::shipper
