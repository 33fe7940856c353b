// Pipes, commands, fields and variables.
#include <fmt/format.h>

#include "line/template/executor.h"

namespace narfi::line::tmpl {

// A null pipe is nothing.
Result<Value> Executor::EvalPipe(const Value& dot, const Node* pipe) {
  if (pipe == nullptr) return Value();
  At(*pipe);
  NARFI_TRY(Enter());
  Final value;
  for (const NodePtr& command : pipe->children) {
    NARFI_ASSIGN(value, EvalCommand(dot, *command, value));
    value->boxed = false;
  }
  for (const NodePtr& variable : pipe->declared) {
    if (pipe->assigns) {
      NARFI_TRY(SetVariable(variable->names[0], *value));
    } else {
      variables_.emplace_back(variable->names[0], *value);
    }
  }
  --nesting_;
  return *value;
}

// No arguments may stand behind what is no function.
Status Executor::NotAFunction(const Children* args, const Final& final) {
  if ((args == nullptr || args->size() <= 1) && !final) return {};
  const Node& first = *(*args)[0];
  std::string shown = first.ToString();
  if (first.kind == NodeKind::kPipe) shown = first.ToString();
  return Stop("can't give argument to non-function " + shown);
}

Result<Value> Executor::EvalCommand(const Value& dot, const Node& command, const Final& final) {
  const Node& first = *command.children[0];
  const Children* const args = &command.children;
  if (const auto status = runtime_.CountStep(); !status)
    return Stop(status.error().text, Code::kLimit);
  switch (first.kind) {
    case NodeKind::kField:
      At(first);
      return EvalFields(dot, dot, first, 0, args, final);
    case NodeKind::kChain:
      return EvalChain(dot, first, args, final);
    case NodeKind::kIdentifier:
      return EvalFunction(dot, first, command, args, final);
    case NodeKind::kPipe:
      NARFI_TRY(NotAFunction(args, final));
      return EvalPipe(dot, &first);
    case NodeKind::kVariable:
      return EvalVariable(dot, first, args, final);
    default:
      break;
  }
  At(first);
  NARFI_TRY(NotAFunction(args, final));
  if (first.kind == NodeKind::kDot) return dot;
  if (first.kind == NodeKind::kNil) return Stop("nil is not a command");
  return EvalConstant(first);
}

Result<Value> Executor::EvalConstant(const Node& node) {
  At(node);
  if (node.kind == NodeKind::kString) return MakeText(node.content);
  if (!node.content.empty()) return Stop(node.text + " overflows int");
  return node.constant;
}

Result<Value> Executor::EvalVariable(const Value& dot, const Node& node, const Children* args,
                                     const Final& final) {
  At(node);
  const Value* found = FindVariable(node.names[0]);
  if (found == nullptr) return Stop("undefined variable: " + node.names[0]);
  const Value value = *found;
  if (node.names.size() > 1) return EvalFields(dot, value, node, 1, args, final);
  NARFI_TRY(NotAFunction(args, final));
  return value;
}

// (pipe).Field1.Field2
Result<Value> Executor::EvalChain(const Value& dot, const Node& node, const Children* args,
                                  const Final& final) {
  At(node);
  const Node& base = *node.children[0];
  if (base.kind == NodeKind::kNil)
    return Stop("indirection through explicit nil in " + node.ToString());
  NARFI_ASSIGN(const Value receiver, EvalArg(dot, Param::kReflect, base));
  return EvalFields(dot, receiver, node, 0, args, final);
}

// names[first..] of the node one after the other; the arguments are for the last.
Result<Value> Executor::EvalFields(const Value& dot, const Value& receiver, const Node& node,
                                   size_t first, const Children* args, const Final& final) {
  Value value = receiver;
  for (size_t i = first; i + 1 < node.names.size(); ++i) {
    NARFI_ASSIGN(value, EvalField(dot, node.names[i], node, value, nullptr, {}));
  }
  return EvalField(dot, node.names.back(), node, value, args, final);
}

Result<Value> Executor::EvalField(const Value& dot, const std::string& name, const Node& node,
                                  const Value& receiver, const Children* args, const Final& final) {
  if (!receiver.valid()) {
    if (receiver.boxed) return Stop(fmt::format("nil pointer evaluating interface {{}}.{}", name));
    return Value();
  }
  if (const Function* method = FindMethod(receiver.type, name))
    return EvalCall(dot, *method, node, name, &receiver, args, final);
  const bool has_args = (args != nullptr && args->size() > 1) || final.has_value();
  if (receiver.type == Type::kLabels || receiver.type == Type::kMap) {
    if (has_args) return Stop(name + " is not a method but has arguments");
    if (receiver.type == Type::kLabels)
      return MakeText(receiver.labels->Get(name).value_or(std::string_view()));
    const Value* found = Find(*receiver.map, name);
    Value value = found == nullptr ? Value() : *found;
    value.boxed = true;
    return value;
  }
  if (receiver.type == Type::kTime && (name == "wall" || name == "ext" || name == "loc"))
    return Stop(name + " is an unexported field of struct type time.Time");
  return Stop(fmt::format("can't evaluate field {} in type {}", name, TypeName(receiver)));
}

}  // namespace narfi::line::tmpl
