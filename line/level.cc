#include "line/level.h"

#include <algorithm>
#include <bit>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "line/label_name.h"

namespace narfi::line {
namespace {

struct LevelWord {
  std::string_view word;  // in lower case
  std::string_view level;
};

// By length.
constexpr LevelWord kLevelWords[] = {
    {"trc", "trace"},         {"dbg", "debug"},   {"inf", "info"},    {"wrn", "warn"},
    {"err", "error"},         {"info", "info"},   {"warn", "warn"},   {"trace", "trace"},
    {"debug", "debug"},       {"error", "error"}, {"fatal", "fatal"}, {"warning", "warn"},
    {"critical", "critical"},
};
constexpr size_t kLevelWordCount = std::size(kLevelWords);
constexpr size_t kLongestLevel = 8;

constexpr uint8_t kWordByte = 1;    // a letter, digit or underscore
constexpr uint8_t kLevelStart = 2;  // a letter that a level begins with
constexpr std::string_view kLevelStarts = "cdefitw";

constexpr std::array<uint8_t, 256> MakeByteClasses() {
  std::array<uint8_t, 256> classes{};
  for (size_t c = 'a'; c <= 'z'; ++c) classes[c] = classes[c - 32] = kWordByte;
  for (size_t c = '0'; c <= '9'; ++c) classes[c] = kWordByte;
  classes['_'] = kWordByte;
  for (const char c : kLevelStarts) {
    classes[static_cast<size_t>(c)] |= kLevelStart;
    classes[static_cast<size_t>(c) - 32] |= kLevelStart;
  }
  return classes;
}
constexpr std::array<uint8_t, 256> kByteClasses = MakeByteClasses();

bool IsWordByte(char c) { return (kByteClasses[static_cast<uint8_t>(c)] & kWordByte) != 0; }

// Up to eight letters as one number.
constexpr uint64_t PackWord(std::string_view word) {
  uint64_t packed = 0;
  for (size_t i = 0; i < word.size(); ++i) {
    packed |= static_cast<uint64_t>(static_cast<uint8_t>(word[i])) << (8 * i);
  }
  return packed;
}

// kLevelWords as numbers, and where each length begins among them.
struct PackedLevelWords {
  std::array<uint64_t, kLevelWordCount> words{};
  std::array<uint8_t, kLongestLevel + 2> first{};
};

constexpr PackedLevelWords MakePackedLevelWords() {
  PackedLevelWords packed;
  for (size_t i = 0; i < kLevelWordCount; ++i) packed.words[i] = PackWord(kLevelWords[i].word);
  for (size_t length = 0; length < packed.first.size(); ++length) {
    while (packed.first[length] < kLevelWordCount &&
           kLevelWords[packed.first[length]].word.size() < length) {
      ++packed.first[length];
    }
  }
  return packed;
}
constexpr PackedLevelWords kPackedLevelWords = MakePackedLevelWords();

// Setting bit 5 makes letters lower case and turns nothing else into one.
std::string_view LookUpLevel(std::string_view word) {
  if (word.empty() || word.size() > kLongestLevel) return {};
  uint64_t packed = 0;
  std::memcpy(&packed, word.data(), word.size());  // little-endian hosts only
  packed |= 0x2020202020202020ULL >> (8 * (8 - word.size()));
  const size_t end = kPackedLevelWords.first[word.size() + 1];
  for (size_t i = kPackedLevelWords.first[word.size()]; i < end; ++i) {
    if (kPackedLevelWords.words[i] == packed) return kLevelWords[i].level;
  }
  return {};
}

constexpr size_t kBlockBytes = 16;

#if defined(__SSE2__)
__m128i IsBetween(__m128i bytes, char first, char last) {
  const __m128i offset = _mm_sub_epi8(bytes, _mm_set1_epi8(first));
  const __m128i most = _mm_set1_epi8(static_cast<char>(last - first));
  return _mm_cmpeq_epi8(_mm_min_epu8(offset, most), offset);
}

// A bit for each byte of the block where a word begins that may be a level. `after_word`: whether
// the byte in front of the block belongs to a word; then the same of the next block.
uint32_t LevelStarts(const char* block, uint32_t& after_word) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block));
  const __m128i lower = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
  const __m128i word =
      _mm_or_si128(_mm_or_si128(IsBetween(lower, 'a', 'z'), IsBetween(bytes, '0', '9')),
                   _mm_cmpeq_epi8(bytes, _mm_set1_epi8('_')));
  __m128i start = _mm_setzero_si128();
  for (const char c : kLevelStarts) {
    start = _mm_or_si128(start, _mm_cmpeq_epi8(lower, _mm_set1_epi8(c)));
  }
  const auto words = static_cast<uint32_t>(_mm_movemask_epi8(word));
  const auto starts = static_cast<uint32_t>(_mm_movemask_epi8(start));
  const uint32_t found = starts & ~(words << 1 | after_word);
  after_word = words >> (kBlockBytes - 1);
  return found;
}
#else
uint32_t LevelStarts(const char* block, uint32_t& after_word) {
  uint32_t found = 0;
  for (size_t i = 0; i < kBlockBytes; ++i) {
    const uint8_t kind = kByteClasses[static_cast<uint8_t>(block[i])];
    if ((kind & kLevelStart) != 0 && after_word == 0) found |= 1U << i;
    after_word = kind & kWordByte;
  }
  return found;
}
#endif

// The level that the word at the front of `text` names.
std::string_view LevelAtWord(std::string_view text) {
  size_t length = 1;
  while (length < text.size() && length <= kLongestLevel && IsWordByte(text[length])) ++length;
  return LookUpLevel(text.substr(0, length));
}

