#include "storage/skeleton.h"

#include <array>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "storage/value_form.h"

namespace narfi::storage {
namespace {

enum : uint8_t { kDigit = 1, kHexLetter = 2, kLetter = 4, kSpecial = 8 };

constexpr std::array<uint8_t, 256> MakeClasses() {
  std::array<uint8_t, 256> out{};
  for (int c = '0'; c <= '9'; ++c) out[static_cast<size_t>(c)] = kDigit;
  for (int c = 'a'; c <= 'z'; ++c)
    out[static_cast<size_t>(c)] = static_cast<uint8_t>(c <= 'f' ? kHexLetter | kLetter : kLetter);
  for (int c = 'A'; c <= 'Z'; ++c) out[static_cast<size_t>(c)] = kLetter;
  out[static_cast<uint8_t>(kMark)] = kSpecial;
  out[static_cast<uint8_t>(kEscape)] = kSpecial;
  return out;
}
constexpr std::array<uint8_t, 256> kClasses = MakeClasses();

uint8_t ClassOf(char c) { return kClasses[static_cast<uint8_t>(c)]; }

// The end of the point in time that begins at `at`, its zone left out; `at` when there is none.
// With a digit or a to f right behind there is none: who searches takes those for one word.
size_t EndOfTime(std::string_view text, size_t at) {
  constexpr size_t kWithoutFraction = 19;
  if (text.size() - at < kWithoutFraction || text[at + 4] != '-' || text[at + 7] != '-' ||
      text[at + 13] != ':' || text[at + 16] != ':')
    return at;
  size_t end = at + kWithoutFraction;
  if (end + 1 < text.size() && (text[end] == '.' || text[end] == ',') &&
      ClassOf(text[end + 1]) == kDigit) {
    size_t digits = 0;
    while (end + 1 + digits < text.size() && ClassOf(text[end + 1 + digits]) == kDigit) ++digits;
    if (digits <= kMaxFractionDigits) end += 1 + digits;
  }
  if (end < text.size() && (ClassOf(text[end]) & (kDigit | kHexLetter)) != 0) return at;
  TimeText time;
  return ParseTimeText(text.substr(at, end - at), time) ? end : at;
}

// Writes the skeleton where there is room for twice the text: a byte becomes two at most.
class Splitter {
 public:
  Splitter(std::string_view text, char* out, std::vector<Variable>& variables)
      : text_(text), out_(out), variables_(variables) {}

  // The end of what was written.
  char* Run() {
    while (at_ < text_.size()) {
      CopyPlainWords();
      if (at_ == text_.size()) break;
      const uint8_t of = ClassOf(text_[at_]);
      if ((of & (kDigit | kHexLetter)) != 0) {
        Word();
      } else if ((of & kLetter) != 0) {
        Letters();
      } else {
        if (of == kSpecial) *out_++ = kEscape;
        *out_++ = text_[at_++];
      }
    }
    return out_;
  }

 private:
  // Whole words without digits, and what is between them, sixteen bytes at a time. A word begins at
  // `at_`, before and after.
  void CopyPlainWords() {
#ifdef __SSE2__
    const auto equals = [](__m128i bytes, char c) {
      return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c));
    };
    const auto within = [](__m128i bytes, char first, char last) {
      const __m128i above = _mm_sub_epi8(bytes, _mm_set1_epi8(first));
      return _mm_cmpeq_epi8(_mm_min_epu8(above, _mm_set1_epi8(static_cast<char>(last - first))),
                            above);
    };
    while (at_ + 16 <= text_.size()) {
      const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text_.data() + at_));
      const __m128i stops = _mm_or_si128(
          within(bytes, '0', '9'), _mm_or_si128(equals(bytes, kMark), equals(bytes, kEscape)));
      const __m128i letters = within(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), 'a', 'z');
      const auto stop = static_cast<uint32_t>(_mm_movemask_epi8(stops)) | 1U << 16;
      const auto letter = static_cast<uint32_t>(_mm_movemask_epi8(letters));
      // Bytes before the first stop that belong to no word: what lies up to the last of them is
      // whole.
      const uint32_t between = ~letter & (stop ^ (stop - 1)) >> 1;
      if (between == 0) return;
      const auto size = static_cast<size_t>(32 - __builtin_clz(between));
      _mm_storeu_si128(reinterpret_cast<__m128i*>(out_), bytes);
      out_ += size;
      at_ += size;
      if (stop != 1U << 16) return;
    }
#endif
  }

  // A word that begins with a digit or a to f: an id, or letters and runs of digits.
  void Word() {
    if (ClassOf(text_[at_]) == kDigit) {
      if (const size_t end = EndOfTime(text_, at_); end != at_)
        return Put(kTimeVariable, end - at_);
    }
    size_t end = at_;
    uint8_t all = 0xFF;
    uint8_t any = 0;
    for (; end < text_.size(); ++end) {
      const uint8_t of = ClassOf(text_[end]);
      if ((of & (kDigit | kLetter)) == 0) break;
      all &= (of & (kDigit | kHexLetter)) != 0 ? 0xFF : 0;
      any |= of;
    }
    const size_t size = end - at_;
    if (all != 0 && size >= kLeastNibbles && size <= kMaxHexVariable && (any & kDigit) != 0 &&
        (any & kHexLetter) != 0)
      return Put(static_cast<VariableKind>(kHexVariable | size), size);
    if ((any & kDigit) != 0) return Letters();
    std::memcpy(out_, text_.data() + at_, size);
    out_ += size;
    at_ = end;
  }

  // The rest of a word: runs of digits are variables.
  void Letters() {
    while (at_ < text_.size()) {
      const uint8_t of = ClassOf(text_[at_]);
      if (of == kDigit) {
        size_t size = 1;
        while (size < kMaxDigitRun && at_ + size < text_.size() &&
               ClassOf(text_[at_ + size]) == kDigit)
          ++size;
        Put(static_cast<VariableKind>(size), size);
      } else if ((of & kLetter) != 0) {
        *out_++ = text_[at_++];
      } else {
        return;
      }
    }
  }

  void Put(VariableKind kind, size_t size) {
    *out_++ = kMark;
    *out_++ = static_cast<char>(kind);
    variables_.push_back({kind, text_.substr(at_, size)});
    at_ += size;
  }

  const std::string_view text_;
  char* out_;
  std::vector<Variable>& variables_;
  size_t at_ = 0;
};

}  // namespace

void MakeSkeleton(std::string_view text, std::string& skeleton, std::vector<Variable>& variables) {
  variables.clear();
  skeleton.resize(2 * text.size());
  const char* const end = Splitter(text, skeleton.data(), variables).Run();
  skeleton.resize(static_cast<size_t>(end - skeleton.data()));
}

}  // namespace narfi::storage
