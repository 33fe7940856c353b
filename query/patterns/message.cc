#include "query/patterns/message.h"

#include <algorithm>
#include <array>

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

constexpr std::array<bool, 256> MakeMarkTable() {
  std::array<bool, 256> is_mark{};
  for (size_t c = 0; c < ' '; ++c) is_mark[c] = true;
  for (const char c : std::string_view(" =,;:()[]{}\"'<>|"))
    is_mark[static_cast<uint8_t>(c)] = true;
  return is_mark;
}
constexpr std::array<bool, 256> kIsMark = MakeMarkTable();

// Moves `at` from the begin of a word behind it.
void SkipWord(std::string_view skeleton, size_t& at) {
  while (at < skeleton.size() && !IsMessageMark(skeleton[at]) && !IsCut(skeleton, at))
    at += skeleton[at] == kMark || skeleton[at] == kEscape ? 2 : 1;
  at = std::min(skeleton.size(), at);
}

// Reads the word that begins at `at`, which moves behind it.
MessageWord TakeWord(std::string_view skeleton, size_t& at) {
  MessageWord word;
  const size_t begin = at;
  bool varies = false;
  bool is_ascii = true;
  while (at < skeleton.size() && !IsMessageMark(skeleton[at]) && !IsCut(skeleton, at)) {
    const char c = skeleton[at];
    is_ascii &= static_cast<uint8_t>(c) < 0x80;
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
  if (!varies && text.size() <= kMaxWord && (is_ascii || IsValidUtf8(text))) word.text = text;
  return word;
}

// Calls `word(at)` where each word begins, which moves `at` behind it. Replaces `marks`.
template <class Word>
void ReadMarksAnd(std::string_view skeleton, std::string& marks, Word word) {
  marks.clear();
  size_t at = 0;
  size_t words = 0;
  while (at < skeleton.size() && at < kMaxMessage) {
    if (IsMessageMark(skeleton[at])) {
      marks += skeleton[at++];
      continue;
    }
    if (words == kMaxWords || IsCut(skeleton, at)) break;
    word(at);
    marks += kWordHere;
    ++words;
  }
  if (at < skeleton.size()) marks += kCutHere;
}

}  // namespace

bool IsMessageMark(char c) { return kIsMark[static_cast<uint8_t>(c)]; }

void ReadMessage(std::string_view skeleton, Message& out) {
  out.words.clear();
  ReadMarksAnd(skeleton, out.marks,
               [&](size_t& at) { out.words.push_back(TakeWord(skeleton, at)); });
}

void ReadMarks(std::string_view skeleton, std::string& marks) {
  ReadMarksAnd(skeleton, marks, [&](size_t& at) { SkipWord(skeleton, at); });
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
