#include "query/exec/regex_shape.h"

#include <cctype>
#include <cstring>

#include "base/unicode.h"

namespace narfi::query {
namespace {

using ShapeKind = RegexShape::Kind;

constexpr int kMaxGroups = 50;

RegexShape MakeShape(ShapeKind kind) {
  RegexShape shape;
  shape.kind = kind;
  return shape;
}

// A dot that waits for its star; alone it is "other".
RegexShape MakeDot() {
  RegexShape shape = MakeShape(ShapeKind::kOther);
  shape.text = ".";
  return shape;
}
bool IsDot(const RegexShape& shape) { return shape.kind == ShapeKind::kOther && shape.text == "."; }

// Flags alone, as in "(?i)abc": no part of what they stand in.
RegexShape MakeFlags() {
  RegexShape shape = MakeShape(ShapeKind::kEmpty);
  shape.text = "?";
  return shape;
}
bool IsFlags(const RegexShape& shape) {
  return shape.kind == ShapeKind::kEmpty && shape.text == "?";
}

RegexShape MakeConcat(std::vector<RegexShape> parts) {
  if (parts.empty()) return MakeShape(ShapeKind::kEmpty);
  if (parts.size() == 1) return std::move(parts.front());
  RegexShape shape = MakeShape(ShapeKind::kConcat);
  shape.parts = std::move(parts);
  return shape;
}

// ------------------------------------------------------------------ common prefixes

const RegexShape* LeadingLiteral(const RegexShape& shape) {
  if (shape.kind == ShapeKind::kLiteral) return &shape;
  if (shape.kind == ShapeKind::kConcat && shape.parts.front().kind == ShapeKind::kLiteral)
    return &shape.parts.front();
  return nullptr;
}

// Whole runes that both begin with.
size_t CommonPrefix(std::string_view a, std::string_view b) {
  size_t same = 0;
  while (same < a.size() && same < b.size() && a[same] == b[same]) ++same;
  while (same > 0 && same < a.size() && (static_cast<unsigned char>(a[same]) & 0xc0) == 0x80)
    --same;
  return same;
}

void RemovePrefix(RegexShape& shape, size_t bytes) {
  if (shape.kind == ShapeKind::kConcat) {
    RegexShape& first = shape.parts.front();
    first.text.erase(0, bytes);
    if (first.text.empty()) shape.parts.erase(shape.parts.begin());
    if (shape.parts.size() == 1) {
      RegexShape only = std::move(shape.parts.front());
      shape = std::move(only);
    }
    return;
  }
  shape.text.erase(0, bytes);
  if (shape.text.empty()) shape = MakeShape(ShapeKind::kEmpty);
}

bool IsOneRune(const RegexShape& shape) {
  return shape.kind == ShapeKind::kLiteral && !shape.text.empty() &&
         DecodeRune(shape.text).bytes == shape.text.size();
}

RegexShape MakeAlternate(std::vector<RegexShape> legs);

// a1|a2 as a(1|2), for each stretch of neighbours with a literal in common.
std::vector<RegexShape> FactorPrefixes(std::vector<RegexShape> legs) {
  std::vector<RegexShape> out;
  for (size_t first = 0; first < legs.size();) {
    const RegexShape* lead = LeadingLiteral(legs[first]);
    size_t end = first + 1;
    size_t shared = lead != nullptr ? lead->text.size() : 0;
    while (shared > 0 && end < legs.size()) {
      const RegexShape* next = LeadingLiteral(legs[end]);
      if (next == nullptr || next->ignore_case != lead->ignore_case) break;
      const size_t same = CommonPrefix(std::string_view(lead->text).substr(0, shared), next->text);
      if (same == 0) break;
      shared = same;
      ++end;
    }
    if (end - first == 1) {
      out.push_back(std::move(legs[first]));
    } else {
      RegexShape prefix = MakeShape(ShapeKind::kLiteral);
      prefix.text = lead->text.substr(0, shared);
      prefix.ignore_case = lead->ignore_case;
      std::vector<RegexShape> rest;
      for (size_t i = first; i < end; ++i) {
        RemovePrefix(legs[i], shared);
        rest.push_back(std::move(legs[i]));
      }
      std::vector<RegexShape> parts;
      parts.push_back(std::move(prefix));
      parts.push_back(MakeAlternate(std::move(rest)));
      out.push_back(MakeConcat(std::move(parts)));
    }
    first = end;
  }
  return out;
}

RegexShape MakeAlternate(std::vector<RegexShape> legs) {
  if (legs.size() == 1) return std::move(legs.front());
  legs = FactorPrefixes(std::move(legs));
  std::vector<RegexShape> merged;
  for (RegexShape& leg : legs) {
    const bool was_one =
        !merged.empty() && (IsOneRune(merged.back()) || merged.back().text == "[]");
    if (was_one && IsOneRune(leg)) {
      merged.back() = MakeShape(ShapeKind::kOther);  // a character class
      merged.back().text = "[]";
    } else if (leg.kind != ShapeKind::kEmpty || merged.empty() ||
               merged.back().kind != ShapeKind::kEmpty) {
      merged.push_back(std::move(leg));
    }
  }
  if (merged.size() == 1) return std::move(merged.front());
  RegexShape shape = MakeShape(ShapeKind::kAlternate);
  shape.parts = std::move(merged);
  return shape;
}

// ------------------------------------------------------------------ reading

class ShapeReader {
 public:
  explicit ShapeReader(std::string_view pattern) : rest_(pattern) {}

