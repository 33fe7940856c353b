// Free text as a skeleton and what varies in it: runs of digits, hexadecimal ids, points in time.
//
// In a skeleton each of these is a mark: the byte kMark and one that says what stands there. Bytes
// of the text that look like marks have kEscape in front. Numbers of one width share a column,
// whatever skeletons they are in: such a number takes the bits of its digits.
//
// The idea of logtype and variables is that of CLP (Rodrigues, Luo, Yuan, "CLP: Efficient and
// Scalable Search on Compressed Text Logs", OSDI 2021).
//
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace narfi::storage {

// Neither is in any valid UTF-8.
constexpr char kMark = '\xC0';
constexpr char kEscape = '\xC1';

// What a mark stands for.
using VariableKind = uint8_t;
constexpr VariableKind kMaxDigitRun = 18;  // 1 to 18: so many digits
constexpr VariableKind kTimeVariable = 0x7F;
constexpr VariableKind kHexVariable = 0x80;  // and the number of digits, at least kLeastNibbles
constexpr size_t kMaxHexVariable = 64;

struct Variable {
  VariableKind kind = 0;
  std::string_view text;
};

// Replaces both.
void MakeSkeleton(std::string_view text, std::string& skeleton, std::vector<Variable>& variables);

// Where the next of both is at or behind `at`; skeleton.size() when there is none. Eight bytes at a
// time: in (x - 1) & ~x the lowest high bit stands in the lowest byte that is zero (Anderson, "Bit
// Twiddling Hacks").
inline size_t NextMark(std::string_view skeleton, size_t at) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  for (; at + 8 <= skeleton.size(); at += 8) {
    uint64_t word = 0;
    std::memcpy(&word, skeleton.data() + at, 8);
    word = (word & ~kOnes) ^ kOnes * static_cast<uint8_t>(kMark);  // they differ in the lowest bit
    const uint64_t zeros = (word - kOnes) & ~word & kOnes << 7;
    if (zeros != 0) return at + static_cast<size_t>(__builtin_ctzll(zeros)) / 8;
  }
  while (at < skeleton.size() && skeleton[at] != kMark && skeleton[at] != kEscape) ++at;
  return at;
}

// Calls put(text) for each piece of text of a skeleton and mark(kind) for each mark, in their
// order. False, at its end, when it is none.
template <class Put, class Mark>
bool ForPieces(std::string_view skeleton, Put put, Mark mark) {
  size_t literal = 0;
  for (size_t at = 0; (at = NextMark(skeleton, at)) < skeleton.size(); ++at) {
    const bool is_mark = skeleton[at] == kMark;
    put(skeleton.substr(literal, at - literal));
    if (++at == skeleton.size()) return false;
    if (is_mark) mark(static_cast<VariableKind>(skeleton[at]));
    literal = is_mark ? at + 1 : at;  // an escaped byte begins the next piece
  }
  put(skeleton.substr(literal));
  return true;
}

// Appends the text of a skeleton whose variables `take()` gives, one after the other, as views.
// The skeleton must be one.
template <class Take, class Put>
void ExpandSkeleton(std::string_view skeleton, Take take, Put put) {
  ForPieces(skeleton, put, [&](VariableKind) { put(take()); });
}

}  // namespace narfi::storage
