#include "base/tenant.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/hash.h"
#include "base/unicode.h"

namespace narfi {
namespace {

constexpr size_t kMaxFolderBytes = 200;
constexpr size_t kKeptFolderBytes = 160;

bool IsTenantAlnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool IsTenantByte(char c) {
  return IsTenantAlnum(c) ||
         (c != '\0' && std::string_view("!-_.*'()").find(c) != std::string_view::npos);
}

bool IsFolderByte(char c) { return IsTenantAlnum(c) || c == '_' || c == '-'; }

}  // namespace

Status CheckTenant(std::string_view tenant) {
  for (std::string_view rest = tenant; !rest.empty();) {
    const Rune rune = DecodeRune(rest);
    if (!IsTenantByte(rest.front())) {
      std::string shown;
      AppendRune(shown, rune.value);
      return Fail(Code::kInvalidArgument,
                  fmt::format("tenant ID '{}' contains unsupported character '{}'",
                              tenant.substr(0, 2 * kMaxTenantBytes), shown));
    }
    rest.remove_prefix(rune.bytes);
  }
  if (tenant.size() > kMaxTenantBytes) {
    return Fail(Code::kInvalidArgument,
                fmt::format("tenant ID is too long: max {} characters", kMaxTenantBytes));
  }
  if (tenant == "." || tenant == "..") {
    return Fail(Code::kInvalidArgument, "tenant ID is '.' or '..'");
  }
  return {};
}

Result<std::vector<std::string>> ParseTenants(std::string_view header) {
  if (header.empty()) return Fail(Code::kNotFound, "no org id");
  std::vector<std::string> tenants;
  for (;;) {
    const size_t bar = header.find('|');
    const std::string_view tenant = header.substr(0, bar);
    NARFI_TRY(CheckTenant(tenant));
    tenants.emplace_back(tenant);
    if (bar == std::string_view::npos) break;
    header.remove_prefix(bar + 1);
  }
  std::sort(tenants.begin(), tenants.end());
  tenants.erase(std::unique(tenants.begin(), tenants.end()), tenants.end());
  return tenants;
}

Result<std::string> ParseTenant(std::string_view header) {
  NARFI_ASSIGN(std::vector<std::string> tenants, ParseTenants(header));
  if (tenants.size() != 1) return Fail(Code::kInvalidArgument, "multiple org IDs present");
  if (tenants[0].empty()) return Fail(Code::kNotFound, "no org id");
  return std::move(tenants[0]);
}

std::string TenantFolder(std::string_view tenant) {
  std::string folder;
  for (const char c : tenant) {
    const bool leading = folder.empty() && c == '_';
    if (IsFolderByte(c) && !leading) {
      folder += c;
    } else {
      folder += fmt::format("%{:02X}", static_cast<uint8_t>(c));
    }
  }
  // Folders have at most 255 bytes; a longer one is cut and told apart by a hash. '~' is in no
  // other.
  if (folder.size() > kMaxFolderBytes)
    folder = folder.substr(0, kKeptFolderBytes) + "~" + ToHex(HashWide(tenant));
  return folder;
}

Result<std::string> TenantOfFolder(std::string_view folder) {
  std::string tenant;
  for (std::string_view rest = folder; !rest.empty();) {
    if (rest.front() != '%') {
      tenant += rest.front();
      rest.remove_prefix(1);
      continue;
    }
    uint8_t byte = 0;
    const char* end = rest.data() + std::min<size_t>(rest.size(), 3);
    const auto [stop, error] = std::from_chars(rest.data() + 1, end, byte, 16);
    if (rest.size() < 3 || error != std::errc{} || stop != end) {
      return Fail(Code::kInvalidArgument, fmt::format("'{}' is no tenant's folder", folder));
    }
    tenant += static_cast<char>(byte);
    rest.remove_prefix(3);
  }
  if (TenantFolder(tenant) != folder) {
    return Fail(Code::kInvalidArgument, fmt::format("'{}' is no tenant's folder", folder));
  }
  return tenant;
}

}  // namespace narfi
