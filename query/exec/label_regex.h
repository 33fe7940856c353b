// How `label =~ "regex"` in a pipeline matches, which is not always anchored.
//
// Loki replaces regexes of label filters that come down to literals by searches for those literals:
// "10.*" and ".*ab" then pass whatever contains "10" or "ab", "warn|error" is two comparisons, ".*"
// and "" pass everything. All other regexes must match the whole value. Which ones come down to
// literals depends on how Go's regexp/syntax reads them: common prefixes of alternatives are taken
// out, alternatives of one character become a class.
//
// Threads: immutable after construction.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace narfi::query {

// What a regex comes down to: the value passes when one of the tests does.
struct LiteralTest {
  enum class Kind : uint8_t { kAlways, kNotEmpty, kEquals, kContains };
  Kind kind = Kind::kAlways;
  std::string text;
  bool ignore_case = false;

  auto operator<=>(const LiteralTest&) const = default;
};

// The tests that stand for `pattern`; none when it must be matched as a regex.
std::vector<LiteralTest> ReduceToLiterals(std::string_view pattern);

class LabelRegex {
 public:
  // `anchored` is used when the pattern does not come down to literals; borrowed.
  LabelRegex(std::string_view pattern, const re2::RE2& anchored);
  ~LabelRegex();
  LabelRegex(const LabelRegex&) = delete;
  LabelRegex& operator=(const LabelRegex&) = delete;

  bool Matches(std::string_view value) const;

 private:
  const re2::RE2& anchored_;
  std::vector<LiteralTest> tests_;
  std::vector<std::unique_ptr<re2::RE2>> folded_;  // of tests that ignore case; null for the others
};

}  // namespace narfi::query
