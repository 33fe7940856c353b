#include "line/ip_match.h"

#include <doctest/doctest.h>

#include <string>

namespace narfi::line {
namespace {

struct Case {
  std::string_view pattern;
  std::string_view text;
  bool want = true;
};

constexpr Case kCases[] = {
    {"10.0.0.1", "10.0.0.1"},
    {"10.0.0.1", "src=10.0.0.1, dst=-"},
    {"10.0.0.1", "10.0.0.1:8080"},
    {"10.0.0.1", "node:10.0.0.1"},
    {"10.0.0.1", "/10.0.0.1"},
    {"10.0.0.1", "12:30:01 10.0.0.1"},
    {"10.0.0.1", "110.0.0.1", false},
    {"10.0.0.1", "10.0.0.12", false},
    {"10.0.0.1", "10.0.0.1.5", false},
    {"10.0.0.1", "010.0.0.1", false},
    {"10.0.0.1", "10.0.0", false},
    {"10.0.0.1", "", false},
    {"10.0.0.0/24", "10.0.0.255"},
    {"10.0.0.0/24", "10.0.1.0", false},
    {"10.0.0.77/24", "10.0.0.1"},  // the bits behind the prefix do not count
    {"10.0.0.1/32", "10.0.0.1"},
    {"0.0.0.0/0", "8.8.8.8"},
    {"0.0.0.0/0", "::1", false},
    {"0.0.0.0/0", "999.1.1.1 and 1.2.3.4.5", false},
    {"10.0.0.5-10.0.0.7", "10.0.0.5"},
    {"10.0.0.5-10.0.0.7", "10.0.0.7"},
    {"10.0.0.5-10.0.0.7", "10.0.0.8", false},
    {"10.0.0.5-10.0.0.7", "10.0.0.4,10.0.0.6"},
    {"2001:db8::1", "src=2001:db8::1 dst=fe80::1"},
    {"2001:db8::1", "2001:DB8:0:0:0:0:0:1"},
    {"2001:db8::1", "2001:db8::12", false},
    {"2001:db8::/32", "[2001:db8::5]:443"},
    {"2001:db8::/32", "from:2001:db8::5"},
    {"2001:db8::/64", "2001:db8:0:1::", false},
    {"2001:db8::1-2001:db8::8", "2001:db8::8"},
    {"::1", "src=::1 dst=127.0.0.1"},
    {"::/0", "12:30:01 and 0:0:0:0:0:0:0:0:2181", false},
    {"::/0", "8.8.8.8", false},
    {"::ffff:10.0.0.0/104", "::ffff:10.1.2.3"},
    {"10.0.0.0/8", "::ffff:10.1.2.3", false},
};

TEST_CASE("Addresses are found in text") {
  for (const Case& c : kCases) {
    CAPTURE(std::string(c.pattern));
    CAPTURE(std::string(c.text));
    const auto matcher = IpMatcher::Parse(c.pattern);
    REQUIRE(matcher.has_value());
    CHECK(matcher->IsIn(c.text) == c.want);
  }
}

TEST_CASE("What is no address, range or prefix is refused") {
  for (const std::string bad :
       {"", "nope", "10.0.0", "10.0.0.256", "10.0.0.01", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/",
        "10.0.0.0/08", "::/129", "1.1.1.1-nope", "1.1.1.2-1.1.1.1", "1.1.1.1-::1", "1.1.1.1 ",
        "1:2:3", "fe80::1%eth0"}) {
    CAPTURE(bad);
    const auto matcher = IpMatcher::Parse(bad);
    REQUIRE(!matcher.has_value());
    CHECK(matcher.error().text == "ip: invalid pattern: \"" + bad + "\"");
  }
}

}  // namespace
}  // namespace narfi::line
