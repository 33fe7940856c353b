#include "storage/skeleton_search.h"

#include <algorithm>
#include <vector>

#include "storage/skeleton.h"

namespace narfi::storage {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsAlnum(char c) { return IsDigit(c) || IsLower(c) || (c >= 'A' && c <= 'Z'); }
bool IsHex(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f'); }

// How much to cut off the first word of the needle, which may go on before it. A word with another
// letter than a to f is no id, wherever it is: then only the digits at its very begin are unsure.
size_t UnsureBegin(std::string_view needle) {
  size_t word = 0;
  bool all_hex = true;
  for (; word < needle.size() && IsAlnum(needle[word]); ++word) all_hex &= IsHex(needle[word]);
  if (word == 0) return 0;
  if (all_hex) return word;
  size_t digits = 0;
  while (digits < word && IsDigit(needle[digits])) ++digits;
  return digits;
}

size_t UnsureEnd(std::string_view needle) {
  const std::string reversed(needle.rbegin(), needle.rend());
  return UnsureBegin(reversed);
}

// Runs of digits between letters: in a text where the needle is part of a longer word, and that is
// no id, what is between its first and its last piece is there as it is.
std::string InnerOfWord(std::string_view word) {
  size_t begin = 0;
  while (begin < word.size() && IsDigit(word[begin]) == IsDigit(word[0])) ++begin;
  size_t end = word.size();
  while (end > begin && IsDigit(word[end - 1]) == IsDigit(word.back())) --end;
  // Letters at the ends are sure.
  if (!IsDigit(word[0])) begin = 0;
  if (!IsDigit(word.back())) end = word.size();
  if (begin >= end) return {};
  std::string skeleton;
  for (size_t at = begin; at < end;) {
    if (!IsDigit(word[at])) {
      skeleton.push_back(word[at++]);
      continue;
    }
    size_t size = 0;
    while (at + size < end && IsDigit(word[at + size])) ++size;
    if (size > kMaxDigitRun) return {};
    skeleton.push_back(kMark);
    skeleton.push_back(static_cast<char>(size));
    at += size;
  }
  return skeleton;
}

}  // namespace

namespace {

// Whether a byte of the needle may stand inside a point in time: its punctuation has digits on both
// sides, as far as the needle goes.
bool MayCutTime(std::string_view needle, bool folded) {
  for (size_t i = 0; i < needle.size(); ++i) {
    const char c = folded && needle[i] == 't' ? 'T' : needle[i];
    if (std::string_view("-:.,T ").find(c) == std::string_view::npos) continue;
    const bool left = i == 0 || IsDigit(needle[i - 1]);
    const bool right = i + 1 == needle.size() || IsDigit(needle[i + 1]);
    if (left && right) return true;
  }
  return false;
}

}  // namespace

SkeletonNeedle MakeSkeletonNeedle(std::string_view needle, bool folded) {
  SkeletonNeedle out;
  out.is_number = std::all_of(needle.begin(), needle.end(), IsDigit);
  if (out.is_number) return out;
  if (std::all_of(needle.begin(), needle.end(), IsHex)) {
    out.may_be_in_id = true;
    out.pattern = InnerOfWord(needle);
    return out;
  }
  if (MayCutTime(needle, folded)) return out;
  const size_t begin = UnsureBegin(needle);
  const size_t end = needle.size() - UnsureEnd(needle);
  if (begin >= end) return out;
  const std::string_view sure = needle.substr(begin, end - begin);
  std::vector<Variable> variables;
  MakeSkeleton(sure, out.pattern, variables);
  // In capitals an id is none, and a T in a time another letter.
  const auto hangs_on_case = [](const Variable& variable) {
    return variable.kind >= kTimeVariable;
  };
  if (folded && std::any_of(variables.begin(), variables.end(), hangs_on_case)) return {};
  // A byte that could be the kind of a mark proves nothing at the begin of a pattern.
  out.is_exact = variables.empty() && sure.size() == needle.size() && needle.size() > 1 &&
                 needle[0] >= 0x20 && needle[0] < 0x7F;
  return out;
}

}  // namespace narfi::storage
