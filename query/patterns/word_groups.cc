#include "query/patterns/word_groups.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/hash.h"

namespace narfi::query {
namespace {

uint64_t HashAt(size_t place, const MessageWord& word) { return Hash64(word.text, place + 1); }

struct WordSet {
  std::vector<MessageWord> words;
  std::vector<uint32_t> rows;
  uint64_t lines = 0;
  uint64_t hash = 0;  // of the words; each place adds its own
};

class WordGrouping {
 public:
  WordGrouping(std::vector<WordRow> rows, const GoOnWorking& go_on) : go_on_(go_on) {
    groups_.reserve(rows.size());
    for (uint32_t i = 0; i < rows.size(); ++i)
      groups_.push_back({std::move(rows[i].words), {i}, rows[i].lines, 0});
    JoinEqual();
  }

  // Until no place had anything to join since it was looked at last.
  Status JoinOftenDifferent() {
    const size_t places = groups_.empty() ? 0 : groups_.front().words.size();
    size_t quiet = 0;
    for (size_t at = 0; quiet < places && at < kMostRounds * places && groups_.size() > 1; ++at) {
      NARFI_TRY(Work(groups_.size()));
      quiet = JoinAt(at % places) ? 0 : quiet + 1;
    }
    return {};
  }

  // Each row that differs from another one only where that varies joins it: the one that varies in
  // the fewest places.
  Status JoinCovered() {
    if (groups_.size() <= kManyRows) return {};
    SortByLines();
    std::vector<WordSet*> wide;
    for (WordSet& group : groups_) {
      if (CountVarying(group) > 0 && wide.size() < kMostRows) wide.push_back(&group);
    }
    std::stable_sort(wide.begin(), wide.end(), [](const WordSet* a, const WordSet* b) {
      return CountVarying(*a) < CountVarying(*b);
    });
    for (WordSet& group : groups_) {
      NARFI_TRY(Work(wide.size()));
      const auto covers = [&](const WordSet* by) {
        return by != &group && !by->rows.empty() && IsCovered(group, *by);
      };
      const auto by = std::find_if(wide.begin(), wide.end(), covers);
      if (by == wide.end()) continue;
      Join(**by, group);
      group.rows.clear();
    }
    std::erase_if(groups_, [](const WordSet& group) { return group.rows.empty(); });
    JoinEqual();
    return {};
  }

  Status JoinSimilar() {
    if (groups_.size() <= kManyRows) return {};
    SortByLines();
    std::vector<WordSet> kept;
    for (WordSet& group : groups_) {
      NARFI_TRY(Work(kept.size()));
      WordSet* similar = FindSimilar(kept, group.words);
      if (similar == nullptr) {
        kept.push_back(std::move(group));
      } else {
        Join(*similar, group);
      }
    }
    groups_ = std::move(kept);
    JoinEqual();
    return {};
  }

  WordGroups Finish(size_t rows) {
    WordGroups out;
    out.of_row.resize(rows);
    for (WordSet& group : groups_) {
      for (const uint32_t row : group.rows)
        out.of_row[row] = static_cast<uint32_t>(out.words.size());
      out.words.push_back(std::move(group.words));
    }
    return out;
  }

 private:
  void SortByLines() {
    std::sort(groups_.begin(), groups_.end(), [](const WordSet& a, const WordSet& b) {
      return a.lines != b.lines ? a.lines > b.lines : a.words < b.words;
    });
  }

  static size_t CountVarying(const WordSet& set) {
    return static_cast<size_t>(std::count_if(
        set.words.begin(), set.words.end(), [](const MessageWord& word) { return word.varies(); }));
  }

  static bool IsCovered(const WordSet& set, const WordSet& by) {
    for (size_t i = 0; i < set.words.size(); ++i) {
      if (!by.words[i].varies() && by.words[i].text != set.words[i].text) return false;
    }
    return true;
  }

  static void Join(WordSet& into, WordSet& group) {
    JoinWords(into.words, group.words);
    into.rows.insert(into.rows.end(), group.rows.begin(), group.rows.end());
    into.lines += group.lines;
  }

