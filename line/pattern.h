// Patterns of literals and captures, `<ip> - <_> "<method>"`, over lines.
//
// Two questions are asked of one, and they differ: `| pattern` takes what it finds and stops where
// the line stops fitting; `|>` wants the whole line to fit, with something in each capture.
//
// Ownership: copies its parts; values point into the line. Threads: immutable after construction.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace narfi::line {

class LinePattern {
 public:
  struct Part {
    bool is_capture = false;
    bool is_kept = false;  // a capture whose value is asked for
    std::string literal;
  };

  // Captures and literals take turns.
  explicit LinePattern(std::vector<Part> parts) : parts_(std::move(parts)) {}

  // Puts the values of kept captures into `values`, in order, as far as the line fits: it must
  // begin with a literal that begins the pattern, and a capture whose literal does not follow takes
  // the rest of the line.
  void Extract(std::string_view line, std::vector<std::string_view>& values) const;

  // True when the literals follow each other from the front of the line to its end, each where it
  // is found first, and no capture is empty. The empty line fits the empty pattern alone.
  bool Matches(std::string_view line) const;

 private:
  std::vector<Part> parts_;
};

}  // namespace narfi::line
