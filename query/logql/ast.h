// A LogQL query as a tree of typed values.
//
// An Expr is a log query (LogSelector) or a metric query (SampleExpr). What came out of Parse() is
// valid in itself: operators have the operands, unwraps and groupings that they need, and
// arithmetic between two literals has been done.
// Ownership: a node owns what is below it. Threads: immutable after parsing; share freely.
// Limits:    as deep as parser.h allows, so that recursive walks are safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "query/logql/matcher.h"
#include "query/logql/stages.h"

namespace narfi::logql {

// Where a node begins in the query's text; both count from 1, columns in characters.
struct Position {
  int line = 1;
  int column = 1;
};

// {app="x"} |= "y" | json ...
struct LogSelector {
  std::vector<Matcher> matchers;
  std::vector<Stage> stages;
  Position position;
};

// ------------------------------------------------------------------ range aggregations

enum class RangeOp : uint8_t {
  kCountOverTime,
  kRate,
  kRateCounter,
  kBytesOverTime,
  kBytesRate,
  kAvgOverTime,
  kSumOverTime,
  kMinOverTime,
  kMaxOverTime,
  kStdvarOverTime,
  kStddevOverTime,
  kQuantileOverTime,
  kFirstOverTime,
  kLastOverTime,
  kAbsentOverTime,
};

std::string_view ToText(RangeOp op);

enum class Conversion : uint8_t { kNone, kDuration, kDurationSeconds, kBytes };

// "", "duration", "duration_seconds", "bytes".
std::string_view ToText(Conversion conversion);

struct Unwrap {
  std::string label;
  Conversion conversion = Conversion::kNone;
  std::vector<LabelFilter> filters;  // after the unwrap, in order
  Position position;
};

struct Grouping {
  bool without = false;
  std::vector<std::string> labels;  // `by ()` has none
};

// op([param,] selector[range] [offset d]) [by (...)]
struct RangeAggregation {
  RangeOp op = RangeOp::kCountOverTime;
  LogSelector selector;
  std::optional<Unwrap> unwrap;
  int64_t range_ns = 0;
  int64_t offset_ns = 0;
  std::optional<double> param;  // quantile_over_time's only
  std::optional<Grouping> grouping;
};

// ------------------------------------------------------------------ what takes vectors

enum class VectorOp : uint8_t {
  kSum,
  kAvg,
  kMin,
  kMax,
  kCount,
  kStddev,
  kStdvar,
  kTopK,
  kBottomK,
  kApproxTopK,
  kSort,
  kSortDesc,
};

std::string_view ToText(VectorOp op);

struct SampleExpr;

struct VectorAggregation {
  VectorOp op = VectorOp::kSum;
  int64_t param = 0;  // k of topk, bottomk and approx_topk
  std::optional<Grouping> grouping;
  std::unique_ptr<SampleExpr> inner;
};

enum class BinaryOp : uint8_t {
  kOr,
  kAnd,
  kUnless,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
  kPower,
  kEqual,
  kNotEqual,
  kGreater,
  kGreaterEqual,
  kLess,
  kLessEqual,
};

std::string_view ToText(BinaryOp op);
bool IsComparison(BinaryOp op);
// or, and, unless.
bool IsSetOperation(BinaryOp op);

enum class Cardinality : uint8_t {
  kOneToOne,
  kManyToOne,  // group_left
  kOneToMany,  // group_right
};

// on (...) / ignoring (...) and group_left / group_right (...).
struct VectorMatching {
  bool on = false;                  // else ignoring
  std::vector<std::string> labels;  // of on or ignoring
  Cardinality cardinality = Cardinality::kOneToOne;
  std::vector<std::string> include;  // of group_left or group_right
};

struct BinaryOperation {
  BinaryOp op = BinaryOp::kAdd;
  bool return_bool = false;
  // Absent: neither on nor ignoring was written, which means ignoring ().
  std::optional<VectorMatching> matching;
  std::unique_ptr<SampleExpr> left;
  std::unique_ptr<SampleExpr> right;
};

struct Literal {
  double value = 0;
};

// vector(5)
struct VectorFunction {
  double value = 0;
};

// label_replace(inner, "destination", "replacement", "source", "regex")
struct LabelReplace {
  std::unique_ptr<SampleExpr> inner;
  std::string destination;
  std::string replacement;
  std::string source;
  std::string pattern;
  std::shared_ptr<const re2::RE2> regex;  // the whole value must match
};

struct SampleExpr {
  std::variant<RangeAggregation, VectorAggregation, BinaryOperation, Literal, VectorFunction,
               LabelReplace>
      node;
  Position position;
};

using Expr = std::variant<LogSelector, SampleExpr>;

}  // namespace narfi::logql
