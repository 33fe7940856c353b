// Environment variables in a configuration text, replaced before YAML is parsed, as Loki does.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "config/flags.h"

namespace narfi::config {
namespace {

size_t NameLength(std::string_view text) {
  size_t length = 0;
  while (length < text.size() &&
         (std::isalnum(static_cast<unsigned char>(text[length])) != 0 || text[length] == '_')) {
    ++length;
  }
  return length;
}

}  // namespace

Result<std::string> ExpandEnvironment(std::string_view text, std::string_view name,
                                      std::vector<std::string>& warnings) {
  std::string out;
  size_t at = 0;
  while (true) {
    const size_t open = text.find("${", at);
    out += text.substr(at, open - at);
    if (open == std::string_view::npos) return out;
    const auto line =
        1 + std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(open), '\n');
    const size_t close = text.find('}', open);
    if (close == std::string_view::npos) {
      return Fail(Code::kInvalidArgument,
                  fmt::format("{}:{}: ${{ without a closing }}", name, line));
    }
    const std::string_view inside = text.substr(open + 2, close - open - 2);
    const std::string variable(inside.substr(0, NameLength(inside)));
    std::string_view rest = inside.substr(variable.size());
    if (variable.empty() || (!rest.empty() && rest[0] != ':')) {
      return Fail(Code::kInvalidArgument,
                  fmt::format("{}:{}: expected ${{VAR}} or ${{VAR:default}}, not ${{{}}}", name,
                              line, inside));
    }
    const bool has_default = !rest.empty();
    if (has_default) rest.remove_prefix(rest.starts_with(":-") ? 2 : 1);
    const char* value = std::getenv(variable.c_str());
    if (value != nullptr && (*value != '\0' || !has_default)) {
      out += value;
    } else {
      out += rest;
    }
    if (value == nullptr && !has_default) {
      warnings.push_back(
          fmt::format("{}:{}: ${{{}}} is not set: taken as empty", name, line, variable));
    }
    at = close + 1;
  }
}

}  // namespace narfi::config
