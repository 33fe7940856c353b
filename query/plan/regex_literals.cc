#include "query/plan/regex_literals.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include "base/unicode.h"

namespace narfi::query {
namespace {

using Texts = std::vector<std::string>;

constexpr size_t kMaxTexts = 16;
constexpr int kMaxDepth = 50;

// What is known of a part of the expression.
struct Part {
  std::optional<Texts> exact;  // it matches these and nothing else
  Texts required;              // else: one of them is in whatever it matches
};

Part Exactly(std::string text) { return {Texts{std::move(text)}, {}}; }

size_t Shortest(const Texts& texts) {
  size_t shortest = texts.empty() ? 0 : SIZE_MAX;
  for (const std::string& text : texts) shortest = std::min(shortest, text.size());
  return shortest;
}

// The longer the shortest of its texts, the more a set rules out.
void TakeBetter(Texts& best, Texts candidate) {
  if (Shortest(candidate) > Shortest(best)) best = std::move(candidate);
}

Texts RequiredOf(Part part) {
  if (!part.exact) return std::move(part.required);
  return Shortest(*part.exact) > 0 ? std::move(*part.exact) : Texts();
}

// a|b|c
Part Alternatives(std::vector<Part> legs) {
  if (legs.size() == 1) return std::move(legs.front());
  Part out;
  const bool all_exact =
      std::all_of(legs.begin(), legs.end(), [](const Part& leg) { return leg.exact.has_value(); });
  Texts all;
  bool all_known = true;
  for (Part& leg : legs) {
    const Texts texts = all_exact ? *leg.exact : RequiredOf(std::move(leg));
    all_known &= !texts.empty();
    all.insert(all.end(), texts.begin(), texts.end());
  }
  if (all.size() > kMaxTexts) return out;
  if (all_exact) {
    out.exact = std::move(all);
  } else if (all_known) {
    out.required = std::move(all);
  }
  return out;
}

// Parts one after the other.
class Sequence {
 public:
  void Add(Part part) {
    all_exact_ &= part.exact.has_value();
    if (part.exact && part.exact->size() * run_.size() <= kMaxTexts) {
      Texts joined;
      for (const std::string& before : run_) {
        for (const std::string& text : *part.exact) joined.push_back(before + text);
      }
      run_ = std::move(joined);
      return;
    }
    all_exact_ = false;
    EndRun();
    TakeBetter(best_, RequiredOf(std::move(part)));
  }

  Part Take() {
    if (all_exact_) return {std::move(run_), {}};
    EndRun();
    return {std::nullopt, std::move(best_)};
  }

 private:
  void EndRun() {
    if (Shortest(run_) > 0) TakeBetter(best_, std::move(run_));
    run_ = {""};
  }

  bool all_exact_ = true;
  Texts run_ = {""};
  Texts best_;
};

class Reader {
 public:
  explicit Reader(std::string_view pattern) : rest_(pattern) {}

  RequiredTexts Read() {
    Part part = ReadAlternatives(0);
    RequiredTexts out;
    if (lost_ || !rest_.empty()) return out;
    out.any_of = RequiredOf(std::move(part));
    out.folded = any_folded_;
    if (any_folded_) {
      for (std::string& text : out.any_of) text = ToLowerAscii(text);
    }
    using Scope = storage::PatternSearch::Scope;
    out.scope = looks_around_ ? Scope::kLine : takes_any_ ? Scope::kText : Scope::kValue;
    return out;
  }

 private:
  Part ReadAlternatives(int depth) {
    std::vector<Part> legs;
    legs.push_back(ReadSequence(depth));
    while (Accept('|')) legs.push_back(ReadSequence(depth));
    return Alternatives(std::move(legs));
  }

  Part ReadSequence(int depth) {
    Sequence sequence;
    while (!lost_ && !rest_.empty() && rest_.front() != '|' && rest_.front() != ')')
      sequence.Add(ReadRepeats(ReadAtom(depth)));
    return sequence.Take();
  }

