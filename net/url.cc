#include "net/url.h"

#include "base/go_text.h"

namespace narfi::net {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

Result<std::string> Unescape(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '+' && plus_is_space) {
      out += ' ';
    } else if (c != '%') {
      out += c;
    } else {
      const int high = i + 2 < text.size() ? HexDigit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? HexDigit(text[i + 2]) : -1;
      if (high < 0 || low < 0) {
        return Fail(Code::kInvalidArgument, "invalid URL escape " + GoQuote(text.substr(i, 3)));
      }
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return out;
}

bool IsUnreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.' || c == '~';
}

void AppendEscaped(std::string& out, std::string_view text, bool space_is_plus) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (const char c : text) {
    if (IsUnreserved(c)) {
      out += c;
    } else if (c == ' ' && space_is_plus) {
      out += '+';
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
}

Result<Param> ParsePair(std::string_view pair) {
  if (pair.find(';') != std::string_view::npos) {
    return Fail(Code::kInvalidArgument, "invalid semicolon separator in query");
  }
  const size_t equals = pair.find('=');
  NARFI_ASSIGN(std::string name, QueryUnescape(pair.substr(0, equals)));
  std::string value;
  if (equals != std::string_view::npos) {
    NARFI_ASSIGN(value, QueryUnescape(pair.substr(equals + 1)));
  }
  return Param{std::move(name), std::move(value)};
}

}  // namespace

Result<std::string> PathUnescape(std::string_view text) { return Unescape(text, false); }
Result<std::string> QueryUnescape(std::string_view text) { return Unescape(text, true); }

std::string PathEscape(std::string_view text) {
  std::string out;
  AppendEscaped(out, text, false);
  return out;
}

std::string QueryEscape(std::string_view text) {
  std::string out;
  AppendEscaped(out, text, true);
  return out;
}

Status ParseQuery(std::string_view text, Params& out) {
  Status first_error;
  const size_t limit = out.size() + kMaxParams;
  while (!text.empty()) {
    const size_t ampersand = text.find('&');
    const std::string_view pair = text.substr(0, ampersand);
    text.remove_prefix(ampersand == std::string_view::npos ? text.size() : ampersand + 1);
    if (pair.empty()) continue;
    if (out.size() == limit) {
      return Fail(Code::kLimit,
                  "the query string has more than " + std::to_string(kMaxParams) + " parameters");
    }
    if (auto param = ParsePair(pair); param) {
      out.push_back(std::move(*param));
    } else if (first_error) {
      first_error = tl::unexpected<Error>(std::move(param).error());
    }
  }
  return first_error;
}

std::string BuildQuery(const Params& params) {
  std::string out;
  for (const Param& param : params) {
    if (!out.empty()) out += '&';
    AppendEscaped(out, param.name, true);
    out += '=';
    AppendEscaped(out, param.value, true);
  }
  return out;
}

const std::string* FindParam(const Params& params, std::string_view name) {
  for (const Param& param : params) {
    if (param.name == name) return &param.value;
  }
  return nullptr;
}

}  // namespace narfi::net
