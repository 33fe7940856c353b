// Texts that a regular expression cannot do without.
//
// Reads the syntax of RE2 (https://github.com/google/re2/wiki/Syntax) as far as it must: what it
// does not know, and whatever ignores case, asks for nothing. The idea is that of Cox, "Regular
// Expression Matching with a Trigram Index" (2012): exact sets of short alternatives, joined in
// sequences.
//
// Threads: a free function without state. Limits: kMaxTexts alternatives, groups kMaxDepth deep.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace narfi::query {

// One of these is in every text in which `pattern`, which compiles, is found; none when nothing is
// known. No text is empty.
std::vector<std::string> RequiredTexts(std::string_view pattern);

// The texts that `pattern` comes down to: it is found in a text when one of them is. None when it
// is more than plain alternatives.
std::vector<std::string> ExactTexts(std::string_view pattern);

}  // namespace narfi::query
