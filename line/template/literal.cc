#include "line/template/literal.h"

#include <cmath>
#include <cstdlib>
#include <limits>

#include "base/go_int.h"
#include "base/go_number.h"
#include "base/go_text.h"
#include "base/unicode.h"
#include "line/template/fail.h"

namespace narfi::line::tmpl {
namespace {

int DigitValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 16;
}

char SimpleEscape(char c) {
  static constexpr std::string_view kLetters = "abfnrtv\\";
  static constexpr std::string_view kValues = "\a\b\f\n\r\t\v\\";
  const size_t at = kLetters.find(c);
  return at == std::string_view::npos ? '\0' : kValues[at];
}

std::optional<uint32_t> TakeDigits(std::string_view& rest, size_t count, int base) {
  if (rest.size() < count) return std::nullopt;
  uint32_t value = 0;
  for (const char c : rest.substr(0, count)) {
    if (DigitValue(c) >= base) return std::nullopt;
    value = value * static_cast<uint32_t>(base) + static_cast<uint32_t>(DigitValue(c));
  }
  rest.remove_prefix(count);
  return value;
}

struct Unquoted {
  uint32_t value = 0;
  bool is_byte = false;  // \x and octal escapes are bytes, not runes
};

// One character behind an opening `quote`, as strconv.UnquoteChar.
std::optional<Unquoted> TakeChar(std::string_view& rest, char quote) {
  if (rest.empty() || rest[0] == quote || rest[0] == '\n') return std::nullopt;
  if (rest[0] != '\\') {
    const Rune rune = DecodeRune(rest);
    const Unquoted out{rune.valid ? rune.value : static_cast<uint8_t>(rest[0]), !rune.valid};
    rest.remove_prefix(rune.bytes);
    return out;
  }
  if (rest.size() < 2) return std::nullopt;
  const char letter = rest[1];
  rest.remove_prefix(2);
  if (const char simple = SimpleEscape(letter); simple != '\0')
    return Unquoted{static_cast<uint8_t>(simple), true};
  if (letter == quote) return Unquoted{static_cast<uint8_t>(letter), true};
  std::optional<uint32_t> value;
  if (letter >= '0' && letter <= '7') {
    rest = std::string_view(rest.data() - 1, rest.size() + 1);
    value = TakeDigits(rest, 3, 8);
    if (!value || *value > 0xFF) return std::nullopt;
    return Unquoted{*value, true};
  }
  if (letter == 'x') {
    value = TakeDigits(rest, 2, 16);
    return value ? std::optional(Unquoted{*value, true}) : std::nullopt;
  }
  if (letter != 'u' && letter != 'U') return std::nullopt;
  value = TakeDigits(rest, letter == 'u' ? 4 : 8, 16);
  if (!value || *value > 0x10FFFF || (*value >= 0xD800 && *value <= 0xDFFF)) return std::nullopt;
  return Unquoted{*value, false};
}

Status FillCharacter(std::string_view text, Node& node) {
  std::string_view rest = text.substr(1);
  const auto character = TakeChar(rest, '\'');
  if (!character) return Bad("invalid syntax");
  if (rest != "'") return Bad("malformed character constant: " + std::string(text));
  node.constant = MakeInt(character->value);
  node.is_int = node.is_float = true;
  node.real = character->value;
  return {};
}

// What Go makes of a float: also an int, where it is whole.
Status FillFloat(std::string_view text, Node& node) {
  const auto value = ParseGoFloat(text);
  if (!value) return Bad("illegal number syntax: " + GoQuote(text));
  if (text.find_first_of(".eEpP") == std::string_view::npos)
    return Bad("integer overflow: " + GoQuote(text));
  node.constant = MakeFloat(*value);
  node.is_float = true;
  node.real = *value;
  if (std::fabs(*value) < 9.2e18 && std::trunc(*value) == *value) {
    node.is_int = true;
    node.constant.integer = static_cast<int64_t>(*value);
  }
  return {};
}

Status FillNumber(std::string_view text, Node& node) {
  if (text.front() == '\'') return FillCharacter(text, node);
  if (const auto value = ParseGoInt(text, 0)) {
    node.constant = MakeInt(*value);
    node.is_int = node.is_float = true;
    node.real = static_cast<double>(*value);
    return {};
  }
  uint64_t unsigned_value = 0;
  if (ParsesAsGoUint(text, unsigned_value)) {  // too large for int: an error only when it is used
    node.constant = MakeInt(0);
    node.is_float = true;
    node.real = static_cast<double>(unsigned_value);
    node.content = "overflows";
    return {};
  }
  return FillFloat(text, node);
}

}  // namespace

std::optional<std::string> UnquoteText(std::string_view literal) {
  if (literal.size() < 2) return std::nullopt;
  std::string_view rest = literal.substr(1, literal.size() - 2);
  std::string out;
  if (literal.front() == '`') {
    for (const char c : rest) {
      if (c != '\r') out += c;
    }
    return out;
  }
  while (!rest.empty()) {
    const auto character = TakeChar(rest, '"');
    if (!character) return std::nullopt;
    if (character->is_byte) {
      out += static_cast<char>(character->value);
    } else {
      AppendRune(out, character->value);
    }
  }
  return out;
}

Result<NodePtr> MakeNumber(std::string_view text) {
  auto node = std::make_unique<Node>();
  node->kind = NodeKind::kNumber;
  node->text = text;
  NARFI_TRY(FillNumber(text, *node));
  return node;
}

}  // namespace narfi::line::tmpl