// The first whole word that names a level.
std::string_view FindLevelWord(std::string_view line) {
  uint32_t after_word = 0;
  for (size_t at = 0; at < line.size(); at += kBlockBytes) {
    std::array<char, kBlockBytes> last{};
    const char* block = line.data() + at;
    if (line.size() - at < kBlockBytes) {
      std::memcpy(last.data(), block, line.size() - at);
      block = last.data();
    }
    for (uint32_t found = LevelStarts(block, after_word); found != 0; found &= found - 1) {
      const auto offset = static_cast<size_t>(std::countr_zero(found));
      const std::string_view level = LevelAtWord(line.substr(at + offset));
      if (!level.empty()) return level;
    }
  }
  return {};
}

bool IsGapInJson(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Walks over the tokens of a JSON text without checking its grammar: all it has to know is which
// strings are keys, and how deep they are.
class JsonLevelScanner {
 public:
  JsonLevelScanner(std::string_view line, const LevelFields& fields)
      : next_(line.data()), end_(line.data() + line.size()), fields_(fields) {}

  std::string_view Find() {
    int64_t depth = 0;
    while (next_ != end_) {
      const char c = *next_++;
      if (c == '"') {
        const std::string_view level = TakeStringAndValue(depth);
        if (!level.empty()) return level;
      } else if (c == '{' || c == '[') {
        ++depth;
      } else if (c == '}' || c == ']') {
        --depth;
      }
    }
    return {};
  }

 private:
  // The rest of a string whose opening quote is behind us.
  std::string_view TakeString() {
    const char* const begin = next_;
    for (;;) {
      const auto* quote =
          static_cast<const char*>(std::memchr(next_, '"', static_cast<size_t>(end_ - next_)));
      if (quote == nullptr) {
        next_ = end_;
        return {};
      }
      next_ = quote + 1;
      const char* before = quote;
      while (before != begin && before[-1] == '\\') --before;
      if (((quote - before) & 1) == 0) return {begin, static_cast<size_t>(quote - begin)};
    }
  }

  void SkipSpace() {
    while (next_ != end_ && IsGapInJson(*next_)) ++next_;
  }

  bool Take(char c) {
    SkipSpace();
    if (next_ == end_ || *next_ != c) return false;
    ++next_;
    return true;
  }

  // The level, if the string is a level key with a level as its value.
  std::string_view TakeStringAndValue(int64_t depth) {
    const std::string_view key = TakeString();
    if (!Take(':') || !fields_.Has(key) || !fields_.AcceptsDepth(depth)) return {};
    return Take('"') ? NormalizeLevel(TakeString()) : std::string_view();
  }

  const char* next_;
  const char* end_;
  const LevelFields& fields_;
};

// Behind the closing quote of a logfmt value whose opening quote is at `begin`.
const char* SkipQuotedValue(const char* begin, const char* end) {
  for (const char* next = begin + 1; next != end; ++next) {
    if (*next == '"') return next + 1;
    if (*next == '\\' && ++next == end) break;
  }
  return end;
}

std::string_view Unquote(std::string_view value) {
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
    value = value.substr(1, value.size() - 2);
  }
  return value;
}

// The first level key of key=value pairs between spaces whose value is a level.
std::string_view FindLogfmtLevel(std::string_view line, const LevelFields& fields) {
  const char* next = line.data();
  const char* const end = next + line.size();
  while (next != end) {
    while (next != end && static_cast<uint8_t>(*next) <= ' ') ++next;
    const char* const key = next;
    while (next != end && static_cast<uint8_t>(*next) > ' ' && *next != '=') ++next;
    if (next == end || *next != '=') continue;
    const std::string_view name(key, static_cast<size_t>(next - key));
    const char* const value = ++next;
    if (value != end && *value == '"') {
      next = SkipQuotedValue(value, end);
    } else {
      while (next != end && static_cast<uint8_t>(*next) > ' ') ++next;
    }
    if (!fields.Has(name)) continue;
    const std::string_view level =
        NormalizeLevel(Unquote({value, static_cast<size_t>(next - value)}));
    if (!level.empty()) return level;
  }
  return {};
}

std::string_view FindLevelField(std::string_view line, const LevelFields& fields) {
  const auto first = std::find_if_not(line.begin(), line.end(), IsGapInJson);
  if (first != line.end() && *first == '{') return JsonLevelScanner(line, fields).Find();
  if (line.find('=') == std::string_view::npos) return {};
  return FindLogfmtLevel(line, fields);
}

}  // namespace

std::string_view NormalizeLevel(std::string_view value) {
  const std::string_view level = LookUpLevel(value);
  if (!level.empty()) return level;
  constexpr std::string_view kInformation = "information";
  const auto same_letter = [](char a, char b) { return (a | 0x20) == b; };
  const bool information =
      std::equal(value.begin(), value.end(), kInformation.begin(), kInformation.end(), same_letter);
  return information ? "info" : std::string_view();
}

LevelFields::LevelFields(std::vector<std::string> names, int64_t json_depth)
    : names_(std::move(names)), json_depth_(json_depth) {
  for (const std::string& name : names_) {
    if (name.empty()) continue;
    lengths_by_first_[static_cast<uint8_t>(name.front())] |= 1U << (name.size() & 31);
    label_names_.push_back(ToLabelName(name));
  }
}

bool LevelFields::IsListed(std::string_view name) const {
  return std::find(names_.begin(), names_.end(), name) != names_.end();
}

std::string_view DetectLevel(std::string_view line, const LevelFields& fields) {
  if (const std::string_view level = FindLevelField(line, fields); !level.empty()) return level;
  const std::string_view level = FindLevelWord(line);
  return level.empty() ? kUnknownLevel : level;
}

}  // namespace narfi::line
