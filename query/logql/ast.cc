#include "query/logql/ast.h"

namespace narfi::logql {

std::string_view ToText(LineOp op) {
  switch (op) {
    case LineOp::kContains:
      return "|=";
    case LineOp::kNotContains:
      return "!=";
    case LineOp::kRegex:
      return "|~";
    case LineOp::kNotRegex:
      return "!~";
    case LineOp::kPattern:
      return "|>";
    case LineOp::kNotPattern:
      return "!>";
  }
  return "";
}

bool IsNegative(LineOp op) {
  return op == LineOp::kNotContains || op == LineOp::kNotRegex || op == LineOp::kNotPattern;
}

std::string_view ToText(CompareOp op) {
  switch (op) {
    case CompareOp::kEqual:
      return "==";
    case CompareOp::kNotEqual:
      return "!=";
    case CompareOp::kGreater:
      return ">";
    case CompareOp::kGreaterEqual:
      return ">=";
    case CompareOp::kLess:
      return "<";
    case CompareOp::kLessEqual:
      return "<=";
  }
  return "";
}

std::string_view ToText(RangeOp op) {
  switch (op) {
    case RangeOp::kCountOverTime:
      return "count_over_time";
    case RangeOp::kRate:
      return "rate";
    case RangeOp::kRateCounter:
      return "rate_counter";
    case RangeOp::kBytesOverTime:
      return "bytes_over_time";
    case RangeOp::kBytesRate:
      return "bytes_rate";
    case RangeOp::kAvgOverTime:
      return "avg_over_time";
    case RangeOp::kSumOverTime:
      return "sum_over_time";
    case RangeOp::kMinOverTime:
      return "min_over_time";
    case RangeOp::kMaxOverTime:
      return "max_over_time";
    case RangeOp::kStdvarOverTime:
      return "stdvar_over_time";
    case RangeOp::kStddevOverTime:
      return "stddev_over_time";
    case RangeOp::kQuantileOverTime:
      return "quantile_over_time";
    case RangeOp::kFirstOverTime:
      return "first_over_time";
    case RangeOp::kLastOverTime:
      return "last_over_time";
    case RangeOp::kAbsentOverTime:
      return "absent_over_time";
  }
  return "";
}

std::string_view ToText(Conversion conversion) {
  switch (conversion) {
    case Conversion::kNone:
      return "";
    case Conversion::kDuration:
      return "duration";
    case Conversion::kDurationSeconds:
      return "duration_seconds";
    case Conversion::kBytes:
      return "bytes";
  }
  return "";
}

std::string_view ToText(VectorOp op) {
  switch (op) {
    case VectorOp::kSum:
      return "sum";
    case VectorOp::kAvg:
      return "avg";
    case VectorOp::kMin:
      return "min";
    case VectorOp::kMax:
      return "max";
    case VectorOp::kCount:
      return "count";
    case VectorOp::kStddev:
      return "stddev";
    case VectorOp::kStdvar:
      return "stdvar";
    case VectorOp::kTopK:
      return "topk";
    case VectorOp::kBottomK:
      return "bottomk";
    case VectorOp::kApproxTopK:
      return "approx_topk";
    case VectorOp::kSort:
      return "sort";
    case VectorOp::kSortDesc:
      return "sort_desc";
  }
  return "";
}

std::string_view ToText(BinaryOp op) {
  switch (op) {
    case BinaryOp::kOr:
      return "or";
    case BinaryOp::kAnd:
      return "and";
    case BinaryOp::kUnless:
      return "unless";
    case BinaryOp::kAdd:
      return "+";
    case BinaryOp::kSubtract:
      return "-";
    case BinaryOp::kMultiply:
      return "*";
    case BinaryOp::kDivide:
      return "/";
    case BinaryOp::kModulo:
      return "%";
    case BinaryOp::kPower:
      return "^";
    case BinaryOp::kEqual:
      return "==";
    case BinaryOp::kNotEqual:
      return "!=";
    case BinaryOp::kGreater:
      return ">";
    case BinaryOp::kGreaterEqual:
      return ">=";
    case BinaryOp::kLess:
      return "<";
    case BinaryOp::kLessEqual:
      return "<=";
  }
  return "";
}

bool IsComparison(BinaryOp op) { return op >= BinaryOp::kEqual; }

bool IsSetOperation(BinaryOp op) { return op <= BinaryOp::kUnless; }

}  // namespace narfi::logql
