#include "query/patterns/pattern_cover.h"

#include <algorithm>

namespace narfi::query {
namespace {

bool IsDigitByte(char c) { return c >= '0' && c <= '9'; }

// Whether a capture may take the first byte of the text, with what follows.
bool MayTakeFirst(const Captured& captured, std::string_view text) {
  if (captured.is_json_end) return true;
  const auto byte = static_cast<uint8_t>(text[0]);
  if (!captured.bytes[byte]) return false;
  return !captured.before_digits[byte] || text.size() == 1 || IsDigitByte(text[1]);
}

}  // namespace

CoveredPattern::CoveredPattern(const WrittenPattern& pattern) {
  size_t captures = 0;
  for (const logql::PatternPart& part : logql::SplitPattern(pattern.text)) {
    if (!part.is_capture) {
      for (const char byte : part.text) elements_.push_back({nullptr, byte});
    } else if (captures < pattern.captures.size()) {
      elements_.push_back({&pattern.captures[captures++]});
    } else {
      is_known_ = false;
    }
  }
  is_known_ &= captures == pattern.captures.size();
}

bool CoveredPattern::IsCoveredBy(const std::vector<logql::PatternPart>& by, Reach reach) const {
  if (!is_known_) return false;
  size_t at = 0;
  bool in_capture = false;
  for (const logql::PatternPart& part : by) {
    if (part.is_capture) {
      in_capture = true;
      continue;
    }
    if (in_capture) at = FindBehind(part.text, at, reach);
    if (at == kNowhere || !IsAt(part.text, at)) return false;
    at += part.text.size();
    in_capture = false;
  }
  return in_capture ? IsTaken(at, elements_.size(), reach) : at == elements_.size();
}

bool CoveredPattern::IsAt(std::string_view literal, size_t at) const {
  if (literal.size() > elements_.size() - at) return false;
  for (size_t i = 0; i < literal.size(); ++i) {
    const Element& element = elements_[at + i];
    if (element.captured != nullptr || element.byte != literal[i]) return false;
  }
  return true;
}

size_t CoveredPattern::FindBehind(std::string_view literal, size_t at, Reach reach) const {
  bool is_over = false;  // more than one word would be taken
  for (size_t end = at; end < elements_.size() && !is_over; ++end) {
    if (end > at && IsAt(literal, end)) return IsTaken(at, end, reach) ? end : kNowhere;
    if (MayBeginIn(literal, end)) return kNowhere;
    if (reach == Reach::kAny) continue;
    is_over = IsSpace(end) || (end > at && IsQuote(end - 1) && end - 1 > at) ||
              (end > at && IsQuote(end) && !IsQuote(at));
  }
  return kNowhere;
}

bool CoveredPattern::MayBeginIn(std::string_view literal, size_t at) const {
  const Element& begin = elements_[at];
  if (begin.captured == nullptr && begin.byte != literal[0]) return false;
  if (begin.captured != nullptr && !MayTakeFirst(*begin.captured, literal)) return false;
  if (begin.captured != nullptr && begin.captured->is_json_end && BringsNextKey(literal))
    return false;
  // Most literals begin in a byte and differ before the next capture.
  for (; !literal.empty() && at < elements_.size() && elements_[at].captured == nullptr; ++at) {
    if (elements_[at].byte != literal[0]) return false;
    literal.remove_prefix(1);
  }
  // The elements that the next byte may be in.
  std::vector<size_t> places{at};
  std::vector<size_t> next;
  for (; !literal.empty() && !places.empty(); literal.remove_prefix(1)) {
    next.clear();
    for (const size_t place : places) {
      if (place == elements_.size()) continue;
      const Element& element = elements_[place];
      if (element.captured == nullptr) {
        if (element.byte == literal[0]) next.push_back(place + 1);
      } else if (MayTakeFirst(*element.captured, literal)) {
        next.push_back(place);
        next.push_back(place + 1);
      }
    }
    std::sort(next.begin(), next.end());
    next.erase(std::unique(next.begin(), next.end()), next.end());
    std::swap(places, next);
  }
  return !places.empty();
}

bool CoveredPattern::IsTaken(size_t first, size_t end, Reach reach) const {
  return reach == Reach::kAny ? first < end : IsOneWord(first, end);
}

bool CoveredPattern::IsOneWord(size_t first, size_t end) const {
  if (end - first > 2 && IsQuote(first) && IsQuote(end - 1)) {
    ++first;
    --end;
  }
  bool is_word = first < end;
  for (size_t at = first; at < end; ++at) is_word &= !IsSpace(at) && !IsQuote(at);
  return is_word;
}

bool CoveredPattern::IsSpace(size_t at) const {
  return elements_[at].captured == nullptr && static_cast<uint8_t>(elements_[at].byte) <= ' ';
}

bool CoveredPattern::IsQuote(size_t at) const {
  return elements_[at].captured == nullptr && elements_[at].byte == '"';
}

}  // namespace narfi::query
