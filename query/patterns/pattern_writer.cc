#include "query/patterns/pattern_writer.h"

#include <algorithm>

#include "query/logql/pattern_parts.h"

namespace narfi::query {
namespace {

bool IsDecimal(char c) { return c >= '0' && c <= '9'; }
bool IsByteIn(const std::bitset<256>& bytes, char c) { return bytes[static_cast<uint8_t>(c)]; }
bool IsInsideCharacter(char c) { return (static_cast<uint8_t>(c) & 0xC0) == 0x80; }
bool IsKeyByte(char c) {
  return IsDecimal(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-' ||
         c == '.' || c == '@' || c == '$';
}

// Whether the literal cannot begin inside of what was captured.
bool IsSafe(std::string_view literal, const Captured& captured) {
  if (IsInsideCharacter(literal[0])) return false;
  if (!IsByteIn(captured.bytes, literal[0])) return true;
  return IsByteIn(captured.before_digits, literal[0]) && literal.size() > 1 &&
         !IsDecimal(literal[1]);
}

// Takes the first byte of the literal into the capture.
void Absorb(char byte, bool is_before_digit, Captured& captured) {
  const auto at = static_cast<uint8_t>(byte);
  const bool keeps = !captured.bytes[at] || captured.before_digits[at];
  captured.before_digits[at] = keeps && is_before_digit;
  captured.bytes[at] = true;
}

void Join(const Captured& next, Captured& captured) {
  captured.before_digits = (captured.before_digits & (next.before_digits | ~next.bytes)) |
                           (next.before_digits & ~captured.bytes);
  captured.bytes |= next.bytes;
}

}  // namespace

// In a string no comma comes right before an unescaped quote but at its end, behind which is no
// key; in an array no string comes before a colon.
bool BringsNextKey(std::string_view literal) {
  size_t at = 0;
  const auto skip = [&](std::string_view bytes) {
    at = std::min(literal.size(), literal.find_first_not_of(bytes, at));
  };
  const auto take = [&](char c) { return at < literal.size() && literal[at++] == c; };
  constexpr std::string_view kSpace = " \t\r\n";
  skip(" \t\r\n}");
  if (!take(',')) return false;
  skip(kSpace);
  if (!take('"')) return false;
  const size_t key = at;
  while (at < literal.size() && IsKeyByte(literal[at])) ++at;
  if (at == key || !take('"')) return false;
  skip(kSpace);
  return take(':');
}

void PatternWriter::Literal(std::string_view text) {
  if (pieces_.empty() || pieces_.back().is_capture) pieces_.emplace_back();
  pieces_.back().literal += text;
}

void PatternWriter::Capture(const Captured& captured) { pieces_.push_back({{}, true, captured}); }

void PatternWriter::DropQuote() {
  if (!pieces_.empty() && pieces_.back().literal.ends_with('"')) pieces_.back().literal.pop_back();
}

void PatternWriter::SplitLiterals() {
  std::vector<Piece> split;
  for (Piece& piece : pieces_) {
    if (piece.is_capture) {
      split.push_back(std::move(piece));
      continue;
    }
    for (const logql::PatternPart& part : logql::SplitPattern(piece.literal)) {
      split.push_back({std::string(part.text), part.is_capture, {}});
      if (!part.is_capture) continue;
      for (const char c : part.text) split.back().captured.bytes[static_cast<uint8_t>(c)] = true;
    }
  }
  pieces_ = std::move(split);
}

// Writes what is open and the literal, as far as they are safe; false when the pattern ends there.
bool PatternWriter::Put(std::string_view literal, const Captured* next) {
  if (is_open_ && open_.is_json_end && !BringsNextKey(literal)) return false;
  if (is_open_ && !open_.is_json_end) {
    // Numbers, and only marks of time between them, stay one: "10:32".
    const bool joins = literal == ":" && next != nullptr;
    while (!literal.empty() && (joins || !IsSafe(literal, open_))) {
      const char behind = literal.size() > 1 ? literal[1] : '\0';
      const bool is_before_digit =
          IsDecimal(behind) || (literal.size() == 1 && next != nullptr && next->begins_with_digit);
      Absorb(literal[0], is_before_digit, open_);
      literal.remove_prefix(1);
    }
    if (literal.empty()) return true;
  }
  size_t room = kMaxPattern - std::min(kMaxPattern, out_.text.size());
  if (literal.size() > room) {
    if (is_open_) return false;
    while (room > 0 && IsInsideCharacter(literal[room])) --room;
    out_.text += literal.substr(0, room);
    is_open_ = true;
    return false;
  }
  if (is_open_) WriteOpen();
  out_.text += literal;
  return true;
}

void PatternWriter::WriteOpen() {
  out_.text += "<_>";
  out_.captures.push_back(open_);
  is_open_ = false;
}

WrittenPattern PatternWriter::Finish() {
  SplitLiterals();
  bool is_whole = true;
  for (size_t i = 0; i < pieces_.size() && is_whole; ++i) {
    const Piece& piece = pieces_[i];
    if (!piece.is_capture) {
      const Captured* next = i + 1 < pieces_.size() ? &pieces_[i + 1].captured : nullptr;
      is_whole = Put(piece.literal, next);
      continue;
    }
    if (piece.captured.is_rest) {
      is_whole = false;
    } else if (!is_open_) {
      open_ = piece.captured;
    } else if (open_.is_json_end || (piece.captured.is_json_end && IsByteIn(open_.bytes, '"'))) {
      is_whole = false;  // what is open is no longer within one value
    } else {
      Join(piece.captured, open_);
      open_.is_json_end = piece.captured.is_json_end;
    }
    is_open_ = true;
  }
  if (!is_whole) {
    open_ = {};
    open_.bytes.set();
  }
  if (is_open_) WriteOpen();
  return std::move(out_);
}

}  // namespace narfi::query
