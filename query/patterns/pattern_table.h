// Lines by form, level and message, counted over time, and the patterns that come of them.
//
// A line's form is what its template keeps: of a JSON line everything but the values. One string of
// it is the message, which is told apart by its words; of the other values it is known whether they
// are all the same. A line that is no JSON object is a message.
//
// What comes out hangs on which lines went in, and not on their order nor on how they are stored,
// as long as nothing is too much.
//
// Errors:    what `go_on` says, which is asked all the while; the table is of no use then.
// Ownership: copies what it keeps. Threads: one at a time.
// Limits:    Shrink() keeps bytes() below those it may have: then messages that differ in names are
//            joined, and if that is not enough, those of the fewest lines are left out. It holds
//            what was added since it was called last beside that. Forms have a quarter of the
//            bytes; lines of others are text. Values that come when there is half too much vary.
//            Levels after kMaxLevels, and those longer than kMaxLevelBytes, are kUnknownLevel.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "query/patterns/step_counts.h"
#include "query/patterns/word_groups.h"
#include "storage/columnar.h"
#include "storage/json_shape.h"
#include "storage/skeleton.h"

namespace narfi {
class ByteReader;
}

namespace narfi::query {

constexpr uint64_t kMaxTableBytes = 16 << 20;
constexpr size_t kMaxConstant = 256;  // a longer value varies
constexpr size_t kMaxLevels = 64;     // and kUnknownLevel
constexpr size_t kMaxLevelBytes = 256;
constexpr std::string_view kUnknownLevel = "unknown";

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
  StepCounts::Counts samples;  // lines by the step that they count to, ascending
  uint64_t lines = 0;
};

class PatternTable {
 public:
  static constexpr uint32_t kNoMessage = UINT32_MAX;
  static constexpr uint32_t kNoForm = UINT32_MAX;

  struct Form {
    bool is_json = false;
    std::vector<std::string> literals;
    std::vector<storage::SlotKind> kinds;
    uint32_t message = kNoMessage;  // which slot it is
    std::string key;                // equal for equal forms

    uint64_t bytes() const;
  };

  explicit PatternTable(uint64_t most_bytes = kMaxTableBytes, GoOnWorking go_on = {});
  PatternTable(const PatternTable&) = delete;
  PatternTable& operator=(const PatternTable&) = delete;

  // What is asked all the while, to be asked by who adds to the table too.
  Status GoOn() const { return go_on_ == nullptr ? Status() : go_on_(); }

  // The slot whose words tell lines of the template apart.
  static uint32_t MessageSlot(const storage::LineTemplate& line);
  // kNoForm when there are too many. Numbers of forms and entries hold until Shrink().
  uint32_t FormOf(const storage::LineTemplate& line);
  const Form& form(uint32_t number) const { return forms_[number]; }
  uint32_t EntryOf(uint32_t form, std::string_view level, std::string_view skeleton);
  void Count(uint32_t entry, int64_t step, uint64_t lines);
  const SlotValues& slot(uint32_t entry, size_t index) const {
    return entries_[entry].slots[index];
  }
  void AddValue(uint32_t entry, size_t index, std::string_view value);
  void AddMany(uint32_t entry, size_t index, bool plain);
  void AddValues(uint32_t entry, size_t index, const SlotValues& values);

  // For who has no columns: a line, taken apart here.
  void AddLine(std::string_view line, std::string_view level, int64_t step);
  // The form of the line and what stands in its slots.
  uint32_t SplitLine(std::string_view line, std::vector<std::string_view>& values);

  // Adds all that another one has.
  Status Add(const PatternTable& other);
  // All that it has, as bytes. Nothing of use is left.
  Result<std::string> Pack();
  // Adds what another one packed, whose steps are parts of these. False, with nothing added, when
  // there is no room for its forms.
  Result<bool> AddPacked(std::string_view packed, int64_t step_ns);
  // Joins messages, and lets go of what is too much then: half of most_bytes() is left, at most.
  Status Join();
  // The same when there is too much.
  Status Shrink() { return bytes() < most_bytes_ ? Status() : Join(); }
  uint64_t most_bytes() const { return most_bytes_; }
  void set_most_bytes(uint64_t bytes) { most_bytes_ = bytes; }
  // What it holds, and needs to join messages.
  uint64_t bytes() const;
  // The same while messages are joined: what comes of it is beside what there was.
  uint64_t peak_bytes() const { return 2 * bytes() - aside_bytes_; }
  // What an entry takes without its values and samples.
  static uint64_t EntryBytes(std::string_view skeleton, size_t slots);
  // Counted in bytes(): what somebody who adds to the table holds for a while.
  void set_aside(uint64_t bytes) { aside_bytes_ = bytes; }
  // Those of the most lines, at most `most`. Nothing of use is left.
  Result<std::vector<LogPattern>> TakePatterns(size_t most);

 private:
  struct Entry {
    uint32_t form = 0;
    uint32_t level = 0;
    std::string skeleton;
    std::vector<SlotValues> slots;
    StepCounts samples;
    uint64_t lines = 0;

    uint64_t bytes() const;
  };
  using Entries = std::deque<Entry>;
  class Picker;

  // kNoForm, with nothing added, when there are too many; the form of text is added all the same.
  uint32_t AddForm(Form form);
  // Of what Pack() wrote.
  Result<uint32_t> ReadForm(ByteReader& reader);
  void ReadEntry(ByteReader& reader, uint32_t number, int64_t step_s);
  uint32_t LevelOf(std::string_view level);
  template <class Change>
  void ChangeSlot(uint32_t entry, size_t index, Change change);
  // Entries whose messages have the same words but where they vary, as one. None are left.
  Result<Entries> TakeJoined();
  // The same for those of which the marks have one hash.
  Status JoinAlike(std::vector<uint32_t> members, Entries& joined);
  // Those of the most lines.
  void KeepMost(Entries& joined) const;
  void Replace(Entries entries);
  static std::string KeyOf(uint32_t form, uint32_t level, std::string_view skeleton);

  uint64_t most_bytes_;
  const GoOnWorking go_on_;
  std::deque<Form> forms_;
  std::unordered_map<std::string, uint32_t> form_numbers_;
  std::deque<std::string> levels_;
  std::unordered_map<std::string_view, uint32_t> level_numbers_;
  Entries entries_;
  std::unordered_map<std::string, uint32_t> entry_numbers_;
  uint64_t entry_bytes_ = 0;
  uint64_t level_bytes_ = 0;
  uint64_t form_bytes_ = 0;
  uint64_t aside_bytes_ = 0;
  // Of lines that are taken apart here.
  storage::JsonShapes shapes_;
  std::vector<uint32_t> form_of_shape_;
  std::vector<std::string_view> values_;
  std::string skeleton_;
  std::vector<storage::Variable> variables_;
};

// A message, and which others it may be joined with.
struct MessageOf {
  uint64_t group = 0;
  std::string_view skeleton;
};
// Messages of a group that differ in names only are one.
struct JoinedMessages {
  std::vector<std::string> skeletons;
  std::vector<uint32_t> of_message;  // which of them
};
// For who has too many for the table. Nothing when it takes more than twice of what the table may
// have; what it takes is set aside there.
Result<std::optional<JoinedMessages>> JoinSkeletons(const std::vector<MessageOf>& messages,
                                                    PatternTable& table);

}  // namespace narfi::query
