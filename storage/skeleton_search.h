// What a needle leaves in the skeleton of a text that holds it.
//
// Inside the needle words stand between delimiters, and are taken apart in it as they are in the
// text. At its ends a word may go on, and be another thing there: what depends on that is cut off.
//
// Threads: pure functions.
#pragma once

#include <string>
#include <string_view>

namespace narfi::storage {

struct SkeletonNeedle {
  // In the skeleton of every text that holds the needle outside its variables; empty when nothing
  // is known.
  std::string pattern;
  // Every text whose skeleton has the pattern holds the needle.
  bool is_exact = false;
  // The needle is all hexadecimal digits: it may also lie inside an id of so many of them.
  bool may_be_in_id = false;
  // The needle is all decimal digits: it lies inside a variable, or across two of a long run.
  bool is_number = false;
};

// Folded: the needle is in lower case, and texts that hold any case of it are wanted; the pattern
// is to be looked for likewise.
SkeletonNeedle MakeSkeletonNeedle(std::string_view needle, bool folded = false);

}  // namespace narfi::storage
