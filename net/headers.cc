#include "net/headers.h"

#include <algorithm>

namespace narfi::net {
namespace {

char ToLowerAscii(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

std::string_view TrimBlanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool ListHasToken(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    const size_t comma = list.find(',');
    const std::string_view item = list.substr(0, comma);
    if (EqualsIgnoreCase(TrimBlanks(item.substr(0, item.find(';'))), token)) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
  return false;
}

}  // namespace

bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return ToLowerAscii(x) == ToLowerAscii(y);
         });
}

void Headers::Set(std::string_view name, std::string value) {
  std::erase_if(list_, [&](const Header& header) { return EqualsIgnoreCase(header.name, name); });
  list_.push_back({std::string(name), std::move(value)});
}

std::string_view Headers::Get(std::string_view name) const {
  for (const Header& header : list_) {
    if (EqualsIgnoreCase(header.name, name)) return header.value;
  }
  return {};
}

bool Headers::Has(std::string_view name) const {
  return std::any_of(list_.begin(), list_.end(),
                     [&](const Header& header) { return EqualsIgnoreCase(header.name, name); });
}

bool Headers::HasToken(std::string_view name, std::string_view token) const {
  return std::any_of(list_.begin(), list_.end(), [&](const Header& header) {
    return EqualsIgnoreCase(header.name, name) && ListHasToken(header.value, token);
  });
}

}  // namespace narfi::net
