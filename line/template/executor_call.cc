// Calls: arguments against the types of parameters, and the call itself.
#include <fmt/format.h>

#include "line/template/executor.h"

namespace narfi::line::tmpl {
namespace {

std::string_view NameOf(Param type) {
  switch (type) {
    case Param::kAny:
      return "interface {}";
    case Param::kReflect:
      return "reflect.Value";
    case Param::kString:
      return "string";
    case Param::kInt:
      return "int";
    case Param::kFloat64:
      return "float64";
    case Param::kTime:
      return "time.Time";
    case Param::kDuration:
      return "time.Duration";
  }
  return {};
}

bool Fits(Type type, Param param) {
  switch (param) {
    case Param::kString:
      return type == Type::kString;
    case Param::kInt:
      return type == Type::kInt;
    case Param::kFloat64:
      return type == Type::kFloat64;
    case Param::kTime:
      return type == Type::kTime;
    case Param::kDuration:
      return type == Type::kDuration;
    default:
      return true;
  }
}

Param ParamAt(const Function& function, size_t index) {
  return function.params[std::min<size_t>(index, function.count - 1U)];
}

}  // namespace

Result<Value> Executor::EvalFunction(const Value& dot, const Node& name, const Node& command,
                                     const Children* args, const Final& final) {
  At(name);
  if (name.function->special == Special::kAnd || name.function->special == Special::kOr)
    return EvalAndOr(dot, *name.function, args, final);
  return EvalCall(dot, *name.function, command, name.text, nullptr, args, final);
}

// The value that decides; what comes after it is not looked at.
Result<Value> Executor::EvalAndOr(const Value& dot, const Function& function, const Children* args,
                                  const Final& final) {
  const size_t count = args == nullptr ? 0 : args->size() - 1;
  if (count == 0 && !final)
    return Stop(fmt::format("wrong number of args for {}: want at least 1 got 0", function.name));
  Value value;
  for (size_t i = 0; i < count; ++i) {
    NARFI_ASSIGN(value, EvalArg(dot, Param::kReflect, *(*args)[i + 1]));
    if (IsTrue(value) == (function.special == Special::kOr)) return value;
  }
  return final ? *final : value;
}

Result<Value> Executor::EvalCall(const Value& dot, const Function& function, const Node& node,
                                 std::string_view name, const Value* receiver, const Children* args,
                                 const Final& final) {
  const size_t own = receiver == nullptr ? 0 : 1;  // the receiver is no argument
  const size_t written = args == nullptr ? 0 : args->size() - 1;
  const size_t given = written + (final ? 1 : 0);
  const size_t wanted = function.count - own;
  if (function.variadic ? given + 1 < wanted : given != wanted) {
    return Stop(fmt::format(
        "wrong number of args for {}: want {}{} got {}", name, function.variadic ? "at least " : "",
        function.variadic ? wanted - 1 : wanted, function.variadic ? written : given));
  }
  const size_t base = arguments_.size();
  if (receiver != nullptr) {
    arguments_.push_back(*receiver);
    arguments_.back().boxed = false;
  }
  for (size_t i = 0; i < written; ++i) {
    NARFI_ASSIGN(const Value value, EvalArg(dot, ParamAt(function, i + own), *(*args)[i + 1]));
    arguments_.push_back(value);
  }
  if (final) {
    NARFI_ASSIGN(const Value value, CheckType(*final, ParamAt(function, written + own)));
    arguments_.push_back(value);
  }
  std::string callee;
  if (function.special == Special::kCall && written > 0) callee = (*args)[1]->ToString();
  return Invoke(function, node, name, base, callee);
}

Result<Value> Executor::Invoke(const Function& function, const Node& node, std::string_view name,
                               size_t base, std::string_view callee) {
  const Args args = Args(arguments_).subspan(base);
  size_t bytes = 0;
  for (const Value& arg : args) bytes += arg.text.size();
  Result<Value> result = Value();
  if (const auto status = runtime_.CountWork(bytes); !status) {
    result = tl::unexpected<Error>(status.error());
  } else if (function.special == Special::kCall && args[0].valid()) {
    const std::string_view type = TypeName(args[0].type);
    std::string shown(callee);
    if (callee.empty())
      shown = args[0].type == Type::kString ? std::string(args[0].text)
                                            : fmt::format("<{} Value>", type);
    result = Fail(Code::kInvalidArgument, fmt::format("non-function {} of type {}", shown, type));
  } else {
    result = function.body(runtime_, args);
  }
  arguments_.resize(base);
  if (result) return result;
  At(node);
  return Stop(fmt::format("error calling {}: {}", name, result.error().text), result.error().code);
}

Result<Value> Executor::CheckType(Value value, Param type) const {
  if (type == Param::kAny || type == Param::kReflect) {
    if (type == Param::kAny && !value.valid()) value.boxed = true;
    return value;
  }
  if (!value.valid()) {
    if (!value.boxed) return Stop(fmt::format("invalid value; expected {}", NameOf(type)));
    return Stop(fmt::format("wrong type for value; expected {}; got interface {{}}", NameOf(type)));
  }
  if (Fits(value.type, type)) {
    value.boxed = false;
    return value;
  }
  return Stop(
      fmt::format("wrong type for value; expected {}; got {}", NameOf(type), TypeName(value.type)));
}

Result<Value> Executor::EvalArg(const Value& dot, Param type, const Node& node) {
  At(node);
  switch (node.kind) {
    case NodeKind::kDot:
      return CheckType(dot, type);
    case NodeKind::kNil:
      if (type == Param::kAny || type == Param::kReflect) return Value();
      return Stop(fmt::format("cannot assign nil to {}", NameOf(type)));
    case NodeKind::kField: {
      NARFI_ASSIGN(const Value value, EvalFields(dot, dot, node, 0, nullptr, {}));
      return CheckType(value, type);
    }
    case NodeKind::kVariable: {
      NARFI_ASSIGN(const Value value, EvalVariable(dot, node, nullptr, {}));
      return CheckType(value, type);
    }
    case NodeKind::kPipe: {
      NARFI_ASSIGN(const Value value, EvalPipe(dot, &node));
      return CheckType(value, type);
    }
    case NodeKind::kIdentifier: {
      NARFI_ASSIGN(const Value value, EvalFunction(dot, node, node, nullptr, {}));
      return CheckType(value, type);
    }
    case NodeKind::kChain: {
      NARFI_ASSIGN(const Value value, EvalChain(dot, node, nullptr, {}));
      return CheckType(value, type);
    }
    default:
      return EvalLiteral(type, node);
  }
}

Result<Value> Executor::EvalLiteral(Param type, const Node& node) {
  switch (type) {
    case Param::kAny:
    case Param::kReflect:
      return EvalConstant(node);
    case Param::kString:
      if (node.kind == NodeKind::kString) return MakeText(node.content);
      return Stop("expected string; found " + node.ToString());
    case Param::kInt:
    case Param::kDuration:
      if (node.kind == NodeKind::kNumber && node.is_int)
        return MakeInt(node.constant.integer, type == Param::kInt ? Type::kInt : Type::kDuration);
      return Stop("expected integer; found " + node.ToString());
    case Param::kFloat64:
      if (node.kind == NodeKind::kNumber && node.is_float) return MakeFloat(node.real);
      return Stop("expected float; found " + node.ToString());
    case Param::kTime:
      break;
  }
  return Stop(fmt::format("can't handle {} for arg of type {}", node.ToString(), NameOf(type)));
}

}  // namespace narfi::line::tmpl
