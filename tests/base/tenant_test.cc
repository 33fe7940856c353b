#include "base/tenant.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>

namespace narfi {
namespace {

TEST_CASE("CheckTenant knows Loki's rules and words") {
  for (const char* tenant :
       {"fake", "under_score", "(paren)", "quote'ok", "star*", "dot.dash-", "a!b", "...", "Z9"}) {
    CAPTURE(std::string(tenant));
    CHECK(CheckTenant(tenant).has_value());
  }
  CHECK(CheckTenant(std::string(150, 'x')).has_value());
  const std::pair<std::string, std::string> kBad[] = {
      {"a/b", "tenant ID 'a/b' contains unsupported character '/'"},
      {"sp ace", "tenant ID 'sp ace' contains unsupported character ' '"},
      {"a\"b", "tenant ID 'a\"b' contains unsupported character '\"'"},
      {"a%b", "tenant ID 'a%b' contains unsupported character '%'"},
      {"\xc3\xbc", "tenant ID '\xc3\xbc' contains unsupported character '\xc3\xbc'"},
      {".", "tenant ID is '.' or '..'"},
      {"..", "tenant ID is '.' or '..'"},
      {std::string(151, 'x'), "tenant ID is too long: max 150 characters"},
  };
  for (const auto& [tenant, text] : kBad) {
    const Status status = CheckTenant(tenant);
    REQUIRE_FALSE(status.has_value());
    CHECK(status.error().text == text);
    CHECK(status.error().code == Code::kInvalidArgument);
  }
}

TEST_CASE("a push has one tenant, a read may have several") {
  CHECK(*ParseTenant("a") == "a");
  CHECK(*ParseTenant("a|a") == "a");
  CHECK(ParseTenant("").error().text == "no org id");
  CHECK(ParseTenant("").error().code == Code::kNotFound);
  CHECK(ParseTenant("a|b").error().text == "multiple org IDs present");
  CHECK(ParseTenant("a|b").error().code == Code::kInvalidArgument);
  CHECK(ParseTenant("a|b/c").error().text == "tenant ID 'b/c' contains unsupported character '/'");
  CHECK(*ParseTenants("b|a|b") == std::vector<std::string>{"a", "b"});
  CHECK(ParseTenants("").error().code == Code::kNotFound);
}

TEST_CASE("TenantFolder is safe as a folder, distinct, and can be read back") {
  const std::pair<std::string, std::string> kFolders[] = {
      {"fake", "fake"}, {"team-a_1", "team-a_1"}, {"_x", "%5Fx"},
      {"__", "%5F_"},   {"a.b", "a%2Eb"},         {"...", "%2E%2E%2E"},
      {"*", "%2A"},     {"(a)", "%28a%29"},       {"a!'", "a%21%27"},
  };
  for (const auto& [tenant, folder] : kFolders) {
    CAPTURE(tenant);
    CHECK(TenantFolder(tenant) == folder);
    CHECK(*TenantOfFolder(folder) == tenant);
  }
  for (const char* folder : {"_x", "a.b", "%", "%4", "%zz", "%41", "a%2eb", "%2"}) {
    CAPTURE(std::string(folder));
    CHECK_FALSE(TenantOfFolder(folder).has_value());
  }
}

}  // namespace
}  // namespace narfi
