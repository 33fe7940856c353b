// Lines that look like JSON but are not: what can still be read of them, as Loki reads them.
//
// The `json` stage reads well-formed lines through the JSON library (json_fields.cc). Loki's reader
// stops at the first flaw, keeps what it has until then and says what it missed; trailing text and
// odd numbers do not disturb it. That part of its behaviour is here, for the lines that the library
// refuses.
//
// Ownership: views into the text. Threads: free functions without state.
// Limits:    time is linear in the text for each level of nesting that is entered.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace narfi::line {

enum class LenientKind : uint8_t { kNull, kBoolean, kNumber, kString, kObject, kArray };

struct LenientValue {
  LenientKind kind = LenientKind::kNull;
  std::string_view text;  // a string without its quotes, still escaped
};

namespace lenient {

constexpr std::string_view kMalformedJson = "Malformed JSON error";
constexpr std::string_view kMalformedObject =
    "Value looks like object, but can't find closing '}' symbol";
constexpr std::string_view kMalformedArray = "Value is array, but can't find closing ']' symbol";
constexpr std::string_view kMalformedString = "Value is string, but can't find closing '\"' symbol";
constexpr std::string_view kUnknownType = "Unknown value type";
constexpr std::string_view kBadEscape = "Encountered an invalid escape sequence in a string";

}  // namespace lenient

// A value at the front of `rest` (white space before it is skipped), which is moved behind it. The
// text of the error, or empty.
std::string_view TakeLenientValue(std::string_view& rest, LenientValue& value);

// The members of an object, one after the other:
//   LenientObject object(text); while (object.Next()) ... key(), value(); error() says what was
//   wrong.
class LenientObject {
 public:
  explicit LenientObject(std::string_view text);
  bool Next();
  std::string_view key() const { return key_; }  // still escaped
  const LenientValue& value() const { return value_; }
  std::string_view error() const { return error_; }

 private:
  bool Stop(std::string_view error);

  std::string_view rest_;
  bool first_ = true;
  bool open_ = false;
  std::string_view key_;
  LenientValue value_;
  std::string_view error_;
};

// The length of the string body at the front of `text` (just behind its opening quote), or npos.
size_t LenientStringLength(std::string_view text);
// The length of the balanced block that `text` begins with ('{' or '['), or npos.
size_t LenientBlockLength(std::string_view text);
// Moves `rest` to its first byte that is no white space; false when there is none.
bool SkipJsonSpace(std::string_view& rest);

// Unescapes a JSON string as Loki does. False for an escape that JSON does not have and for a lone
// surrogate.
bool UnescapeLenient(std::string_view text, std::string& dst);

}  // namespace narfi::line
