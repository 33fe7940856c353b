#include "query/patterns/pattern_text.h"

#include <algorithm>

#include "query/patterns/message.h"
#include "query/patterns/pattern_writer.h"

namespace narfi::query {
namespace {

using storage::SlotKind;

Captured AllBut(std::string_view bytes) {
  Captured captured;
  captured.bytes.set();
  for (const char c : bytes) captured.bytes[static_cast<uint8_t>(c)] = false;
  return captured;
}

std::bitset<256> WordBytes() {
  std::bitset<256> bytes;
  for (int c = 0; c < 256; ++c)
    bytes[static_cast<size_t>(c)] = !IsMessageMark(static_cast<char>(c));
  return bytes;
}

Captured CapturedOf(const MessageWord& word) {
  static const std::bitset<256> kWordBytes = WordBytes();
  Captured captured;
  captured.bytes = kWordBytes;
  captured.begins_with_digit = word.begins_with_digit;
  if (!word.has_time) return captured;
  for (const char c : {' ', ':', ','}) {
    captured.bytes[static_cast<uint8_t>(c)] = true;
    captured.before_digits[static_cast<uint8_t>(c)] = true;
  }
  return captured;
}

Captured CapturedScalar() {
  Captured captured;
  constexpr std::string_view kScalar = "0123456789+-.eEtrufalsn";
  for (const char c : kScalar) captured.bytes[static_cast<uint8_t>(c)] = true;
  return captured;
}

Captured CapturedEnd() {
  Captured captured;
  captured.is_json_end = true;
  return captured;
}

bool HasDecimal(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// True when the quote behind it belongs to what varies.
bool PutMessage(PatternWriter& writer, std::string_view skeleton, bool is_json) {
  Message message;
  ReadMessage(skeleton, message);
  size_t next = 0;
  for (const char mark : message.marks) {
    if (mark == kCutHere) {
      Captured rest = CapturedEnd();
      rest.is_rest = !is_json;
      writer.Capture(rest);
      return is_json;
    }
    if (mark != kWordHere) {
      writer.Literal({&mark, 1});
    } else if (const MessageWord& word = message.words[next++]; word.varies()) {
      writer.Capture(CapturedOf(word));
    } else {
      writer.Literal(word.text);
    }
  }
  return false;
}

// The same.
bool PutValue(PatternWriter& writer, SlotKind kind, const SlotValues& values, uint64_t lines) {
  if (values.kind == SlotValues::Kind::kOne && (lines >= kFewLines || !HasDecimal(values.value))) {
    writer.Literal(values.value);
    return false;
  }
  if (kind == SlotKind::kScalar) {
    writer.Capture(CapturedScalar());
  } else if (kind == SlotKind::kString && values.is_plain) {
    writer.Capture(AllBut("\""));
  } else {
    if (kind == SlotKind::kString) writer.DropQuote();
    writer.Capture(CapturedEnd());
    return kind == SlotKind::kString;
  }
  return false;
}

}  // namespace

WrittenPattern WritePattern(const PatternTable::Form& form, std::string_view skeleton,
                            const std::vector<SlotValues>& slots, uint64_t lines) {
  PatternWriter writer;
  writer.Literal(form.literals.front());
  for (size_t i = 0; i < slots.size(); ++i) {
    const bool takes_quote = i == form.message ? PutMessage(writer, skeleton, form.is_json)
                                               : PutValue(writer, form.kinds[i], slots[i], lines);
    writer.Literal(std::string_view(form.literals[i + 1]).substr(takes_quote ? 1 : 0));
  }
  return writer.Finish();
}

}  // namespace narfi::query
