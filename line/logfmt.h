// logfmt: a scanner of key=value pairs, and fields as LogQL's `logfmt` stage gives them.
//
// Ownership: views point into the line, the arena, or (names) into the LogfmtFields.
// Threads:   one at a time.
// Limits:    names kept for reuse: kMaxCachedNames.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/arena.h"
#include "line/field.h"

namespace narfi::line {

// Steps through the pairs of a line:
//   for (LogfmtScanner scanner(line, arena); !scanner.done();) if (scanner.Next()) ... key(),
//   value()
// Next() is false at white space before the end and at a syntax error; after an error scanning goes
// on behind the next white space.
class LogfmtScanner {
 public:
  LogfmtScanner(std::string_view line, Arena& arena) : line_(line), arena_(arena) {}

  bool done() const { return position_ >= line_.size(); }
  bool Next();
  std::string_view key() const { return key_; }
  std::string_view value() const { return value_; }  // unquoted; empty when there is none
  // "logfmt syntax error at pos 3 : unexpected '='", the latest one; empty when none was met.
  std::string ErrorText() const;
  bool failed() const { return error_ != nullptr; }

 private:
  bool ScanKey();
  bool ScanValue();
  bool ScanQuoted();
  bool Stop(const char* error, char unexpected = 0);

  std::string_view line_;
  Arena& arena_;
  size_t position_ = 0;
  std::string_view key_;
  std::string_view value_;
  const char* error_ = nullptr;
  char unexpected_ = 0;
  size_t error_position_ = 0;
};

class LogfmtFields {
 public:
  static constexpr size_t kMaxCachedNames = 4096;

  LogfmtFields(Demand demand, bool strict, bool keep_empty)
      : demand_(std::move(demand)), strict_(strict), keep_empty_(keep_empty) {}
  LogfmtFields(const LogfmtFields&) = delete;
  LogfmtFields& operator=(const LogfmtFields&) = delete;

  // Appends the fields of a line to `out`, named as labels. `found` has a flag for each name of the
  // demand. Only strict reading can fail, at the first syntax error.
  Outcome Extract(std::string_view line, Found found, std::vector<Field>& out, Arena& arena);

 private:
  struct Name {
    std::string label;  // empty for keys that make no label
    int wanted = -1;
  };
  const Name& NameOf(std::string_view key);

  const Demand demand_;
  const bool strict_;
  const bool keep_empty_;
  std::unordered_map<std::string_view, Name> names_;
  Arena keys_;
  Name uncached_;
};

// A value as a label can hold it: U+FFFD and bytes that are no UTF-8 become spaces.
std::string_view ToLabelValue(std::string_view value, Arena& arena);

// Unescapes what stood between quotes: \" \\ \/ \' \b \f \n \r \t \uXXXX, surrogates in pairs, a
// lone one as U+FFFD. False when an escape is none of these, or for a control character.
bool UnquoteLogfmt(std::string_view text, std::string& dst);

}  // namespace narfi::line
