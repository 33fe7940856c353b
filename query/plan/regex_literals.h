// Texts that a regular expression cannot do without.
//
// Reads the syntax of RE2 (https://github.com/google/re2/wiki/Syntax) as far as it must: an
// expression with anything in it that is not known here asks for nothing. The idea is that of Cox,
// "Regular Expression Matching with a Trigram Index" (2012): exact sets of short alternatives,
// joined in sequences.
//
// Threads: a free function without state. Limits: kMaxTexts alternatives, groups kMaxDepth deep.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "storage/columnar.h"

namespace narfi::query {

// One of these is in every text in which a pattern is found; none when nothing is known.
struct RequiredTexts {
  std::vector<std::string> any_of;  // none is empty
  bool folded = false;              // as TextNeedle has it
  storage::PatternSearch::Scope scope = storage::PatternSearch::Scope::kLine;

  // False only when the pattern is not found in `text`.
  bool MayBeIn(std::string_view text) const;
};

// `pattern` compiles. When a part of it ignores case, no case counts anywhere.
RequiredTexts RequiredTextsOf(std::string_view pattern);

// The texts that `pattern` comes down to: it is found in a text when one of them is. None when it
// is more than plain alternatives.
std::vector<std::string> ExactTexts(std::string_view pattern);

}  // namespace narfi::query
