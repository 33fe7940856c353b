// The patterns of a table: entries of one text, and those whose lines another pattern finds too.
#include <algorithm>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "base/hash.h"
#include "query/logql/pattern_parts.h"
#include "query/patterns/message.h"
#include "query/patterns/pattern_cover.h"
#include "query/patterns/pattern_table.h"
#include "query/patterns/pattern_text.h"

namespace narfi::query {
namespace {

constexpr size_t kTextsToAsk = 256;
// Patterns that others are compared to: those of the most lines.
constexpr size_t kMostWide = 300;

// Entries of one text and level.
struct FoundPattern {
  uint64_t lines = 0;
  Hash128 hash;
  std::vector<uint32_t> entries;  // none: another one has them
};

// A pattern that may take in others.
struct WidePattern {
  std::string text;
  std::vector<logql::PatternPart> parts;  // views of the text
  Message message;
  bool is_json = false;
  uint32_t level = 0;
  bool may_take = false;
};

bool HasLetter(const std::vector<logql::PatternPart>& parts) {
  const auto is_letter = [](char c) {
    return static_cast<uint8_t>(c) >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  return std::any_of(parts.begin(), parts.end(), [&](const logql::PatternPart& part) {
    return !part.is_capture && std::any_of(part.text.begin(), part.text.end(), is_letter);
  });
}

bool HasWords(const Message& message) {
  return message.words.empty() ||
         std::any_of(message.words.begin(), message.words.end(),
                     [](const MessageWord& word) { return !word.varies(); });
}

// Whether messages are the same but where the words of `by` vary.
bool CoversMessage(const Message& by, const Message& message) {
  if (by.words.empty() || by.marks != message.marks) return false;
  for (size_t i = 0; i < by.words.size(); ++i) {
    if (!by.words[i].varies() && by.words[i].text != message.words[i].text) return false;
  }
  return true;
}

}  // namespace

// Finds out which patterns of a table are one.
class PatternTable::Picker {
 public:
  Picker(PatternTable& table, Entries joined) : table_(table), joined_(std::move(joined)) {}

  Status Run() {
    NARFI_TRY(FindTexts());
    NARFI_TRY(FindWide());
    NARFI_TRY(TakeInWide());
    for (size_t i = kMostWide; i < found_.size(); ++i) {
      if (i % kTextsToAsk == 0) NARFI_TRY(table_.GoOn());
      const std::vector<size_t> covering = FindCovering(i);
      if (!covering.empty()) Move(i, covering.front());
    }
    std::erase_if(found_, [](const FoundPattern& found) { return found.entries.empty(); });
    return {};
  }

  // Those of the most lines, in order of their text among equals.
  Result<std::vector<LogPattern>> Take(size_t most) {
    SortFound();
    if (found_.size() > most) found_.resize(most);
    std::vector<LogPattern> out;
    out.reserve(found_.size());
    for (const FoundPattern& found : found_) {
      NARFI_TRY(table_.GoOn());
      Entry& first = joined_[found.entries.front()];
      LogPattern pattern{Write(first).text, table_.levels_[first.level], {}, found.lines};
      for (size_t i = 1; i < found.entries.size(); ++i)
        first.samples.Add(std::exchange(joined_[found.entries[i]].samples, {}));
      pattern.samples = first.samples.Take();
      out.push_back(std::move(pattern));
    }
    std::sort(out.begin(), out.end(), [](const LogPattern& a, const LogPattern& b) {
      return a.lines != b.lines ? a.lines > b.lines
                                : std::tie(a.text, a.level) < std::tie(b.text, b.level);
    });
    return out;
  }

 private:
  WrittenPattern Write(const Entry& entry) const {
    return WritePattern(table_.forms_[entry.form], entry.skeleton, entry.slots, entry.lines);
  }

  // With all values that are the same in its lines, be they few.
  WrittenPattern WriteExact(const Entry& entry) const {
    return WritePattern(table_.forms_[entry.form], entry.skeleton, entry.slots,
                        std::max(entry.lines, kFewLines));
  }

  // Texts are made again when they are needed: all at once take more than what they are made of.
  Status FindTexts() {
    std::unordered_map<Hash128, size_t> by_text;
    for (uint32_t i = 0; i < joined_.size(); ++i) {
      if (i % kTextsToAsk == 0) NARFI_TRY(table_.GoOn());
      const std::string text = Write(joined_[i]).text;
      if (text.empty()) continue;
      const Hash128 hash = HashWide(table_.levels_[joined_[i].level] + '\0' + text);
      const auto [it, is_new] = by_text.try_emplace(hash, found_.size());
      if (is_new) found_.push_back({0, hash, {}});
      FoundPattern& found = found_[it->second];
      found.lines += joined_[i].lines;
      found.entries.push_back(i);
    }
    SortFound();
    return {};
  }

