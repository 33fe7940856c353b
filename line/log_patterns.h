// Patterns of log lines: lines that differ only in values come to one pattern, `<_>` where they
// differ ("took <_> for user <_>"), in the way of the Drain algorithm.
//
// A line is words and the marks between them. Words with digits vary from the start. A line is
// compared with the patterns of its level and shape, which is the same marks between as many words;
// the most similar pattern that agrees in half of the words takes it, and what disagrees varies
// from then on. Lines that find no pattern make one.
//
// Ownership: copies what it keeps. Threads: one at a time.
// Limits:    kMaxLine bytes and kMaxWords words of a line count, the rest is one `<_>`. Lines that
//            would make more than kMaxPatterns patterns are left out. As many samples as lines.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/arena.h"

namespace narfi::line {

class PatternMiner {
 public:
  static constexpr size_t kMaxLine = 2048;
  static constexpr size_t kMaxWords = 128;
  static constexpr size_t kMaxPatterns = 300;

  struct Pattern {
    std::string text;
    std::string level;
    std::map<int64_t, uint64_t> samples;  // count by time
    uint64_t lines = 0;
  };

  // `time` is what the line counts to, such as the begin of its step.
  void Add(std::string_view line, std::string_view level, int64_t time);
  // Those of most lines first.
  std::vector<Pattern> Patterns() const;

 private:
  struct Cluster {
    std::string_view shape;
    std::vector<std::string_view> words;  // empty: varies
    std::string_view level;
    std::map<int64_t, uint64_t> samples;
    uint64_t lines = 0;
  };
  void Split(std::string_view line);
  Cluster* FindSimilar(const std::vector<uint32_t>& candidates);
  static std::string TextOf(const Cluster& cluster);

  Arena arena_;
  std::vector<Cluster> clusters_;
  // By level and shape.
  std::unordered_map<std::string, std::vector<uint32_t>> by_key_;
  // The line that is being added.
  std::string shape_;
  std::vector<std::string_view> words_;
  std::string key_;
};

}  // namespace narfi::line
