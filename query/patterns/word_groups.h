// Rows of words that differ in a few places, as one row with words that vary there.
//
// Three rules, in this order:
// - where rows differ in one place alone and there are more than kFewWords of them, or one varies
//   there already, the place varies: names and paths do, "started" and "stopped" stay apart;
// - of more than kManyRows rows that are left, each joins one that varies wherever they differ:
//   what was joined in parts comes together so;
// - of more than kManyRows rows that are left then, each joins the one that it is most similar to,
//   if at least half of its words that do not vary are the same there.
//
// What comes out hangs on which rows there are and not on their order.
//
// Errors:    what `go_on` says, which is asked every some thousand rows that are looked at.
// Ownership: words stay views of what they are views of. Threads: pure.
// Limits:    kMostRows rows come out. The first rule goes over all places kMostRounds times, at
//            most; each time n log n of n rows. The others compare each row to kMostRows others.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/result.h"
#include "query/patterns/message.h"

namespace narfi::query {

constexpr size_t kFewWords = 8;
constexpr size_t kManyRows = 32;
constexpr size_t kMostRows = 256;
constexpr size_t kMostRounds = 16;

// What work that takes long asks whether to go on.
using GoOnWorking = std::function<Status()>;

struct WordRow {
  std::vector<MessageWord> words;
  uint64_t lines = 0;
};

struct WordGroups {
  std::vector<std::vector<MessageWord>> words;
  std::vector<uint32_t> of_row;
};

// All rows have equally many words.
Result<WordGroups> GroupRows(std::vector<WordRow> rows, const GoOnWorking& go_on);
// By the first rule alone: what it joins of some rows it joins of all. As many rows as there are
// may come out.
Result<WordGroups> GroupOftenDifferent(std::vector<WordRow> rows, const GoOnWorking& go_on);

// What it takes to group a row of so many words, about.
constexpr uint64_t GroupingBytes(size_t words) { return words * sizeof(MessageWord) + 256; }

// Words that differ vary.
void JoinWords(std::vector<MessageWord>& into, const std::vector<MessageWord>& words);

}  // namespace narfi::query
