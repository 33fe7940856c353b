#include "query/patterns/word_groups.h"

#include <algorithm>
#include <unordered_map>

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
  explicit WordGrouping(const std::vector<WordRow>& rows) {
    for (uint32_t i = 0; i < rows.size(); ++i)
      groups_.push_back({rows[i].words, {i}, rows[i].lines, 0});
    JoinEqual();
  }

  void JoinOftenDifferent() {
    const size_t places = groups_.empty() ? 0 : groups_.front().words.size();
    for (bool changed = true; changed;) {
      changed = false;
      for (size_t place = 0; place < places && groups_.size() > 1; ++place)
        changed |= JoinAt(place);
    }
  }

  void JoinSimilar() {
    if (groups_.size() <= kManyRows) return;
    std::sort(groups_.begin(), groups_.end(), [](const WordSet& a, const WordSet& b) {
      return a.lines != b.lines ? a.lines > b.lines : a.words < b.words;
    });
    std::vector<WordSet> kept;
    for (WordSet& group : groups_) {
      WordSet* similar = FindSimilar(kept, group.words);
      if (similar == nullptr) {
        kept.push_back(std::move(group));
      } else {
        Join(*similar, group);
      }
    }
    groups_ = std::move(kept);
    JoinEqual();
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
    std::unordered_map<uint64_t, std::vector<uint32_t>> alike;
    for (uint32_t i = 0; i < groups_.size(); ++i)
      alike[groups_[i].hash - HashAt(place, groups_[i].words[place])].push_back(i);
    bool changed = false;
    for (const auto& [hash, members] : alike) {
      const bool varies = std::any_of(members.begin(), members.end(),
                                      [&](uint32_t i) { return groups_[i].words[place].varies(); });
      if (members.size() < 2 || (members.size() <= kFewWords && !varies)) continue;
      for (size_t i = 1; i < members.size(); ++i) {
        Join(groups_[members[0]], groups_[members[i]]);
        groups_[members[i]].rows.clear();
      }
      changed = true;
    }
    if (!changed) return false;
    std::erase_if(groups_, [](const WordSet& group) { return group.rows.empty(); });
    JoinEqual();
    return true;
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

  std::vector<WordSet> groups_;
};

}  // namespace

void JoinWords(std::vector<MessageWord>& into, const std::vector<MessageWord>& words) {
  for (size_t i = 0; i < into.size(); ++i) {
    if (into[i].text != words[i].text) into[i].text = {};
    into[i].has_time |= words[i].has_time;
    into[i].begins_with_digit &= words[i].begins_with_digit;
  }
}

WordGroups GroupRows(const std::vector<WordRow>& rows) {
  WordGrouping grouping(rows);
  grouping.JoinOftenDifferent();
  grouping.JoinSimilar();
  return grouping.Finish(rows.size());
}

WordGroups GroupOftenDifferent(const std::vector<WordRow>& rows) {
  WordGrouping grouping(rows);
  grouping.JoinOftenDifferent();
  return grouping.Finish(rows.size());
}

}  // namespace narfi::query