  Part ReadAtom(int depth) {
    switch (rest_.front()) {
      case '(':
        return ReadGroup(depth);
      case '[':
        return ReadClass();
      case '\\':
        return ReadEscape();
      case '^':
      case '$':
        looks_around_ = true;
        rest_.remove_prefix(1);
        return Exactly("");
      case '.':
        takes_any_ = true;
        rest_.remove_prefix(1);
        return {};
      case '*':
      case '+':
      case '?':
      case '{':
        return GetLost();
      default:
        return TakeLiteral(std::max<size_t>(1, DecodeRune(rest_).bytes));
    }
  }

  Part TakeLiteral(size_t bytes) {
    std::string text(rest_.substr(0, bytes));
    rest_.remove_prefix(bytes);
    const bool is_ascii = bytes == 1 && static_cast<unsigned char>(text[0]) < 0x80;
    if (is_ascii) Take(text[0], text[0]);
    if (!fold_) return Exactly(std::move(text));
    any_folded_ = true;
    return is_ascii ? Exactly(std::move(text)) : Part();
  }

  // Characters that a match may have.
  void Take(char low, char high) { takes_any_ |= low < ' ' || (low <= '"' && high >= '"'); }

  Part ReadGroup(int depth) {
    if (depth >= kMaxDepth) return GetLost();
    rest_.remove_prefix(1);
    const bool fold_before = fold_;
    if (rest_.starts_with("?P<") || rest_.starts_with("?<")) {
      if (!SkipBehind('>')) return GetLost();
    } else if (rest_.starts_with('?')) {
      const size_t end = rest_.find_first_of(":)");
      if (end == std::string_view::npos) return GetLost();
      TakeFlags(rest_.substr(1, end - 1));
      const bool to_the_end = rest_[end] == ')';
      rest_.remove_prefix(end + 1);
      // Flags hold for the rest of the group around. A repetition behind them is of what is before.
      if (to_the_end) return AtRepeat() ? GetLost() : Exactly("");
    }
    Part inner = ReadAlternatives(depth + 1);
    fold_ = fold_before;
    return Accept(')') ? std::move(inner) : GetLost();
  }

  void TakeFlags(std::string_view flags) {
    bool on = true;
    for (const char c : flags) {
      if (c == '-') on = false;
      if (c == 'i') fold_ = on;
    }
  }

  Part ReadClass() {
    rest_.remove_prefix(1);
    takes_any_ |= Accept('^');
    for (bool first = true; !rest_.empty(); first = false) {
      if (rest_.front() == ']' && !first) {
        rest_.remove_prefix(1);
        return {};
      }
      if (rest_.starts_with("[:")) {
        if (!ReadNamedClass()) return GetLost();
        continue;
      }
      if (rest_.front() == '\\' && rest_.size() > 1 && std::isalpha(Unsigned(rest_[1])) != 0) {
        // Never the begin of a range.
        if (std::string_view("dwsDWS").find(rest_[1]) == std::string_view::npos) return GetLost();
        takes_any_ |= std::isupper(Unsigned(rest_[1])) != 0;
        rest_.remove_prefix(2);
        continue;
      }
      if (!ReadClassRange()) return GetLost();
    }
    return GetLost();
  }

  // [:alpha:] and the like; false for what looks like one and is none.
  bool ReadNamedClass() {
    const size_t end = rest_.find(":]", 2);
    if (end == std::string_view::npos) return false;
    const std::string_view name = rest_.substr(2, end - 2);
    rest_.remove_prefix(end + 2);
    takes_any_ |=
        name != "alpha" && name != "alnum" && name != "digit" && name != "lower" && name != "upper";
    const std::string_view letters = name.starts_with('^') ? name.substr(1) : name;
    return !letters.empty() &&
           std::all_of(letters.begin(), letters.end(), [](char c) { return c >= 'a' && c <= 'z'; });
  }

  // One character of a class, or two and all between them. False for what is not known here.
  bool ReadClassRange() {
    char low = '\0';
    if (!ReadClassCharacter(low)) return false;
    char high = low;
    if (rest_.size() >= 2 && rest_[0] == '-' && rest_[1] != ']') {
      rest_.remove_prefix(1);
      if (rest_.starts_with("[:") || !ReadClassCharacter(high)) return false;
    }
    Take(low, high);
    return true;
  }

