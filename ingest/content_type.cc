#include "ingest/content_type.h"

#include <algorithm>
#include <vector>

namespace narfi::ingest {
namespace {

constexpr std::string_view kHeaderSpace = " \t\r\n";

bool IsTokenByte(char c) {
  constexpr std::string_view kSeparators = "()<>@,;:\\\"/[]?=";
  return c > ' ' && c < 0x7F && kSeparators.find(c) == std::string_view::npos;
}

std::string_view TakeToken(std::string_view& rest) {
  const auto end = std::find_if_not(rest.begin(), rest.end(), IsTokenByte);
  const std::string_view token = rest.substr(0, static_cast<size_t>(end - rest.begin()));
  rest.remove_prefix(token.size());
  return token;
}

std::string_view TrimLeft(std::string_view text) {
  const size_t begin = text.find_first_not_of(kHeaderSpace);
  return begin == std::string_view::npos ? std::string_view() : text.substr(begin);
}

std::string_view Trim(std::string_view text) {
  text = TrimLeft(text);
  return text.substr(0, text.find_last_not_of(kHeaderSpace) + 1);
}

std::string ToLower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

// The text between quotes at the front of `rest`; false when it does not end.
bool SkipQuoted(std::string_view& rest) {
  for (size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] == '\\') {
      ++i;
    } else if (rest[i] == '"') {
      rest.remove_prefix(i + 1);
      return true;
    }
  }
  return false;
}

// One `; name=value`. The name in lower case, or empty when it is malformed.
std::string TakeParameter(std::string_view& rest) {
  std::string_view in = TrimLeft(rest);
  if (!in.starts_with(';')) return {};
  in = TrimLeft(in.substr(1));
  std::string name = ToLower(TakeToken(in));
  in = TrimLeft(in);
  if (name.empty() || !in.starts_with('=')) return {};
  in = TrimLeft(in.substr(1));
  if (in.starts_with('"') ? !SkipQuoted(in) : TakeToken(in).empty()) return {};
  rest = in;
  return name;
}

Status CheckParameters(std::string_view rest) {
  std::vector<std::string> names;
  while (!(rest = TrimLeft(rest)).empty()) {
    std::string name = TakeParameter(rest);
    if (name.empty()) {
      if (Trim(rest) == ";") return {};
      return Fail(Code::kInvalidArgument, "mime: invalid media parameter");
    }
    if (std::find(names.begin(), names.end(), name) != names.end()) {
      return Fail(Code::kInvalidArgument, "mime: duplicate parameter name");
    }
    names.push_back(std::move(name));
  }
  return {};
}

Status CheckType(std::string_view type) {
  if (TakeToken(type).empty()) return Fail(Code::kInvalidArgument, "mime: no media type");
  if (type.empty()) return {};
  if (type.front() != '/') {
    return Fail(Code::kInvalidArgument, "mime: expected slash after first token");
  }
  type.remove_prefix(1);
  if (TakeToken(type).empty()) {
    return Fail(Code::kInvalidArgument, "mime: expected token after slash");
  }
  if (!type.empty()) {
    return Fail(Code::kInvalidArgument, "mime: unexpected content after media subtype");
  }
  return {};
}

}  // namespace

Result<std::string> ParseMediaType(std::string_view header) {
  const size_t semicolon = std::min(header.find(';'), header.size());
  std::string type = ToLower(Trim(header.substr(0, semicolon)));
  NARFI_TRY(CheckType(type));
  NARFI_TRY(CheckParameters(header.substr(semicolon)));
  return type;
}

}  // namespace narfi::ingest
