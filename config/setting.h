// A Setting: one value of a settings struct, by the names that YAML and flags give it.
//
// A table of Settings is the one place that says how a struct is spelled: reading YAML, reading
// flags, printing and -help all walk it.
//
// Ownership: a Setting points into the struct it was made for, and must not outlive it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "config/limits.h"

namespace narfi::config {

struct Bool {
  bool* value;
};
struct Text {
  std::string* value;
};
struct Port {
  uint16_t* value;
};
struct Count {
  uint64_t* value;
};
struct Integer {
  int64_t* value;
};
struct Float {
  double* value;
};
struct Bytes {
  uint64_t* value;
};
struct Duration {
  int64_t* ns;
};
struct OptionalDuration {
  std::optional<int64_t>* ns;
};
struct TextList {
  std::vector<std::string>* value;
};
struct TextMapSlot {
  std::map<std::string, std::string>* value;
};
struct FudgeOrSkip {
  bool* fudge;
};  // a stage's action_on_failure
struct RetentionList {
  std::vector<RetentionStream>* value;
};
struct OtlpRuleList {
  std::vector<OtlpRule>* value;
  bool has_labels;  // index_label is one of the actions
};
using Slot =
    std::variant<Bool, Text, Port, Count, Integer, Float, Bytes, Duration, OptionalDuration,
                 TextList, TextMapSlot, FudgeOrSkip, RetentionList, OtlpRuleList>;

// Says what is wrong with a text that was just set; empty when nothing is.
using TextCheck = std::string (*)(std::string_view text);

struct Setting {
  std::string path;  // in YAML: "server.http_listen_port"
  std::string flag;  // without dashes: "server.http-listen-port"; empty: no flag
  Slot slot;
  std::string help;
  TextCheck check = nullptr;  // of a Text
  bool secret = false;        // printed as it is, but never named in errors
  bool no_effect = false;     // nothing goes by it in this version: a warning where it is changed
};
using SettingTable = std::vector<Setting>;

// From the text of a flag or a YAML scalar. The error says what was expected, without a place.
// A list is comma-separated; maps and retention rules come from YAML only.
Status SetFromText(const Setting& setting, std::string_view text);
// "a duration such as 10s", for errors and -help.
std::string_view Expected(const Slot& slot);
// The value as YAML on one line; nothing for an unset optional.
std::optional<std::string> ToYaml(const Slot& slot);
// Empty lists and texts are the default of most settings; a map that is empty is not printed.
std::string QuoteYaml(std::string_view text);

// The names nearest to `name`, by edit distance; empty when none is near.
std::string Nearest(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace narfi::config
