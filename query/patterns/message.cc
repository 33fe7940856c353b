#include "query/patterns/message.h"

#include <algorithm>

#include "base/unicode.h"
#include "storage/skeleton.h"

namespace narfi::query {
namespace {

using storage::kEscape;
using storage::kMark;
using storage::VariableKind;

constexpr VariableKind kCutKind = 0;  // no variable: here a message was cut

bool IsCut(std::string_view skeleton, size_t at) {
  return skeleton[at] == kMark && at + 1 < skeleton.size() && skeleton[at + 1] == kCutKind;
}

// Reads the word that begins at `at`, which moves behind it.
MessageWord TakeWord(std::string_view skeleton, size_t& at) {
  MessageWord word;
  const size_t begin = at;
  bool varies = false;
  while (at < skeleton.size() && !IsMessageMark(skeleton[at]) && !IsCut(skeleton, at)) {
    const char c = skeleton[at];
    if (c == kMark && at + 1 < skeleton.size()) {
      const auto kind = static_cast<VariableKind>(skeleton[at + 1]);
      const bool is_time = kind == storage::kTimeVariable;
      if (at == begin) word.begins_with_digit = is_time || kind <= storage::kMaxDigitRun;
      word.has_time |= is_time;
    }
    const bool is_pair = c == kMark || c == kEscape;
    varies |= is_pair;
    at = std::min(skeleton.size(), at + (is_pair ? 2 : 1));
  }
  const std::string_view text = skeleton.substr(begin, at - begin);
  if (!varies && text.size() <= kMaxWord && IsValidUtf8(text)) word.text = text;
  return word;
}

}  // namespace

bool IsMessageMark(char c) {
  constexpr std::string_view kMarks = " =,;:()[]{}\"'<>|";
  return static_cast<unsigned char>(c) < ' ' || kMarks.find(c) != std::string_view::npos;
}

void ReadMessage(std::string_view skeleton, Message& out) {
  out.marks.clear();
  out.words.clear();
  size_t at = 0;
  while (at < skeleton.size() && at < kMaxMessage) {
    if (IsMessageMark(skeleton[at])) {
      out.marks += skeleton[at++];
      continue;
    }
    if (out.words.size() == kMaxWords || IsCut(skeleton, at)) break;
    out.words.push_back(TakeWord(skeleton, at));
    out.marks += kWordHere;
  }
  if (at < skeleton.size()) out.marks += kCutHere;
}

size_t CountWords(std::string_view skeleton) {
  size_t words = 0;
  bool was_mark = true;
  for (const char c : skeleton.substr(0, kMaxMessage)) {
    const bool is_mark = IsMessageMark(c);
    words += was_mark && !is_mark ? 1 : 0;
    was_mark = is_mark;
  }
  return std::min(words, kMaxWords);
}

std::string WriteMessage(std::string_view marks, const std::vector<MessageWord>& words) {
  constexpr VariableKind kAnyId = storage::kHexVariable + 8;
  std::string out;
  size_t next = 0;
  for (const char c : marks) {
    if (c == kCutHere) {
      out.append({kMark, static_cast<char>(kCutKind)});
    } else if (c != kWordHere) {
      out += c;
    } else if (const MessageWord& word = words[next++]; !word.varies()) {
      out += word.text;
    } else {
      if (!word.begins_with_digit) out.append({kMark, static_cast<char>(kAnyId)});
      if (word.begins_with_digit && !word.has_time) out.append({kMark, 1});
      if (word.has_time) out.append({kMark, static_cast<char>(storage::kTimeVariable)});
    }
  }
  return out;
}

}  // namespace narfi::query
