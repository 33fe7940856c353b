// Which lines hold a text, or match a pattern, as their templates and the columns of their slots
// tell.
//
// A text may lie in a literal, in a slot's value, or reach from one into the other: then the value
// begins with a part of it, ends with one, or is one. A text that reaches over two slots is left to
// the lines.
//
// Threads: one at a time for each object.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string_view>
#include <tuple>
#include <vector>

#include "storage/columnar.h"
#include "storage/split_node.h"

namespace narfi::storage {

class SplitSearch {
 public:
  using AllTimes = std::function<Result<std::vector<int64_t>>()>;

  // `shapes` are the templates of the table; `times` those of all lines, asked for when a column
  // needs them.
  SplitSearch(const SplitTable& table, const std::vector<LineTemplate>& shapes, AllTimes times);

  // Lines that hold `text`. No line is in both sets.
  Status Find(std::string_view text, RowSet& sure, RowSet& maybe);
  // Lines that match.
  Status Match(const PatternSearch& search, RowSet& sure, RowSet& maybe);

 private:
  enum class Where : uint8_t { kBegins, kIs, kEnds };
  // What is known of the lines of a template whatever is in its slots.
  enum class Verdict : uint8_t { kOut, kMaybe, kSure };
  // What a value says of its line: it is in one of these sets.
  struct Says {
    std::vector<const RowSet*> sure;
    std::vector<const RowSet*> maybe;
  };

  // Of each child what it answered, if that is anything; in found_.
  using Answers = std::vector<const ValueMatches*>;
  // ask(child, times, out) of those that may_hold(child) something.
  template <class MayHold, class Ask>
  Result<Answers> AskChildren(MayHold may_hold, Ask ask);
  // tell(answer, template, slot, says) for each slot whose child has answered.
  template <class Tell>
  void TellSlots(const Answers& answers, Tell tell);
  // Values that are, begin or end with a text.
  Result<const ValueMatches*> ValuesWith(uint32_t child, Where where, const TextNeedle& text);
  Result<std::vector<int64_t>> TimesFor(uint32_t child);
  // Lines in whose literals the needle lies, or that it reaches into; `is_sure`: such a line is one
  // that is wanted.
  Status AddLiterals(const TextNeedle& needle, bool is_sure);
  // False when it cannot be told by one slot alone.
  Result<bool> AddStraddles(size_t shape, std::span<const std::string_view> literals,
                            const TextNeedle& needle, bool is_sure);
  Result<bool> AddPart(size_t shape, size_t slot, Where where, const TextNeedle& needle,
                       size_t size, std::string_view behind, bool is_sure);
  Status Say(size_t shape, size_t slot, Where where, const TextNeedle& text, bool is_sure);
  bool IsPlausible(uint32_t child, const TextNeedle& text) const;
  // Makes room for what is said of lines: most texts are nowhere.
  void Prepare();
  // From all that was said.
  Status AddRows(RowSet& sure, RowSet& maybe);
  // The same when only few values say something, which are looked for. False when they are many.
  bool AddFewRows(const SplitTable::Ranks& ranks, RowSet& sure, RowSet& maybe) const;

  const SplitTable& table_;
  const std::vector<LineTemplate>& shapes_;
  const AllTimes times_;
  std::vector<Verdict> verdicts_;        // of each template; empty: nothing was said
  std::vector<std::vector<Says>> says_;  // of each template, by slot; likewise
  std::vector<bool> counted_;            // children that say something
  std::deque<ValueMatches> found_;       // what sets of Says are in
  std::map<std::tuple<uint32_t, Where, std::string_view>, const ValueMatches*> known_;
  std::vector<int64_t> all_times_;
};

}  // namespace narfi::storage