  void JoinEqual() {
    std::unordered_map<uint64_t, size_t> known;
    std::vector<WordSet> kept;
    for (WordSet& group : groups_) {
      group.hash = 0;
      for (size_t i = 0; i < group.words.size(); ++i) group.hash += HashAt(i, group.words[i]);
      const auto [it, is_new] = known.try_emplace(group.hash, kept.size());
      if (is_new) {
        kept.push_back(std::move(group));
      } else {
        Join(kept[it->second], group);
      }
    }
    groups_ = std::move(kept);
  }

  // Those that differ at this place alone, where they are many.
  bool JoinAt(size_t place) {
    const std::string_view text = groups_.front().words[place].text;
    const auto has_it = [&](const WordSet& group) { return group.words[place].text == text; };
    if (std::all_of(groups_.begin(), groups_.end(), has_it)) return false;
    alike_.clear();
    for (uint32_t i = 0; i < groups_.size(); ++i)
      alike_.emplace_back(groups_[i].hash - HashAt(place, groups_[i].words[place]), i);
    std::sort(alike_.begin(), alike_.end());
    bool changed = false;
    for (size_t first = 0, end = 0; first < alike_.size(); first = end) {
      while (end < alike_.size() && alike_[end].first == alike_[first].first) ++end;
      changed |= JoinMembers(place, first, end);
    }
    if (!changed) return false;
    std::erase_if(groups_, [](const WordSet& group) { return group.rows.empty(); });
    JoinEqual();
    return true;
  }

  // The same for those of alike_ [first, end), which differ nowhere else.
  bool JoinMembers(size_t place, size_t first, size_t end) {
    const auto varies = [&](size_t i) { return groups_[alike_[i].second].words[place].varies(); };
    bool any_varies = false;
    for (size_t i = first; i < end && !any_varies; ++i) any_varies = varies(i);
    if (end - first < 2 || (end - first <= kFewWords && !any_varies)) return false;
    for (size_t i = first + 1; i < end; ++i) {
      WordSet& member = groups_[alike_[i].second];
      Join(groups_[alike_[first].second], member);
      member.rows.clear();
    }
    return true;
  }

  Status Work(size_t rows) {
    constexpr size_t kOften = 4096;
    if ((rows_since_asked_ += rows) < kOften) return {};
    rows_since_asked_ = 0;
    return go_on_ == nullptr ? Status() : go_on_();
  }

  static WordSet* FindSimilar(std::vector<WordSet>& kept, const std::vector<MessageWord>& words) {
    WordSet* best = nullptr;
    size_t most = 0;
    size_t constants = 0;
    for (const MessageWord& word : words) constants += word.varies() ? 0 : 1;
    for (WordSet& group : kept) {
      size_t equal = 0;
      for (size_t i = 0; i < words.size(); ++i)
        equal += !words[i].varies() && words[i].text == group.words[i].text ? 1 : 0;
      if (best != nullptr && equal <= most) continue;
      best = &group;
      most = equal;
    }
    const bool is_similar = most > 0 && 2 * most >= constants;
    return is_similar || kept.size() >= kMostRows ? best : nullptr;
  }

  const GoOnWorking& go_on_;
  size_t rows_since_asked_ = 0;
  std::vector<WordSet> groups_;
  std::vector<std::pair<uint64_t, uint32_t>> alike_;  // hash and group
};

}  // namespace

void JoinWords(std::vector<MessageWord>& into, const std::vector<MessageWord>& words) {
  for (size_t i = 0; i < into.size(); ++i) {
    if (into[i].text != words[i].text) into[i].text = {};
    into[i].has_time |= words[i].has_time;
    into[i].begins_with_digit &= words[i].begins_with_digit;
  }
}

Result<WordGroups> GroupRows(std::vector<WordRow> rows, const GoOnWorking& go_on) {
  const size_t count = rows.size();
  WordGrouping grouping(std::move(rows), go_on);
  NARFI_TRY(grouping.JoinOftenDifferent());
  NARFI_TRY(grouping.JoinCovered());
  NARFI_TRY(grouping.JoinSimilar());
  return grouping.Finish(count);
}

Result<WordGroups> GroupOftenDifferent(std::vector<WordRow> rows, const GoOnWorking& go_on) {
  const size_t count = rows.size();
  WordGrouping grouping(std::move(rows), go_on);
  NARFI_TRY(grouping.JoinOftenDifferent());
  return grouping.Finish(count);
}

}  // namespace narfi::query
