// Lines by form, level and message, counted over time, and the patterns that come of them.
//
// A line's form is what its template keeps: of a JSON line everything but the values. One string of
// it is the message, which is told apart by its words; of the other values it is known whether they
// are all the same. A line that is no JSON object is a message.
//
// What comes out hangs on which lines went in, and not on their order nor on how they are stored,
// as long as nothing is too much.
//
// Ownership: copies what it keeps. Threads: one at a time.
// Limits:    Shrink() keeps it below kMaxTableBytes, about: then messages that differ in names are
//            joined, and if that is not enough, those of the fewest lines are left out. It holds
//            what was added since it was called last beside that.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "query/patterns/word_groups.h"
#include "storage/columnar.h"
#include "storage/json_shape.h"
#include "storage/skeleton.h"

namespace narfi::query {

constexpr uint64_t kMaxTableBytes = 16 << 20;
constexpr size_t kMaxConstant = 256;  // a longer value varies

// What is known of the values that a slot has.
struct SlotValues {
  enum class Kind : uint8_t { kNone, kOne, kMany };
  Kind kind = Kind::kNone;
  bool is_plain = true;  // none is empty or has a quote in it
  std::string value;     // of kOne

  void Add(std::string_view text);
  void AddMany(bool plain);
  void Join(const SlotValues& other);
};

struct LogPattern {
  std::string text;
  std::string level;
  std::map<int64_t, uint64_t> samples;  // lines by the step that they count to
  uint64_t lines = 0;
};

class PatternTable {
 public:
  static constexpr uint32_t kNoMessage = UINT32_MAX;

  struct Form {
    bool is_json = false;
    std::vector<std::string> literals;
    std::vector<storage::SlotKind> kinds;
    uint32_t message = kNoMessage;  // which slot it is
    std::string key;                // equal for equal forms
  };

  uint32_t FormOf(const storage::LineTemplate& line);
  const Form& form(uint32_t number) const { return forms_[number]; }
  // Numbers of entries hold until Shrink().
  uint32_t EntryOf(uint32_t form, std::string_view level, std::string_view skeleton);
  void Count(uint32_t entry, int64_t step, uint64_t lines);
  SlotValues& slot(uint32_t entry, size_t index) { return entries_[entry].slots[index]; }

  // For who has no columns: a line, taken apart here.
  void AddLine(std::string_view line, std::string_view level, int64_t step);
  // The form of the line and what stands in its slots.
  uint32_t SplitLine(std::string_view line, std::vector<std::string_view>& values);

  // Adds all that another one has.
  void Add(const PatternTable& other);
  // Lets go of what is too much; half of `most_bytes` is left then, at most.
  void Shrink(uint64_t most_bytes = kMaxTableBytes);
  uint64_t bytes() const { return bytes_; }
  // Those of the most lines, at most `most`.
  std::vector<LogPattern> Patterns(size_t most) const;

 private:
  struct Entry {
    uint32_t form = 0;
    uint32_t level = 0;
    std::string skeleton;
    std::vector<SlotValues> slots;
    std::vector<std::pair<int64_t, uint64_t>> samples;
    uint64_t lines = 0;

    uint64_t bytes() const;
  };

  // Entries whose messages have the same words but where they vary, as one.
  std::vector<Entry> JoinMessages() const;
  void Replace(std::vector<Entry> entries);
  uint32_t LevelOf(std::string_view level);
  static std::string KeyOf(uint32_t form, uint32_t level, std::string_view skeleton);

  std::deque<Form> forms_;
  std::unordered_map<std::string, uint32_t> form_numbers_;
  std::vector<std::string> levels_;
  std::vector<Entry> entries_;
  std::unordered_map<std::string, uint32_t> entry_numbers_;
  uint64_t bytes_ = 0;
  // Of lines that are taken apart here.
  storage::JsonShapes shapes_;
  std::vector<uint32_t> form_of_shape_;
  std::vector<std::string_view> values_;
  std::string skeleton_;
  std::vector<storage::Variable> variables_;
};

// A message, and which others it may be joined with.
struct MessageOf {
  uint32_t group = 0;
  std::string_view skeleton;
};
// A skeleton for each of these, alike for those of a group that differ in names only; for who has
// too many.
std::vector<std::string> JoinSkeletons(const std::vector<MessageOf>& messages);

}  // namespace narfi::query
