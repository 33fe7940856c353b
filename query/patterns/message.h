// A message as words and the marks between them.
//
// It is read from the message's skeleton (storage/skeleton.h), in which numbers, ids and times are
// taken out already: a word that had one of these varies from the start.
//
// Ownership: words are views of the skeleton. Threads: pure functions.
// Limits:    kMaxMessage bytes of the skeleton and kMaxWords words count, the rest is left out. A
//            word of more than kMaxWord bytes, or of no valid UTF-8, varies.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace narfi::query {

constexpr size_t kMaxMessage = 2048;
constexpr size_t kMaxWords = 128;
constexpr size_t kMaxWord = 200;

// In the marks of a message; no mark is one of these.
constexpr char kWordHere = '\xC0';
constexpr char kCutHere = '\xC1';  // the rest was left out

struct MessageWord {
  std::string_view text;           // empty: varies
  bool has_time = false;           // a point in time may be in it: marks, each before a digit
  bool begins_with_digit = false;  // whatever stands there

  bool varies() const { return text.empty(); }
  auto operator<=>(const MessageWord&) const = default;
};

struct Message {
  std::string marks;  // with kWordHere for each word
  std::vector<MessageWord> words;
};

// Whether the byte stands between words and in none.
bool IsMessageMark(char c);

// Replaces both.
void ReadMessage(std::string_view skeleton, Message& out);

// Its marks alone; replaces them.
void ReadMarks(std::string_view skeleton, std::string& marks);

// How many words it reads at most.
size_t CountWords(std::string_view skeleton);

// A skeleton that reads as these marks and words.
std::string WriteMessage(std::string_view marks, const std::vector<MessageWord>& words);

}  // namespace narfi::query
