// One conversion of a format: its flags, width and precision, and padding by them.
//
// Limits: writes nothing once `out` is over `limit`.
#pragma once

#include <string>
#include <string_view>

#include "line/template/value.h"

namespace narfi::line::tmpl {

struct FormatSpec {
  bool minus = false;
  bool plus = false;
  bool sharp = false;
  bool space = false;
  bool zero = false;
  bool plus_v = false;   // %+v
  bool sharp_v = false;  // %#v
  bool has_width = false;
  bool has_precision = false;
  int width = 0;
  int precision = 0;
};

class ValueFormatter {
 public:
  ValueFormatter(std::string& out, size_t limit) : out_(out), limit_(limit) {}

  FormatSpec spec;

  // One argument; a verb that its type does not have is written as Go's "%!d(string=hi)".
  void Write(const Value& value, uint32_t verb);
  bool full() const { return out_.size() > limit_; }

 private:
  void WriteNested(const Value& value, uint32_t verb);
  void WriteKey(std::string_view key, uint32_t verb);
  void BadVerb(const Value& value, uint32_t verb);
  void Bool(const Value& value, uint32_t verb);
  void Integer(const Value& value, uint32_t verb);
  void Float(const Value& value, uint32_t verb);
  bool Text(std::string_view text, uint32_t verb);  // false: no verb of text
  void Map(const Value& value, uint32_t verb);
  void List(const Value& value, uint32_t verb);

  void Digits(int64_t value, unsigned base, uint32_t verb, bool is_signed);
  void Number(double value, char form, int precision);
  void Hex(std::string_view text, bool upper);
  void Quoted(std::string_view text);
  void QuotedRune(int64_t rune);
  void Unicode(int64_t rune);

  void Pad(std::string_view text);
  void PadNoZero(std::string_view text);
  void Padding(int count, char fill);

  std::string& out_;
  const size_t limit_;
};

// A text in quotes with escapes for all that is not ASCII.
std::string QuoteAscii(std::string_view text, char quote);
size_t CountRunes(std::string_view text);
// The first `count` runes.
std::string_view TakeRunes(std::string_view text, size_t count);

}  // namespace narfi::line::tmpl