  void SortFound() {
    std::sort(found_.begin(), found_.end(), [](const FoundPattern& a, const FoundPattern& b) {
      return a.lines != b.lines ? a.lines > b.lines : a.hash < b.hash;
    });
  }

  // wide_[i] is the pattern of found_[i].
  Status FindWide() {
    wide_.resize(std::min(found_.size(), kMostWide));
    for (size_t i = 0; i < wide_.size(); ++i) {
      if (i % kTextsToAsk == 0) NARFI_TRY(table_.GoOn());
      const Entry& first = joined_[found_[i].entries.front()];
      WidePattern& wide = wide_[i];
      wide.text = Write(first).text;
      wide.parts = logql::SplitPattern(wide.text);
      ReadMessage(first.skeleton, wide.message);
      wide.is_json = table_.forms_[first.form].is_json;
      wide.level = first.level;
      wide.may_take = MayTake(i);
    }
    return {};
  }

  // One that has no words but such that vary would take in everything.
  bool MayTake(size_t number) const {
    const std::vector<uint32_t>& entries = found_[number].entries;
    const auto& parts = wide_[number].parts;
    const auto is_capture = [](const logql::PatternPart& part) { return part.is_capture; };
    return std::any_of(parts.begin(), parts.end(), is_capture) && HasLetter(parts) &&
           std::all_of(entries.begin(), entries.end(), [&](uint32_t entry) {
             Message message;
             ReadMessage(joined_[entry].skeleton, message);
             return HasWords(message);
           });
  }

  // Of each that others cover, the lines go to one that none covers.
  Status TakeInWide() {
    std::vector<std::vector<size_t>> covering(wide_.size());
    for (size_t i = 0; i < wide_.size(); ++i) {
      NARFI_TRY(table_.GoOn());
      covering[i] = FindCovering(i);
    }
    const auto covers = [&](size_t by, size_t i) {
      return std::binary_search(covering[i].begin(), covering[i].end(), by);
    };
    // Of two that cover each other the one of more lines does.
    const auto is_above = [&](size_t by, size_t i) { return by < i || !covers(i, by); };
    std::vector<bool> is_kept(wide_.size());
    for (size_t i = 0; i < wide_.size(); ++i)
      is_kept[i] = std::none_of(covering[i].begin(), covering[i].end(),
                                [&](size_t by) { return is_above(by, i); });
    for (size_t i = 0; i < wide_.size(); ++i) {
      if (is_kept[i]) continue;
      const auto by = std::find_if(covering[i].begin(), covering[i].end(),
                                   [&](size_t other) { return is_kept[other]; });
      if (by == covering[i].end()) continue;
      Move(i, *by);
      wide_[i].may_take = false;
    }
    return {};
  }

  // Those of wide_ that cover a pattern, in order.
  std::vector<size_t> FindCovering(size_t number) const {
    const FoundPattern& found = found_[number];
    std::vector<size_t> out;
    const uint32_t level = joined_[found.entries.front()].level;
    for (size_t i = 0; i < wide_.size(); ++i) {
      if (i != number && wide_[i].may_take && wide_[i].level == level) out.push_back(i);
    }
    // Entries of one text may differ in their lines.
    for (const uint32_t entry : found.entries) {
      if (out.empty()) break;
      KeepCovering(joined_[entry], out);
    }
    return out;
  }

  void KeepCovering(const Entry& entry, std::vector<size_t>& covering) const {
    const bool is_json = table_.forms_[entry.form].is_json;
    const WrittenPattern exact = WriteExact(entry);
    const CoveredPattern pattern(exact);
    Message message;
    ReadMessage(entry.skeleton, message);
    std::erase_if(covering, [&](size_t i) {
      const WidePattern& wide = wide_[i];
      // Fields that only some lines have do not keep lines of one message apart.
      const bool is_alike = is_json && wide.is_json && CoversMessage(wide.message, message);
      return !pattern.IsCoveredBy(wide.parts, is_alike ? Reach::kAny : Reach::kWord);
    });
  }

  void Move(size_t from, size_t to) {
    FoundPattern& into = found_[to];
    FoundPattern& found = found_[from];
    into.lines += found.lines;
    into.entries.insert(into.entries.end(), found.entries.begin(), found.entries.end());
    found.entries.clear();
  }

  PatternTable& table_;
  Entries joined_;
  std::vector<FoundPattern> found_;
  std::vector<WidePattern> wide_;
};

Result<std::vector<LogPattern>> PatternTable::TakePatterns(size_t most) {
  NARFI_ASSIGN(Entries joined, TakeJoined());
  Picker picker(*this, std::move(joined));
  NARFI_TRY(picker.Run());
  return picker.Take(most);
}

}  // namespace narfi::query
