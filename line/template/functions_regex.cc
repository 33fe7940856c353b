// regexReplaceAll, regexReplaceAllLiteral, count.
#include <re2/re2.h>

#include "base/unicode.h"
#include "line/go_expand.h"
#include "line/template/functions.h"

namespace narfi::line::tmpl {
namespace of_regex {
namespace {

// Calls `take(groups)` for each match as Go finds them: an empty match right behind a match does
// not count.
template <class Take>
Status ForEachMatch(const re2::RE2& regex, std::string_view text, int group_count, Take&& take) {
  std::vector<re2::StringPiece> pieces(static_cast<size_t>(group_count));
  std::vector<std::string_view> groups(pieces.size());
  const re2::StringPiece whole(text.data(), text.size());
  size_t at = 0;
  size_t last_end = 0;
  bool any = false;
  while (at <= text.size() &&
         regex.Match(whole, at, text.size(), re2::RE2::UNANCHORED, pieces.data(), group_count)) {
    for (size_t i = 0; i < pieces.size(); ++i)
      groups[i] = std::string_view(pieces[i].data(), pieces[i].size());
    const auto begin = static_cast<size_t>(groups[0].data() - text.data());
    const size_t end = begin + groups[0].size();
    if (!(any && groups[0].empty() && begin == last_end)) NARFI_TRY(take(groups, begin, end));
    any = true;
    last_end = end;
    at = end;
    if (groups[0].empty()) at += end < text.size() ? DecodeRune(text.substr(end)).bytes : 1;
  }
  return {};
}

Result<Value> ReplaceAll(Runtime& runtime, Args args, bool literal) {
  NARFI_ASSIGN(const Runtime::Regex* const found, runtime.FindRegex(args[0].text));
  const std::string_view text = args[1].text;
  std::string out;
  size_t copied = 0;
  const int groups = literal ? 1 : found->regex->NumberOfCapturingGroups() + 1;
  NARFI_TRY(ForEachMatch(*found->regex, text, groups,
                         [&](const auto& match, size_t begin, size_t end) -> Status {
                           out.append(text.substr(copied, begin - copied));
                           if (literal) {
                             out += args[2].text;
                           } else {
                             AppendExpansion(out, args[2].text, match, found->names);
                           }
                           copied = end;
                           return Runtime::CheckSize(out.size());
                         }));
  out.append(text.substr(copied));
  return runtime.Keep(out);
}

Result<Value> RegexReplaceAll(Runtime& runtime, Args args) {
  return ReplaceAll(runtime, args, false);
}
Result<Value> RegexReplaceAllLiteral(Runtime& runtime, Args args) {
  return ReplaceAll(runtime, args, true);
}

Result<Value> Count(Runtime& runtime, Args args) {
  NARFI_ASSIGN(const Runtime::Regex* const found, runtime.FindRegex(args[0].text));
  int64_t count = 0;
  NARFI_TRY(
      ForEachMatch(*found->regex, args[1].text, 1, [&](const auto&, size_t, size_t) -> Status {
        ++count;
        return {};
      }));
  return MakeInt(count);
}

constexpr Function kFunctions[] = {
    {"regexReplaceAll",
     {Param::kString, Param::kString, Param::kString},
     3,
     false,
     RegexReplaceAll},
    {"regexReplaceAllLiteral",
     {Param::kString, Param::kString, Param::kString},
     3,
     false,
     RegexReplaceAllLiteral},
    {"count", {Param::kString, Param::kString}, 2, false, Count},
};

}  // namespace
}  // namespace of_regex

std::span<const Function> RegexFunctions() { return of_regex::kFunctions; }

}  // namespace narfi::line::tmpl
