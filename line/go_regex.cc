#include "line/go_regex.h"

#include <fmt/format.h>
#include <re2/re2.h>
#include <algorithm>

namespace narfi::line {
namespace {

tl::unexpected<Error> BadRegex(std::string_view what, std::string_view where) {
  return Fail(Code::kInvalidArgument, fmt::format("error parsing regexp: {}: `{}`", what, where));
}

bool IsGroupName(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
}

// Copies a pattern without the names of its groups.
class NameStripper {
 public:
  explicit NameStripper(std::string_view source) : rest_(source) {}

  Status Run() {
    while (!rest_.empty()) {
      if (rest_.front() == '\\') {
        NARFI_TRY(CopyEscape());
      } else if (rest_.front() == '[') {
        CopyClass();
      } else if (rest_.front() == '(') {
        NARFI_TRY(CopyGroup());
      } else {
        Copy(1);
      }
    }
    return {};
  }

  std::string pattern;
  std::vector<std::string> names;

 private:
  void Copy(size_t count) {
    count = std::min(count, rest_.size());
    pattern.append(rest_.substr(0, count));
    rest_.remove_prefix(count);
  }

  Status CopyEscape() {
    if (rest_.starts_with("\\Q")) {
      const size_t end = rest_.find("\\E", 2);
      Copy(end == std::string_view::npos ? rest_.size() : end + 2);
      return {};
    }
    // Any byte: RE2 has it, Go does not.
    if (rest_.starts_with("\\C")) return BadRegex("invalid escape sequence", "\\C");
    Copy(2);
    return {};
  }

  // [...]: a bracket right at the front is one of the characters, and so may be [:alpha:].
  void CopyClass() {
    Copy(rest_.starts_with("[^") ? 2 : 1);
    if (rest_.starts_with(']')) Copy(1);
    while (!rest_.empty() && rest_.front() != ']') {
      if (rest_.front() == '\\') {
        Copy(2);
        continue;
      }
      const size_t end = rest_.starts_with("[:") ? rest_.find(":]", 2) : std::string_view::npos;
      Copy(end == std::string_view::npos ? 1 : end + 2);
    }
    Copy(1);
  }

  Status CopyGroup() {
    if (!rest_.starts_with("(?")) {
      names.emplace_back();
      Copy(1);
      return {};
    }
    const bool python = rest_.starts_with("(?P<");
    if ((!python && !rest_.starts_with("(?<")) || rest_.size() <= (python ? 4u : 3u)) {
      Copy(2);
      return {};
    }
    const size_t begin = python ? 4 : 3;
    const size_t end = rest_.find('>');
    if (end == std::string_view::npos) return BadRegex("invalid named capture", rest_);
    const std::string_view name = rest_.substr(begin, end - begin);
    if (!IsGroupName(name)) return BadRegex("invalid named capture", rest_.substr(0, end + 1));
    names.emplace_back(name);
    pattern += '(';
    rest_.remove_prefix(end + 1);
    return {};
  }

  std::string_view rest_;
};

tl::unexpected<Error> GoError(const RE2& regex, std::string_view pattern) {
  const std::string& where = regex.error_arg();
  switch (regex.error_code()) {
    case RE2::ErrorBadEscape:
      return BadRegex("invalid escape sequence", where);
    case RE2::ErrorBadCharClass:
      return BadRegex("invalid character class", where);
    case RE2::ErrorBadCharRange:
      return BadRegex("invalid character class range", where);
    case RE2::ErrorMissingBracket:
      return BadRegex("missing closing ]", where);
    case RE2::ErrorMissingParen:
      return BadRegex("missing closing )", pattern);
    case RE2::ErrorUnexpectedParen:
      return BadRegex("unexpected )", pattern);
    case RE2::ErrorTrailingBackslash:
      return BadRegex("trailing backslash at end of expression", "");
    case RE2::ErrorRepeatArgument:
      return BadRegex("missing argument to repetition operator", where);
    case RE2::ErrorRepeatSize:
      return BadRegex("invalid repeat count", where);
    case RE2::ErrorRepeatOp:
      return BadRegex("invalid nested repetition operator", where);
    case RE2::ErrorBadPerlOp:
      return BadRegex("invalid or unsupported Perl syntax", where);
    case RE2::ErrorBadUTF8:
      return BadRegex("invalid UTF-8", pattern);
    case RE2::ErrorBadNamedCapture:
      return BadRegex("invalid named capture", where);
    case RE2::ErrorPatternTooLarge:
      return BadRegex("expression too large", pattern);
    default:
      return BadRegex("regexp/syntax: internal error", pattern);
  }
}

}  // namespace

Result<std::shared_ptr<const re2::RE2>> CompileRegex(std::string_view pattern,
                                                     RegexOptions options) {
  NameStripper stripper(pattern);
  NARFI_TRY(stripper.Run());
  RE2::Options re2_options;
  re2_options.set_log_errors(false);
  re2_options.set_dot_nl(options.dot_matches_newline);
  auto regex = std::make_shared<const RE2>(stripper.pattern, re2_options);
  if (!regex->ok()) return GoError(*regex, pattern);
  if (options.names != nullptr) *options.names = std::move(stripper.names);
  return regex;
}

}  // namespace narfi::line
