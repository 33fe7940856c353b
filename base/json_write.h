// Appends JSON to a string: strings as Go's encoder of Loki's answers does (no HTML escapes),
// invalid UTF-8 as U+FFFD. The caller writes the punctuation; a Comma helps.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace narfi {

// Appends `text` in quotes, escaped.
void AppendJsonString(std::string& dst, std::string_view text);
void AppendInt(std::string& dst, int64_t value);
void AppendUint(std::string& dst, uint64_t value);

// Writes nothing the first time and a comma from then on.
class Comma {
 public:
  void operator()(std::string& dst) {
    if (!first_) dst += ',';
    first_ = false;
  }

 private:
  bool first_ = true;
};

}  // namespace narfi
