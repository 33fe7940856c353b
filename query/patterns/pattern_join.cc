// What is alike in a table, as one.
#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/hash.h"
#include "query/patterns/message.h"
#include "query/patterns/pattern_table.h"

namespace narfi::query {
namespace {

constexpr size_t kWorkToAsk = 256;
constexpr size_t kOftenToAsk = 4096;
// For a moment it may take more than a table: line by line it would take ten times longer.
constexpr uint64_t kMostToJoin = 2;

// Messages by a hash of their group and marks.
using AlikeList = std::vector<std::pair<uint64_t, uint32_t>>;

void AddAlike(std::string_view skeleton, uint64_t group, std::string& scratch, AlikeList& list) {
  ReadMarks(skeleton, scratch);
  list.emplace_back(Hash64(scratch, group), static_cast<uint32_t>(list.size()));
}

// Calls `see` with those of each hash.
template <class See>
Status ForAlike(AlikeList& list, See see) {
  std::sort(list.begin(), list.end());
  for (size_t first = 0, end = 0; first < list.size(); first = end) {
    std::vector<uint32_t> members;
    while (end < list.size() && list[end].first == list[first].first)
      members.push_back(list[end++].second);
    NARFI_TRY(see(std::move(members)));
  }
  return {};
}

// The first of `members` and those of its group and marks, which are taken out.
struct AlikeMessages {
  std::string marks;
  std::vector<uint32_t> members;
  std::vector<WordRow> rows;
};

template <class MessageAt>
AlikeMessages TakeAlike(std::vector<uint32_t>& members, MessageAt message_at) {
  AlikeMessages out;
  std::vector<uint32_t> others;  // of the same hash by chance
  Message message;
  out.rows.reserve(members.size());
  uint64_t group = 0;
  for (const uint32_t i : members) {
    const MessageOf of = message_at(i);
    ReadMessage(of.skeleton, message);
    if (out.members.empty()) {
      out.marks = message.marks;
      group = of.group;
    }
    if (message.marks != out.marks || of.group != group) {
      others.push_back(i);
      continue;
    }
    out.members.push_back(i);
    out.rows.push_back({{message.words.begin(), message.words.end()}, 1});
  }
  members = std::move(others);
  return out;
}

}  // namespace

Result<PatternTable::Entries> PatternTable::TakeJoined() {
  entry_numbers_.clear();
  AlikeList alike;
  alike.reserve(entries_.size());
  std::string scratch;
  for (const Entry& entry : entries_) {
    if (alike.size() % kWorkToAsk == 0) NARFI_TRY(GoOn());
    AddAlike(entry.skeleton, uint64_t{entry.form} << 32 | entry.level, scratch, alike);
  }
  Entries joined;
  NARFI_TRY(ForAlike(
      alike, [&](std::vector<uint32_t> members) { return JoinAlike(std::move(members), joined); }));
  entries_.clear();
  return joined;
}

Status PatternTable::JoinAlike(std::vector<uint32_t> members, Entries& joined) {
  while (!members.empty()) {
    NARFI_TRY(GoOn());
    AlikeMessages alike = TakeAlike(members, [&](uint32_t i) {
      const Entry& entry = entries_[i];
      return MessageOf{uint64_t{entry.form} << 32 | entry.level, entry.skeleton};
    });
    for (size_t m = 0; m < alike.members.size(); ++m)
      alike.rows[m].lines = entries_[alike.members[m]].lines;
    NARFI_ASSIGN(const WordGroups groups, GroupRows(std::move(alike.rows), go_on_));
    const size_t first = joined.size();
    joined.resize(first + groups.words.size());
    for (size_t g = 0; g < groups.words.size(); ++g)
      joined[first + g].skeleton = WriteMessage(alike.marks, groups.words[g]);
    for (size_t m = 0; m < alike.members.size(); ++m) {
      if (m % kWorkToAsk == 0) NARFI_TRY(GoOn());
      Entry entry = std::move(entries_[alike.members[m]]);
      Entry& into = joined[first + groups.of_row[m]];
      if (into.lines == 0) {
        entry.skeleton = std::move(into.skeleton);
        into = std::move(entry);
        continue;
      }
      into.lines += entry.lines;
      for (size_t i = 0; i < entry.slots.size(); ++i) into.slots[i].Join(entry.slots[i]);
      into.samples.Add(entry.samples);
    }
  }
  return {};
}

namespace {

// What it takes to join those of one hash, of the hash that takes most.
uint64_t BytesToJoin(AlikeList& list, const std::vector<MessageOf>& messages) {
  std::sort(list.begin(), list.end());
  uint64_t most = 0;
  for (size_t first = 0, end = 0; first < list.size(); first = end) {
    while (end < list.size() && list[end].first == list[first].first) ++end;
    const size_t words = CountWords(messages[list[first].second].skeleton);
    most = std::max(most, (end - first) * GroupingBytes(words));
  }
  return most;
}

}  // namespace

Result<std::optional<JoinedMessages>> JoinSkeletons(const std::vector<MessageOf>& messages,
                                                    PatternTable& table) {
  AlikeList alike;
  alike.reserve(messages.size());
  std::string scratch;
  uint64_t bytes = 0;
  for (const MessageOf& message : messages) {
    if (alike.size() % kOftenToAsk == 0) NARFI_TRY(table.GoOn());
    AddAlike(message.skeleton, message.group, scratch, alike);
    bytes += sizeof(MessageOf) + sizeof(AlikeList::value_type) + sizeof(uint32_t) +
             sizeof(std::string) + message.skeleton.size();
  }
  bytes += BytesToJoin(alike, messages);
  if (bytes > kMostToJoin * table.most_bytes()) return std::nullopt;
  table.set_aside(bytes);
  NARFI_TRY(table.GoOn());
  const GoOnWorking go_on = [&] { return table.GoOn(); };
  JoinedMessages out;
  out.of_message.resize(messages.size());
  NARFI_TRY(ForAlike(alike, [&](std::vector<uint32_t> members) -> Status {
    while (!members.empty()) {
      AlikeMessages of = TakeAlike(members, [&](uint32_t i) { return messages[i]; });
      NARFI_ASSIGN(const WordGroups groups, GroupOftenDifferent(std::move(of.rows), go_on));
      const auto first = static_cast<uint32_t>(out.skeletons.size());
      for (size_t m = 0; m < of.members.size(); ++m)
        out.of_message[of.members[m]] = first + groups.of_row[m];
      for (const auto& words : groups.words) out.skeletons.push_back(WriteMessage(of.marks, words));
    }
    return {};
  }));
  return out;
}

}  // namespace narfi::query
