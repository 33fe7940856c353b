#include "line/go_expand.h"

#include <algorithm>
#include <cctype>

namespace narfi::line {
namespace {

int GroupOf(std::string_view name, const std::vector<std::string>& names) {
  const bool is_number =
      std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (is_number) return name.size() > 4 ? -1 : std::stoi(std::string(name));
  const auto found = std::find(names.begin(), names.end(), name);
  return found == names.end() ? -1 : static_cast<int>(found - names.begin()) + 1;
}

size_t NameLength(std::string_view text) {
  size_t length = 0;
  while (length < text.size() &&
         (std::isalnum(static_cast<unsigned char>(text[length])) != 0 || text[length] == '_'))
    ++length;
  return length;
}

}  // namespace

void AppendExpansion(std::string& dst, std::string_view replacement,
                     std::span<const std::string_view> groups,
                     const std::vector<std::string>& names) {
  while (!replacement.empty()) {
    const size_t dollar = std::min(replacement.find('$'), replacement.size());
    dst += replacement.substr(0, dollar);
    replacement.remove_prefix(dollar);
    if (replacement.empty()) return;
    replacement.remove_prefix(1);
    if (replacement.starts_with('$')) {
      dst += '$';
      replacement.remove_prefix(1);
      continue;
    }
    const bool braces = replacement.starts_with('{');
    const std::string_view text = braces ? replacement.substr(1) : replacement;
    const size_t length = NameLength(text);
    if (length == 0 || (braces && (length >= text.size() || text[length] != '}'))) {
      dst += '$';  // no name: it stands for itself
      continue;
    }
    replacement.remove_prefix(length + (braces ? 2 : 0));
    const int group = GroupOf(text.substr(0, length), names);
    if (group >= 0 && static_cast<size_t>(group) < groups.size())
      dst += groups[static_cast<size_t>(group)];
  }
}

}  // namespace narfi::line