  RegexShape ReadAll() {
    RegexShape shape = ReadAlternatives(0);
    return failed_ || !rest_.empty() ? MakeShape(ShapeKind::kOther) : std::move(shape);
  }

 private:
  RegexShape ReadAlternatives(int depth) {
    const bool fold_before = fold_;
    std::vector<RegexShape> legs;
    legs.push_back(ReadConcat(depth));
    while (!failed_ && rest_.starts_with('|')) {
      rest_.remove_prefix(1);
      legs.push_back(ReadConcat(depth));
    }
    fold_ = fold_before;
    return MakeAlternate(std::move(legs));
  }

  RegexShape ReadConcat(int depth) {
    std::vector<RegexShape> parts;
    while (!failed_ && !rest_.empty() && rest_.front() != '|' && rest_.front() != ')') {
      RegexShape atom = ReadAtom(depth);
      if (!failed_) ReadRepeat(atom);
      if (!IsFlags(atom)) AddPart(parts, std::move(atom));
    }
    return MakeConcat(std::move(parts));
  }

  // Neighbouring literals are one, an inner concatenation stays as it is.
  static void AddPart(std::vector<RegexShape>& parts, RegexShape atom) {
    const bool joins = !parts.empty() && parts.back().kind == ShapeKind::kLiteral &&
                       atom.kind == ShapeKind::kLiteral &&
                       parts.back().ignore_case == atom.ignore_case;
    if (joins) {
      parts.back().text += atom.text;
    } else {
      parts.push_back(std::move(atom));
    }
  }

  RegexShape ReadAtom(int depth) {
    const char c = rest_.front();
    if (c == '(') return ReadGroup(depth);
    if (c == '\\') return ReadEscape();
    if (c == '.') {
      rest_.remove_prefix(1);
      return MakeDot();
    }
    if (std::strchr("[^$*+?{", c) != nullptr && c != '\0') {
      failed_ = true;
      return MakeShape(ShapeKind::kOther);
    }
    return TakeLiteral(DecodeRune(rest_).bytes);
  }

  RegexShape TakeLiteral(size_t bytes) {
    RegexShape shape = MakeShape(ShapeKind::kLiteral);
    shape.text = rest_.substr(0, bytes);
    shape.ignore_case = fold_;
    rest_.remove_prefix(bytes);
    return shape;
  }

  RegexShape ReadEscape() {
    rest_.remove_prefix(1);
    if (!rest_.empty() && std::ispunct(static_cast<unsigned char>(rest_.front())) != 0)
      return TakeLiteral(1);
    failed_ = true;
    return MakeShape(ShapeKind::kOther);
  }

  RegexShape ReadGroup(int depth) {
    rest_.remove_prefix(1);
    if (depth >= kMaxGroups) return Fail();
    const bool fold_before = fold_;
    if (rest_.starts_with("?P<") || rest_.starts_with("?<")) {
      const size_t end = rest_.find('>');
      if (end == std::string_view::npos) return Fail();
      rest_.remove_prefix(end + 1);
    } else if (rest_.starts_with('?')) {
      const size_t end = rest_.find_first_of(":)");
      if (end == std::string_view::npos) return Fail();
      const std::string_view flags = rest_.substr(1, end - 1);
      if (flags != "" && flags != "i" && flags != "-i") return Fail();
      if (!flags.empty()) fold_ = flags == "i";
      const bool to_the_end = rest_[end] == ')';
      rest_.remove_prefix(end + 1);
      if (to_the_end) return MakeFlags();  // holds for the rest of this level
    }
    RegexShape inner = ReadAlternatives(depth + 1);
    fold_ = fold_before;
    if (!rest_.starts_with(')')) return Fail();
    rest_.remove_prefix(1);
    return inner;
  }

  void ReadRepeat(RegexShape& atom) {
    if (rest_.empty() || std::strchr("*+?{", rest_.front()) == nullptr) {
      if (IsDot(atom)) failed_ = true;
      return;
    }
    const char c = rest_.front();
    rest_.remove_prefix(1);
    if (!IsDot(atom) || (c != '*' && c != '+')) {
      failed_ = true;
      return;
    }
    if (rest_.starts_with('?')) rest_.remove_prefix(1);
    if (!rest_.empty() && std::strchr("*+?{", rest_.front()) != nullptr) failed_ = true;
    atom = MakeShape(c == '*' ? ShapeKind::kAnyStar : ShapeKind::kAnyPlus);
  }

  RegexShape Fail() {
    failed_ = true;
    return MakeShape(ShapeKind::kOther);
  }

  std::string_view rest_;
  bool fold_ = false;
  // Something that no reduction to literals survives: it makes the whole regex "other".
  bool failed_ = false;
};

}  // namespace

RegexShape ShapeOfRegex(std::string_view pattern) { return ShapeReader(pattern).ReadAll(); }

}  // namespace narfi::query
