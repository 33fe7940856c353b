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

// The kinds of the marks of a skeleton, in their order, into `kinds`; false when it is none.
bool ReadKinds(std::string_view skeleton, std::string& kinds);
// Appends the text of a skeleton whose variables `take()` gives, one after the other, as views.
// The skeleton must be one.
template <class Take, class Put>
void ExpandSkeleton(std::string_view skeleton, Take take, Put put) {
  size_t literal = 0;
  for (size_t at = 0; at < skeleton.size(); ++at) {
    const char c = skeleton[at];
    if (c != kMark && c != kEscape) continue;
    put(skeleton.substr(literal, at - literal));
    ++at;
    if (c == kMark) put(take());
    literal = c == kMark ? at + 1 : at;  // an escaped byte begins the next literal
  }
  put(skeleton.substr(literal));
}

}  // namespace narfi::storage