  bool ReadClassCharacter(char& c) {
    c = rest_.front();
    rest_.remove_prefix(1);
    if (c != '\\') return true;
    if (rest_.empty() || std::ispunct(Unsigned(rest_.front())) == 0) return false;
    c = rest_.front();
    rest_.remove_prefix(1);
    return true;
  }

  static unsigned char Unsigned(char c) { return static_cast<unsigned char>(c); }

  bool AtRepeat() const {
    return !rest_.empty() && std::string_view("*+?{").find(rest_.front()) != std::string_view::npos;
  }

  // Of {2}, {2,} and {2,4}; 0 when it is none of them, and stands for itself.
  size_t BytesOfCount() const {
    size_t at = 1;
    const auto number = [&] {
      const size_t begin = at;
      while (at < rest_.size() && std::isdigit(Unsigned(rest_[at])) != 0) ++at;
      return at > begin && (at == begin + 1 || rest_[begin] != '0');
    };
    if (!number()) return 0;
    if (at < rest_.size() && rest_[at] == ',') {
      ++at;
      if (at < rest_.size() && rest_[at] != '}' && !number()) return 0;
    }
    return at < rest_.size() && rest_[at] == '}' ? at + 1 : 0;
  }

  Part ReadEscape() {
    if (rest_.size() < 2) return GetLost();
    const char c = rest_[1];
    if (std::ispunct(static_cast<unsigned char>(c)) != 0) {
      rest_.remove_prefix(1);
      return TakeLiteral(1);
    }
    if (std::string_view("dDwWsSbBAz").find(c) == std::string_view::npos) return GetLost();
    rest_.remove_prefix(2);
    const bool empty_width = std::string_view("bBAz").find(c) != std::string_view::npos;
    looks_around_ |= empty_width;
    takes_any_ |= c == 'D' || c == 'W' || c == 'S';
    return empty_width ? Exactly("") : Part();
  }

  Part ReadRepeats(Part atom) {
    while (!lost_ && !rest_.empty()) {
      bool may_miss = true;
      if (Accept('+')) {
        may_miss = false;
      } else if (rest_.front() == '{') {
        const size_t bytes = BytesOfCount();
        if (bytes == 0) return GetLost();
        may_miss = rest_[1] == '0';
        rest_.remove_prefix(bytes);
      } else if (!Accept('*') && !Accept('?')) {
        return atom;
      }
      Accept('?');  // as few as will do
      atom = may_miss ? Part() : Part{std::nullopt, RequiredOf(std::move(atom))};
    }
    return atom;
  }

  bool Accept(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool SkipBehind(char c) {
    const size_t at = rest_.find(c);
    if (at == std::string_view::npos) return false;
    rest_.remove_prefix(at + 1);
    return true;
  }
  Part GetLost() {
    lost_ = true;
    return {};
  }

  std::string_view rest_;
  bool fold_ = false;
  bool any_folded_ = false;
  bool looks_around_ = false;  // whether it matches hangs on what is around
  bool takes_any_ = false;     // a match may have quotes or controls
  bool lost_ = false;          // something was met that is not understood here
};

// Stands for itself in a regex.
bool IsLiteral(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         std::string_view(" _-/:=\"',;<>@#%&!~`").find(c) != std::string_view::npos;
}

}  // namespace

std::vector<std::string> ExactTexts(std::string_view pattern) {
  std::vector<std::string> texts(1);
  for (const char c : pattern) {
    if (c == '|') {
      texts.emplace_back();
    } else if (IsLiteral(c)) {
      texts.back() += c;
    } else {
      return {};
    }
  }
  const auto empty = [](const std::string& text) { return text.empty(); };
  if (texts.size() > kMaxTexts || std::any_of(texts.begin(), texts.end(), empty)) texts.clear();
  return texts;
}

RequiredTexts RequiredTextsOf(std::string_view pattern) { return Reader(pattern).Read(); }

bool RequiredTexts::MayBeIn(std::string_view text) const {
  return any_of.empty() || std::any_of(any_of.begin(), any_of.end(), [&](const std::string& one) {
           return TextNeedle{one, folded}.MayBeIn(text);
         });
}

}  // namespace narfi::query
