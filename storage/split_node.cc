#include "storage/split_node.h"

#include <algorithm>
#include <cstring>
#include <unordered_map>

#include "base/bytes.h"

namespace narfi::storage {
void SplitTemplates::AddLiteral(std::string_view literal) {
  literals_.push_back(literal);
  literal_bytes_ += literal.size();
  const auto [it, is_new] =
      known_literals_.try_emplace(literal, static_cast<uint32_t>(distinct_literals_.size()));
  literal_numbers_.push_back(it->second);
  if (!is_new) return;
  distinct_literals_.push_back(literal);
  longest_ = std::max(longest_, literal.size());
  has_empty_ |= literal.empty();
  if (literal.empty()) return;
  firsts_.set(static_cast<uint8_t>(literal.front()));
  lasts_.set(static_cast<uint8_t>(literal.back()));
}

bool SplitTemplates::MayTouch(std::string_view text) const {
  if (has_empty_ || text.size() <= longest_) return true;
  for (size_t i = 0; i < text.size(); ++i) {
    if (i + 1 < text.size() && HasByte(lasts_, text[i])) return true;
    if (i > 0 && HasByte(firsts_, text[i])) return true;
  }
  return false;
}

SplitTable::SplitTable(uint32_t values, std::shared_ptr<const SplitTemplates> templates,
                       std::vector<const ColumnNode*> children, IntPacking packing,
                       uint32_t first_blob, const BlobStore& blobs, uint64_t number)
    : values_(values),
      shared_templates_(std::move(templates)),
      templates_(*shared_templates_),
      children_(std::move(children)),
      packing_(packing),
      first_blob_(first_blob),
      blobs_(blobs),
      number_(number) {}

Result<std::shared_ptr<const SplitTable::Ranks>> SplitTable::ReadRanks() const {
  return blobs_.Remember<Ranks>(
      2 * number_ + 1, [&] { return MakeRanks(); },
      [](const Ranks& ranks) { return ranks.before.size() * sizeof(uint32_t); });
}

Result<std::shared_ptr<const SplitTable::Ranks>> SplitTable::MakeRanks() const {
  auto ranks = std::make_shared<Ranks>();
  NARFI_TRY(ranks->numbers.Open(blobs_, first_blob_, packing_, values_));
  std::vector<uint16_t> shapes;
  if (!ranks->numbers.ints.ReadCodes(static_cast<uint32_t>(templates_.size()), shapes))
    return BadColumn();
  std::vector<uint32_t> by_template(templates_.size());
  std::vector<uint32_t> counts(children_.size());
  ranks->before.reserve(counts.size() * ((values_ + kRankStep - 1) / kRankStep));
  for (uint32_t first = 0; first < values_; first += kRankStep) {
    ranks->before.insert(ranks->before.end(), counts.begin(), counts.end());
    std::fill(by_template.begin(), by_template.end(), 0);
    const uint32_t end = std::min(values_, first + kRankStep);
    for (uint32_t i = first; i < end; ++i) ++by_template[shapes[i]];
    for (size_t t = 0; t < by_template.size(); ++t) {
      if (by_template[t] == 0) continue;
      for (const uint32_t child : templates_[t].children) counts[child] += by_template[t];
    }
  }
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] != children_[i]->values()) return BadColumn();
  }
  return std::shared_ptr<const Ranks>(std::move(ranks));
}

namespace {

// Walks ascending places, knowing how many values of each child lie before the one it stands at.
class RankWalk {
 public:
  RankWalk(const SplitTable::Ranks& ranks, const SplitTemplates& templates, size_t children)
      : ranks_(ranks), templates_(templates), next_(children) {}

  void MoveTo(uint32_t place) {
    const uint32_t step = place / SplitTable::kRankStep;
    if (!started_ || place < at_ || step != at_ / SplitTable::kRankStep) {
      const auto* before = ranks_.before.data() + step * next_.size();
      std::copy(before, before + next_.size(), next_.begin());
      at_ = step * SplitTable::kRankStep;
      started_ = true;
    }
    for (; at_ < place; ++at_) {
      for (const uint32_t child : templates_[ranks_.TemplateOf(at_)].children) ++next_[child];
    }
  }
  uint32_t next(uint32_t child) const { return next_[child]; }

 private:
  const SplitTable::Ranks& ranks_;
  const SplitTemplates& templates_;
  std::vector<uint32_t> next_;
  uint32_t at_ = 0;
  bool started_ = false;
};

}  // namespace

Result<std::vector<SplitTable::ChildTexts>> SplitTable::TextsOfChildren(
    const Ranks& ranks, std::span<const uint32_t> places, std::span<const int64_t> times,
    TextSink& sink) const {
  std::vector<ChildTexts> work(children_.size());
  RankWalk walk(ranks, templates_, children_.size());
  std::vector<uint32_t> used(children_.size());  // within the value
  for (size_t i = 0; i < places.size(); ++i) {
    walk.MoveTo(places[i]);
    const auto children = templates_[ranks.TemplateOf(places[i])].children;
    for (const uint32_t c : children) {
      // A child may stand in a line many times: the next one is the value behind.
      work[c].places.push_back(walk.next(c) + used[c]++);
      if (!times.empty()) work[c].times.push_back(times[i]);
    }
    for (const uint32_t c : children) used[c] = 0;
  }
  for (size_t c = 0; c < work.size(); ++c) {
    ChildTexts& child = work[c];
    if (child.places.empty()) continue;
    child.texts.resize(child.places.size());
    NARFI_TRY(children_[c]->Texts(child.places, child.times, sink, child.texts.data()));
  }
  return work;
}

Status SplitTable::Texts(std::span<const uint32_t> places, std::span<const int64_t> times,
                         TextSink& sink, std::string_view* out) const {
  NARFI_ASSIGN(const auto ranks, ReadRanks());
  NARFI_ASSIGN(auto work, TextsOfChildren(*ranks, places, times, sink));
  uint64_t bytes = 0;
  for (const uint32_t place : places) bytes += templates_[ranks->TemplateOf(place)].literal_bytes;
  for (const ChildTexts& child : work) {
    for (const std::string_view text : child.texts) bytes += text.size();
  }
  char* at = sink.Allocate(bytes);
  if (at == nullptr) return BadColumn();
  const auto put = [&at](std::string_view part) {
    if (!part.empty()) std::memcpy(at, part.data(), part.size());
    at += part.size();
  };
  for (size_t i = 0; i < places.size(); ++i) {
    const Template shape = templates_[ranks->TemplateOf(places[i])];
    char* const begin = at;
    for (size_t slot = 0; slot < shape.children.size(); ++slot) {
      put(shape.literals[slot]);
      ChildTexts& child = work[shape.children[slot]];
      put(child.texts[child.given++]);
    }
    put(shape.literals.back());
    out[i] = {begin, static_cast<size_t>(at - begin)};
  }
  return {};
}

std::vector<int64_t> SplitTable::TimesOfChild(const Ranks& ranks, uint32_t child,
                                              std::span<const int64_t> times) const {
  std::vector<int64_t> out;
  std::vector<uint8_t> uses(templates_.size());
  for (size_t t = 0; t < templates_.size(); ++t) {
    const auto children = templates_[t].children;
    uses[t] = static_cast<uint8_t>(std::count(children.begin(), children.end(), child));
  }
  for (size_t place = 0; place < times.size(); ++place)
    out.insert(out.end(), uses[ranks.TemplateOf(place)], times[place]);
  return out;
}

}  // namespace narfi::storage
