// What a label filter without `and` and `or` asks of one value.
//
// Threads: immutable after construction.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "line/ip_match.h"
#include "query/exec/label_regex.h"
#include "query/logql/stages.h"

namespace narfi::query {

class ValueTest {
 public:
  enum class Outcome : uint8_t {
    kOut,
    kPasses,
    kFlawed,  // does not convert: the entry stays, with an error
  };

  // Borrows the filter, which is no LogicFilter.
  explicit ValueTest(const logql::LabelFilter& filter);

  const std::string& label() const;
  // False for tests that let entries with an error pass, for others to judge.
  bool judges_errors() const { return is_text_; }
  // Nothing when the entry does not have the label. `flaw` gets the text of an error.
  Outcome Of(std::optional<std::string_view> value, std::string* flaw = nullptr) const;

 private:
  bool PassesText(const logql::Matcher& matcher, std::string_view value) const;

  const logql::LabelFilter& filter_;
  const bool is_text_;
  std::unique_ptr<LabelRegex> regex_;
  Result<line::IpMatcher> addresses_ = Fail(Code::kInvalidArgument, {});  // of ip()
};

}  // namespace narfi::query
