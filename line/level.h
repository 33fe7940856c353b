// The level of a log line: what detected_level says when neither label nor metadata do.
//
// A JSON line's level is the value of the first level field in it (objects in objects count down to
// a depth), a logfmt line's that of its first level key. When there is none, or its value is no
// level, the first whole word of the line that names a level counts: in "E1120 noerrors" none does.
//
// Ownership: results are constants. Threads: safe; LevelFields is immutable.
// Limits:    one pass over the line for fields, one for words; nothing is allocated.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace narfi::line {

constexpr std::string_view kUnknownLevel = "unknown";

// critical, fatal, error, warn, info, debug or trace for their names and usual abbreviations in any
// case ("ERR", "Warning"); empty for anything else.
std::string_view NormalizeLevel(std::string_view value);

// The names of fields that hold a level (limits_config.log_level_fields), case-sensitive.
class LevelFields {
 public:
  // `json_depth`: how deep objects are searched, 1 being the outermost; <= 0 for any depth.
  explicit LevelFields(std::vector<std::string> names, int64_t json_depth = 2);

  bool Has(std::string_view name) const {
    return !name.empty() &&
           (lengths_by_first_[static_cast<uint8_t>(name.front())] & (1U << (name.size() & 31))) !=
               0 &&
           IsListed(name);
  }
  bool AcceptsDepth(int64_t depth) const { return json_depth_ <= 0 || depth <= json_depth_; }
  // The names in the form that labels have: "log.level" -> "log_level".
  const std::vector<std::string>& label_names() const { return label_names_; }

 private:
  bool IsListed(std::string_view name) const;

  std::vector<std::string> names_;
  std::vector<std::string> label_names_;
  // A bit for each length, modulo 32, of the names that begin with a byte.
  std::array<uint32_t, 256> lengths_by_first_{};
  int64_t json_depth_;
};

// A level, or kUnknownLevel.
std::string_view DetectLevel(std::string_view line, const LevelFields& fields);

}  // namespace narfi::line
