// The recursive-descent parser behind parser.h: one function a rule of the grammar.
//
// Three kinds of errors, in this order of precedence, as in Loki:
//   - immediate: what a rule refuses at once (a matcher's regex, a number that is none);
//   - syntax: the first token that fits nowhere, or the first flaw of the text itself;
//   - flaws: what is grammatical but means nothing. They are carried up beside the tree and count
//     only when the whole text was read.
// What a message says was expected follows an LALR(1) parser with default reductions: a place that
// can end its rule is left without a word, and it is the rule around it that complains; lists of
// more than four tokens are not shown. So each place knows what it expects.
//
// Ownership: borrows the text. One Grammar reads one text.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "query/logql/ast.h"
#include "query/logql/lexer.h"
#include "query/logql/parser.h"
#include "query/logql/token.h"

namespace narfi::logql {

// A tree, and the first thing in it that means nothing.
struct ParsedExpr {
  Expr expr;
  std::optional<std::string> flaw;
  int depth = 1;
};

class Grammar {
 public:
  explicit Grammar(std::string_view text, ParseOptions options = {});

  // The whole text as a query, without flaws.
  Result<Expr> ParseWhole();
  // True when the text is `{}` and nothing else.
  bool IsOpenSelector();

 private:
  struct Pipeline {
    std::vector<Stage> stages;
    std::optional<Unwrap> unwrap;
  };
  // The inside of a range aggregation's parentheses.
  struct LogRange {
    LogSelector selector;
    std::optional<Unwrap> unwrap;
    int64_t range_ns = 0;
    int64_t offset_ns = 0;
  };
  class Level;  // counts nesting

  // Tokens (grammar.cc).
  TokenKind kind() const { return token_.kind; }
  bool Is(TokenKind kind) const { return token_.kind == kind; }
  void Advance() { token_ = lexer_.Next(); }
  bool Accept(TokenKind kind);
  // The current token fits nowhere; `expecting` is the list to show, or empty.
  tl::unexpected<Error> Unexpected(std::string_view expecting = {});
  tl::unexpected<Error> Immediate(std::string_view text);
  Status Expect(TokenKind kind);
  Result<std::string> TakeText(TokenKind kind, std::string_view expecting = {});
  Status Enter();
  Status CheckDepth(int depth);

  // Selectors and what follows them (grammar_selector.cc).
  Result<LogSelector> ParseSelectorPart();
  Result<Matcher> ParseMatcher();
  Result<Matcher> MakeOrStop(std::string name, MatchOp op, std::string value);
  Result<ParsedExpr> ParseLogQuery();
  bool AtStage() const;
  bool FollowsStage() const;
  Result<Pipeline> ParsePipeline(bool may_unwrap);
  Result<Unwrap> ParseUnwrap(Position begin);

  // Stages (grammar_stage.cc, grammar_label_filter.cc).
  Result<Stage> ParsePipedStage();
  Result<Stage> ParseLineFilter();
  Result<LineNeedle> ParseNeedle(LineOp op);
  Result<std::vector<Extraction>> ParseExtractions();
  Result<Stage> ParseJson();
  Result<Stage> ParseLogfmt();
  Result<Stage> ParseRegexp();
  Result<Stage> ParsePattern();
  Result<Stage> ParseLineFormat();
  Result<Stage> ParseLabelFormat();
  Result<std::vector<NameOrMatcher>> ParseNamesOrMatchers();
  enum class FilterContext : uint8_t { kFree, kBehindAnd, kBehindOr };
  Result<LabelFilter> ParseLabelFilter(FilterContext context = FilterContext::kFree);
  Result<LabelFilter> ParseFilterOperand();
  Result<LabelFilter> ParseComparison(std::string label);
  Result<LabelFilter> ParseIpComparison(std::string label, bool negated);
  Result<LabelFilter> ParseNumericComparison(std::string label, CompareOp op);

  // Ranges (grammar_range.cc).
  Result<ParsedExpr> ParseRangeAggregation();
  Result<LogRange> ParseLogRange();
  Result<LogRange> ParseRangeInParens();
  Status ParseBeforeRange(LogRange& out);
  Status ParseBehindRange(LogRange& out, bool may_filter, bool may_unwrap);
  Status ParseOffset(LogRange& out);
  Result<std::optional<Grouping>> ParseOptionalGrouping();
  Result<std::vector<std::string>> ParseLabelList();

  // What makes vectors (grammar_sample.cc, grammar_binary.cc).
  Result<ParsedExpr> ParseBinary(int min_precedence);
  Result<ParsedExpr> ParseOperations(ParsedExpr left, int min_precedence);
  Result<ParsedExpr> ParseOperand();
  Result<ParsedExpr> ParseParenthesised();
  Result<ParsedExpr> ParseLiteral();
  Result<ParsedExpr> ParseVectorAggregation();
  Result<ParsedExpr> ParseVectorFunction();
  Result<ParsedExpr> ParseLabelReplace();
  Result<ParsedExpr> ParseVariants();
  Result<ParsedExpr> ParseSampleArgument();
  Status ParseModifiers(BinaryOperation& operation);
  Status ParseGroupModifier(VectorMatching& matching);

  // What is wrong with the matchers of a selector, unless the options say that nothing is.
  std::optional<std::string> SelectorFlaw(const LogSelector& selector) const;

  const ParseOptions options_;
  Lexer lexer_;
  Token token_;
  std::optional<Error> immediate_;
  int level_ = 0;
  bool variants_ = false;  // a variants() was read
  int filter_terms_ = 0;   // of the label filter being read
};

// Grammar::Level on the stack: one more level of nesting as long as it lives.
class Grammar::Level {
 public:
  explicit Level(int& level) : level_(level) { ++level_; }
  ~Level() { --level_; }
  Level(const Level&) = delete;
  Level& operator=(const Level&) = delete;

 private:
  int& level_;
};

// =, !=, =~ or !~, or nothing.
std::optional<MatchOp> MatchOpOf(TokenKind kind);

// What is wrong with matchers as a whole: they could select every stream. Empty when nothing.
std::optional<std::string> FindMatcherFlaw(const std::vector<Matcher>& matchers);
// What is wrong with a range aggregation in itself, its selector apart.
std::optional<std::string> FindRangeFlaw(const RangeAggregation& aggregation);

}  // namespace narfi::logql
