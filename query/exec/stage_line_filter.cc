// |= != |~ !~, and ip() for the first two
#include <re2/re2.h>

#include <algorithm>

#include "base/check.h"
#include "base/text_search.h"
#include "line/ip_match.h"
#include "query/exec/stage.h"
#include "query/plan/regex_literals.h"

namespace narfi::query {
namespace {

class LineFilterOp final : public StageOp {
 public:
  explicit LineFilterOp(const logql::LineFilterStage& stage)
      : stage_(stage), negative_(logql::IsNegative(stage.op)) {
    for (const logql::LineNeedle& needle : stage.needles) {
      if (needle.regex != nullptr) required_.push_back(RequiredTextsOf(needle.text));
      if (!needle.is_ip) continue;
      auto matcher = line::IpMatcher::Parse(needle.text);
      NARFI_CHECK(matcher.has_value());  // seen to when the query was parsed
      addresses_.push_back(*matcher);
    }
  }

  bool needs_line() const override { return true; }

  void Run(Batch& batch) override {
    const bool is_regex =
        stage_.op == logql::LineOp::kRegex || stage_.op == logql::LineOp::kNotRegex;
    if (is_regex) {
      Select(batch, [&](uint32_t row) { return MatchesAny(batch.line(row)) != negative_; });
    } else if (stage_.needles.size() == 1 && addresses_.empty()) {
      const std::string_view needle = stage_.needles.front().text;
      Select(batch,
             [&](uint32_t row) { return ContainsText(batch.line(row), needle) != negative_; });
    } else {
      Select(batch, [&](uint32_t row) { return ContainsAny(batch.line(row)) != negative_; });
    }
  }

 private:
  bool MatchesAny(std::string_view line) const {
    for (size_t i = 0; i < stage_.needles.size(); ++i) {
      // Most lines have none of the texts that the regex needs, and finding that out is quicker.
      if (!required_[i].MayBeIn(line)) continue;
      if (re2::RE2::PartialMatch(re2::StringPiece(line.data(), line.size()),
                                 *stage_.needles[i].regex))
        return true;
    }
    return false;
  }
  bool ContainsAny(std::string_view line) const {
    for (const logql::LineNeedle& needle : stage_.needles) {
      if (!needle.is_ip && ContainsText(line, needle.text)) return true;
    }
    return std::any_of(addresses_.begin(), addresses_.end(),
                       [line](const line::IpMatcher& matcher) { return matcher.IsIn(line); });
  }

  const logql::LineFilterStage& stage_;
  const bool negative_;
  std::vector<RequiredTexts> required_;  // of each regex
  std::vector<line::IpMatcher> addresses_;
};

}  // namespace

std::unique_ptr<StageOp> MakeLineFilter(const logql::LineFilterStage& stage) {
  return std::make_unique<LineFilterOp>(stage);
}

}  // namespace narfi::query
