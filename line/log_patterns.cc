#include "line/log_patterns.h"

#include <algorithm>

namespace narfi::line {
namespace {

constexpr std::string_view kAny = "<_>";
constexpr char kWordHere = '\1';  // in a shape
constexpr char kCutHere = '\2';

bool IsMark(char c) {
  constexpr std::string_view kMarks = " \t\r\n=,;()[]{}\"'<>|";
  return kMarks.find(c) != std::string_view::npos || static_cast<unsigned char>(c) < ' ';
}

bool HasDigit(std::string_view word) {
  return std::any_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

// Into shape_ (marks, with kWordHere for each word) and words_ (empty where the word varies).
void PatternMiner::Split(std::string_view line) {
  shape_.clear();
  words_.clear();
  const bool is_long = line.size() > kMaxLine;
  line = line.substr(0, kMaxLine);
  size_t at = 0;
  while (at < line.size() && words_.size() < kMaxWords) {
    if (IsMark(line[at]) || line[at] == ':') {
      shape_ += std::max(line[at++], '\t');
      continue;
    }
    const size_t begin = at;
    while (at < line.size() && !IsMark(line[at])) ++at;
    while (line[at - 1] == ':') --at;  // between words a mark, inside of one ("10:32") none
    const std::string_view word = line.substr(begin, at - begin);
    shape_ += kWordHere;
    words_.push_back(HasDigit(word) ? std::string_view() : word);
  }
  if (is_long || at < line.size()) shape_ += kCutHere;
}

PatternMiner::Cluster* PatternMiner::FindSimilar(const std::vector<uint32_t>& candidates) {
  Cluster* best = nullptr;
  size_t most = 0;
  for (const uint32_t index : candidates) {
    Cluster& cluster = clusters_[index];
    size_t equal = 0;
    for (size_t i = 0; i < words_.size(); ++i) equal += cluster.words[i] == words_[i] ? 1 : 0;
    if (2 * equal < words_.size() || (best != nullptr && equal <= most)) continue;
    best = &cluster;
    most = equal;
  }
  return best;
}

void PatternMiner::Add(std::string_view line, std::string_view level, int64_t time) {
  Split(line);
  if (words_.empty()) return;
  key_.assign(level);
  key_ += '\n';
  key_ += shape_;
  const auto known = by_key_.find(key_);
  Cluster* cluster = known == by_key_.end() ? nullptr : FindSimilar(known->second);
  if (cluster == nullptr) {
    if (clusters_.size() >= kMaxPatterns) return;
    by_key_[key_].push_back(static_cast<uint32_t>(clusters_.size()));
    cluster = &clusters_.emplace_back();
    cluster->shape = arena_.Copy(shape_);
    cluster->level = arena_.Copy(level);
    for (const std::string_view word : words_) cluster->words.push_back(arena_.Copy(word));
  }
  for (size_t i = 0; i < words_.size(); ++i) {
    if (cluster->words[i] != words_[i]) cluster->words[i] = {};
  }
  ++cluster->lines;
  ++cluster->samples[time];
}

std::string PatternMiner::TextOf(const Cluster& cluster) {
  std::string out;
  size_t word = 0;
  for (const char c : cluster.shape) {
    if (c == kWordHere) {
      const std::string_view text = cluster.words[word++];
      out += text.empty() ? kAny : text;
    } else if (c == kCutHere) {
      if (!out.ends_with(kAny)) out += kAny;
    } else {
      out += c;
    }
  }
  return out;
}

std::vector<PatternMiner::Pattern> PatternMiner::Patterns() const {
  std::vector<Pattern> out;
  std::map<std::pair<std::string, std::string>, size_t> at;  // patterns that have become equal
  for (const Cluster& cluster : clusters_) {
    Pattern pattern{TextOf(cluster), std::string(cluster.level), cluster.samples, cluster.lines};
    const auto [it, is_new] = at.try_emplace({pattern.text, pattern.level}, out.size());
    if (is_new) {
      out.push_back(std::move(pattern));
      continue;
    }
    Pattern& first = out[it->second];
    first.lines += pattern.lines;
    for (const auto& [time, count] : pattern.samples) first.samples[time] += count;
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const Pattern& a, const Pattern& b) { return a.lines > b.lines; });
  return out;
}

}  // namespace narfi::line
