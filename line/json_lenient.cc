#include "line/json_lenient.h"

#include "base/unicode.h"

namespace narfi::line {
namespace {

bool IsJsonSpace(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

// Behind a number, a literal or rubbish.
size_t TokenLength(std::string_view text) {
  const size_t end = text.find_first_of(" \n\r\t,}]");
  return end == std::string_view::npos ? text.size() : end;
}

int LenientHex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// "\uXXXX" at the front of `text`, or -1.
int32_t LenientUnit(std::string_view text) {
  if (text.size() < 6 || text[0] != '\\' || text[1] != 'u') return -1;
  int32_t value = 0;
  for (size_t i = 2; i < 6; ++i) {
    const int digit = LenientHex(text[i]);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

// Appends the rune of the escape at the front of `text`; the bytes it took, or 0.
size_t TakeUnicode(std::string_view text, std::string& dst) {
  const int32_t first = LenientUnit(text);
  if (first < 0) return 0;
  if (first < 0xd800 || first > 0xdfff) {
    AppendRune(dst, static_cast<uint32_t>(first));
    return 6;
  }
  const int32_t second = LenientUnit(text.substr(6));
  if (first > 0xdbff || second < 0xdc00 || second > 0xdfff) return 0;
  AppendRune(dst, 0x10000 + ((static_cast<uint32_t>(first) - 0xd800) << 10) +
                      (static_cast<uint32_t>(second) - 0xdc00));
  return 12;
}

char SimpleEscape(char c) {
  constexpr std::string_view kNames = "\"\\/bfnrt";
  constexpr std::string_view kBytes = "\"\\/\b\f\n\r\t";
  const size_t at = kNames.find(c);
  return at == std::string_view::npos ? '\0' : kBytes[at];
}

std::string_view TakeScalar(std::string_view& rest, LenientValue& value) {
  value.text = rest.substr(0, TokenLength(rest));
  const char first = rest.front();
  if (first == 't' || first == 'f') {
    if (value.text != "true" && value.text != "false") return lenient::kUnknownType;
    value.kind = LenientKind::kBoolean;
  } else if (first == 'n' || first == 'u') {
    if (value.text != "null") return lenient::kUnknownType;
    value.kind = LenientKind::kNull;
  } else if (first == '-' || (first >= '0' && first <= '9')) {
    value.kind = LenientKind::kNumber;
  } else {
    return lenient::kUnknownType;
  }
  rest.remove_prefix(value.text.size());
  return {};
}

}  // namespace

bool SkipJsonSpace(std::string_view& rest) {
  size_t at = 0;
  while (at < rest.size() && IsJsonSpace(rest[at])) ++at;
  rest.remove_prefix(at);
  return !rest.empty();
}

size_t LenientStringLength(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i;
    }
  }
  return std::string_view::npos;
}

size_t LenientBlockLength(std::string_view text) {
  const char open = text.front();
  const char close = open == '{' ? '}' : ']';
  size_t depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') {
      const size_t length = LenientStringLength(text.substr(i + 1));
      if (length == std::string_view::npos) return length;
      i += length + 1;
    } else if (text[i] == open) {
      ++depth;
    } else if (text[i] == close && --depth == 0) {
      return i + 1;
    }
  }
  return std::string_view::npos;
}

bool UnescapeLenient(std::string_view text, std::string& dst) {
  for (size_t i = 0; i < text.size();) {
    if (text[i] != '\\') {
      dst += text[i++];
      continue;
    }
    if (i + 1 >= text.size()) return false;
    if (text[i + 1] == 'u') {
      const size_t took = TakeUnicode(text.substr(i), dst);
      if (took == 0) return false;
      i += took;
      continue;
    }
    const char plain = SimpleEscape(text[i + 1]);
    if (plain == 0) return false;
    dst += plain;
    i += 2;
  }
  return true;
}

std::string_view TakeLenientValue(std::string_view& rest, LenientValue& value) {
  if (!SkipJsonSpace(rest)) return lenient::kMalformedJson;
  const char first = rest.front();
  if (first == '"') {
    const size_t length = LenientStringLength(rest.substr(1));
    if (length == std::string_view::npos) return lenient::kMalformedString;
    value = {LenientKind::kString, rest.substr(1, length)};
    rest.remove_prefix(length + 2);
    return {};
  }
  if (first != '{' && first != '[') return TakeScalar(rest, value);
  const size_t length = LenientBlockLength(rest);
  if (length == std::string_view::npos) {
    return first == '{' ? lenient::kMalformedObject : lenient::kMalformedArray;
  }
  value = {first == '{' ? LenientKind::kObject : LenientKind::kArray, rest.substr(0, length)};
  rest.remove_prefix(length);
  return {};
}

LenientObject::LenientObject(std::string_view text) : rest_(text) {
  if (!SkipJsonSpace(rest_) || rest_.front() != '{') {
    error_ = lenient::kMalformedObject;
    return;
  }
  rest_.remove_prefix(1);
  open_ = true;
}

bool LenientObject::Stop(std::string_view error) {
  error_ = error;
  open_ = false;
  return false;
}

bool LenientObject::Next() {
  if (!open_) return false;
  if (!first_) {
    if (!SkipJsonSpace(rest_)) return Stop(lenient::kMalformedArray);
    if (rest_.front() == '}') return Stop({});
    if (rest_.front() != ',') return Stop(lenient::kMalformedObject);
    rest_.remove_prefix(1);
    if (rest_.empty()) return Stop(lenient::kMalformedObject);
  }
  first_ = false;
  if (!SkipJsonSpace(rest_)) return Stop(lenient::kMalformedJson);
  if (rest_.front() == '}') return Stop({});
  if (rest_.front() != '"') return Stop(lenient::kMalformedObject);
  const size_t length = LenientStringLength(rest_.substr(1));
  if (length == std::string_view::npos) return Stop(lenient::kMalformedJson);
  key_ = rest_.substr(1, length);
  rest_.remove_prefix(length + 2);
  if (!SkipJsonSpace(rest_) || rest_.front() != ':') return Stop(lenient::kMalformedJson);
  rest_.remove_prefix(1);
  const std::string_view error = TakeLenientValue(rest_, value_);
  if (!error.empty()) return Stop(error);
  return true;
}

}  // namespace narfi::line
