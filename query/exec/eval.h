// Evaluates metric expressions, for all steps at once.
//
// To add a function of vectors: write <name>.cc with an Eval<Name> below it here, and give the node
// its line in Evaluate (eval.cc).
#pragma once

#include "base/result.h"
#include "query/exec/range_eval.h"
#include "query/exec/vectors.h"
#include "query/logql/ast.h"

namespace narfi::query {

Result<EvalValue> Evaluate(const logql::SampleExpr& expr, EvalContext& context);
// The same, where a vector is needed; a scalar is an error of the query.
Result<VectorSteps> EvaluateVector(const logql::SampleExpr& expr, EvalContext& context);

// One a file; they take what their operands came to.
Result<VectorSteps> Aggregate(const logql::VectorAggregation& node, VectorSteps input,
                              EvalContext& context);
Result<EvalValue> Combine(const logql::BinaryOperation& node, EvalValue left, EvalValue right,
                          EvalContext& context);
Result<VectorSteps> MatchVectors(const logql::BinaryOperation& node, const VectorSteps& left,
                                 const VectorSteps& right, EvalContext& context);
Result<VectorSteps> ReplaceLabels(const logql::LabelReplace& node, VectorSteps input,
                                  EvalContext& context);

// left op right for two numbers; comparisons give 1 or 0.
double Calculate(logql::BinaryOp op, double left, double right);

}  // namespace narfi::query
