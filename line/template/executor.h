// Runs the trees of a template on one row, as Go's text/template/exec does.
//
// Errors carry Go's place and wording: `template: line:1:2: executing "line" at <...>: ...`.
// Threads: one at a time; it lives for one execution.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "line/template/functions.h"
#include "line/template/parser.h"
#include "line/template/runtime.h"

namespace narfi::line::tmpl {

class Executor {
 public:
  // All of it is borrowed.
  Executor(std::string_view name, std::string_view text, const Trees& trees, Runtime& runtime,
           std::string& out)
      : name_(name), text_(text), trees_(trees), runtime_(runtime), out_(out), template_(name) {}

  Status Run();

 private:
  enum class Flow : uint8_t { kNext, kBreak, kContinue };
  // What a pipe hands to its next command; nothing for the first.
  using Final = std::optional<Value>;
  using Children = std::vector<NodePtr>;

  tl::unexpected<Error> Stop(const std::string& text, Code code = Code::kInvalidArgument) const;
  // Nodes and pipes inside each other, through all templates: what recurses in here is bounded. On
  // success who entered takes it back; after an error nothing runs any more.
  static constexpr int kMaxNesting = 1000;
  Status Enter();
  // Go notes the node before it may fail there.
  void At(const Node& node) { node_ = &node; }

  // Statements (executor.cc).
  Result<Flow> Walk(const Value& dot, const Node& node);
  Result<Flow> WalkNode(const Value& dot, const Node& node);
  Result<Flow> WalkList(const Value& dot, const Node& list);
  Result<Flow> WalkIfOrWith(const Value& dot, const Node& node);
  Result<Flow> WalkRange(const Value& dot, const Node& node);
  Result<bool> RangeOver(const Value& value, const Node& node);
  // False when the loop ends.
  Result<bool> Iterate(const Node& node, size_t mark, const Value& index, const Value& element);
  Status WalkTemplate(const Value& dot, const Node& node);
  Status Print(const Node& node, const Value& value);
  Status CheckOutput() const;

  // Variables.
  const Value* FindVariable(std::string_view name) const;
  Status SetVariable(const std::string& name, const Value& value);

  // Expressions (executor_eval.cc).
  Result<Value> EvalPipe(const Value& dot, const Node* pipe);
  Result<Value> EvalCommand(const Value& dot, const Node& command, const Final& final);
  Result<Value> EvalChain(const Value& dot, const Node& node, const Children* args,
                          const Final& final);
  Result<Value> EvalVariable(const Value& dot, const Node& node, const Children* args,
                             const Final& final);
  Result<Value> EvalFields(const Value& dot, const Value& receiver, const Node& node, size_t first,
                           const Children* args, const Final& final);
  Result<Value> EvalField(const Value& dot, const std::string& name, const Node& node,
                          const Value& receiver, const Children* args, const Final& final);
  Status NotAFunction(const Children* args, const Final& final);

  // Calls (executor_call.cc).
  Result<Value> EvalFunction(const Value& dot, const Node& name, const Node& command,
                             const Children* args, const Final& final);
  Result<Value> EvalCall(const Value& dot, const Function& function, const Node& node,
                         std::string_view name, const Value* receiver, const Children* args,
                         const Final& final);
  Result<Value> EvalAndOr(const Value& dot, const Function& function, const Children* args,
                          const Final& final);
  Result<Value> Invoke(const Function& function, const Node& node, std::string_view name,
                       size_t base, std::string_view callee);
  Result<Value> EvalArg(const Value& dot, Param type, const Node& node);
  Result<Value> EvalLiteral(Param type, const Node& node);
  Result<Value> EvalConstant(const Node& node);
  Result<Value> CheckType(Value value, Param type) const;

  const std::string_view name_;
  const std::string_view text_;
  const Trees& trees_;
  Runtime& runtime_;
  std::string& out_;
  std::string_view template_;  // the {{define}} that is running, or name_
  const Node* node_ = nullptr;
  int depth_ = 0;    // of templates
  int nesting_ = 0;  // of nodes and pipes
  std::vector<std::pair<std::string_view, Value>> variables_;
  size_t visible_ = 0;            // variables below belong to the callers of this template
  std::vector<Value> arguments_;  // of calls under way
};

}  // namespace narfi::line::tmpl
