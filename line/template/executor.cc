#include "line/template/executor.h"

#include <fmt/format.h>
#include <algorithm>

#include "base/go_text.h"
#include "line/template/print.h"

namespace narfi::line::tmpl {

tl::unexpected<Error> Executor::Stop(const std::string& text, Code code) const {
  if (node_ == nullptr) return Fail(code, fmt::format("template: {}: {}", name_, text));
  const std::string_view before = text_.substr(0, node_->pos);
  const size_t line_begin = before.rfind('\n');
  const size_t column =
      line_begin == std::string_view::npos ? before.size() : before.size() - line_begin - 1;
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  return Fail(code, fmt::format("template: {}:{}:{}: executing {} at <{}>: {}", name_, line, column,
                                GoQuote(template_), node_->ToString(), text));
}

Status Executor::Run() {
  Value dot;
  dot.type = Type::kLabels;
  dot.labels = runtime_.input().labels;
  variables_.emplace_back("$", dot);
  NARFI_TRY(Walk(dot, *trees_.root));
  return {};
}

Status Executor::CheckOutput() const {
  if (out_.size() <= Runtime::kMaxTextBytes) return {};
  return Stop(fmt::format("the output is larger than {} MiB", Runtime::kMaxTextBytes >> 20),
              Code::kLimit);
}

Status Executor::Enter() {
  if (++nesting_ <= kMaxNesting) return {};
  return Stop("exceeded maximum template depth (100000)");
}

Result<Executor::Flow> Executor::Walk(const Value& dot, const Node& node) {
  At(node);
  NARFI_TRY(Enter());
  auto flow = WalkNode(dot, node);
  --nesting_;
  return flow;
}

Result<Executor::Flow> Executor::WalkNode(const Value& dot, const Node& node) {
  if (const auto status = runtime_.CountStep(); !status)
    return Stop(status.error().text, Code::kLimit);
  switch (node.kind) {
    case NodeKind::kText:
      out_ += node.text;
      NARFI_TRY(CheckOutput());
      return Flow::kNext;
    case NodeKind::kAction: {
      NARFI_ASSIGN(const Value value, EvalPipe(dot, node.pipe.get()));
      if (node.pipe->declared.empty()) NARFI_TRY(Print(node, value));
      return Flow::kNext;
    }
    case NodeKind::kList:
      return WalkList(dot, node);
    case NodeKind::kIf:
    case NodeKind::kWith:
      return WalkIfOrWith(dot, node);
    case NodeKind::kRange:
      return WalkRange(dot, node);
    case NodeKind::kTemplate:
      NARFI_TRY(WalkTemplate(dot, node));
      return Flow::kNext;
    case NodeKind::kBreak:
      return Flow::kBreak;
    case NodeKind::kContinue:
      return Flow::kContinue;
    default:
      return Flow::kNext;
  }
}

Result<Executor::Flow> Executor::WalkList(const Value& dot, const Node& list) {
  for (const NodePtr& child : list.children) {
    NARFI_ASSIGN(const Flow flow, Walk(dot, *child));
    if (flow != Flow::kNext) return flow;
  }
  return Flow::kNext;
}

Result<Executor::Flow> Executor::WalkIfOrWith(const Value& dot, const Node& node) {
  const size_t mark = variables_.size();
  NARFI_ASSIGN(const Value value, EvalPipe(dot, node.pipe.get()));
  Flow flow = Flow::kNext;
  if (IsTrue(value)) {
    NARFI_ASSIGN(flow, Walk(node.kind == NodeKind::kWith ? value : dot, *node.body));
  } else if (node.otherwise) {
    NARFI_ASSIGN(flow, Walk(dot, *node.otherwise));
  }
  variables_.resize(mark);
  return flow;
}

Result<Executor::Flow> Executor::WalkRange(const Value& dot, const Node& node) {
  const size_t mark = variables_.size();
  NARFI_ASSIGN(const Value value, EvalPipe(dot, node.pipe.get()));
  NARFI_ASSIGN(const bool any, RangeOver(value, node));
  Flow flow = Flow::kNext;
  if (!any && node.otherwise) {
    NARFI_ASSIGN(flow, Walk(dot, *node.otherwise));
  }
  variables_.resize(mark);
  return flow;
}

// False when there is nothing to go over.
Result<bool> Executor::RangeOver(const Value& value, const Node& node) {
  const size_t mark = variables_.size();
  if (value.type == Type::kList) {
    for (size_t i = 0; i < value.list->size(); ++i) {
      NARFI_ASSIGN(const bool more,
                   Iterate(node, mark, MakeInt(static_cast<int64_t>(i)), (*value.list)[i]));
      if (!more) break;
    }
    return !value.list->empty();
  }
  if (value.type == Type::kMap) {
    for (const auto& [key, element] : *value.map) {
      NARFI_ASSIGN(const bool more, Iterate(node, mark, MakeText(key), element));
      if (!more) break;
    }
    return !value.map->empty();
  }
  if (value.type == Type::kLabels) {
    std::vector<Field> all;
    value.labels->CopyAll(all);
    for (const Field& field : all) {
      NARFI_ASSIGN(const bool more,
                   Iterate(node, mark, MakeText(field.name), MakeText(field.value)));
      if (!more) break;
    }
    return !all.empty();
  }
  if (value.is_integer() || value.type == Type::kUint8) {
    if (node.pipe->declared.size() > 1) {
      std::string text;
      AppendValue(text, value);
      return Stop(fmt::format("can't use {} to iterate over more than one variable", text));
    }
    for (int64_t i = 0; i < value.integer; ++i) {
      NARFI_ASSIGN(const bool more, Iterate(node, mark, Value(), MakeInt(i, value.type)));
      if (!more) break;
    }
    return value.integer > 0;
  }
  if (!value.valid()) return false;
  std::string text;
  AppendValue(text, value);
  return Stop("range can't iterate over " + text);
}

Result<bool> Executor::Iterate(const Node& node, size_t mark, const Value& index,
                               const Value& element) {
  const Children& declared = node.pipe->declared;
  const bool two = declared.size() > 1;
  if (!declared.empty() && node.pipe->assigns) {
    NARFI_TRY(SetVariable(declared[0]->names[0], two ? index : element));
    if (two) NARFI_TRY(SetVariable(declared[1]->names[0], element));
  } else if (!declared.empty()) {
    // The pipe has pushed them.
    variables_[mark - 1].second = element;
    if (two) variables_[mark - 2].second = index;
  }
  NARFI_ASSIGN(const Flow flow, Walk(element, *node.body));
  variables_.resize(mark);
  return flow != Flow::kBreak;
}

Status Executor::WalkTemplate(const Value& dot, const Node& node) {
  const auto found = trees_.defined.find(node.text);
  const bool itself = found == trees_.defined.end() && node.text == name_;
  if (found == trees_.defined.end() && !itself)
    return Stop(fmt::format("template {} not defined", GoQuote(node.text)));
  // In Go's words; what recurses without end ends here or there.
  if (depth_ == Runtime::kMaxDepth) return Stop("exceeded maximum template depth (100000)");
  NARFI_ASSIGN(const Value inner, EvalPipe(dot, node.pipe.get()));
  const size_t mark = variables_.size();
  const size_t visible = std::exchange(visible_, mark);
  const std::string_view outer = std::exchange(template_, node.text);
  variables_.emplace_back("$", inner);
  ++depth_;
  NARFI_TRY(Walk(inner, itself ? *trees_.root : *found->second));
  --depth_;
  template_ = outer;
  visible_ = visible;
  variables_.resize(mark);
  return {};
}

Status Executor::Print(const Node& node, const Value& value) {
  At(node);
  if (value.valid()) {
    AppendValue(out_, value);
  } else {
    out_ += "<no value>";
  }
  return CheckOutput();
}

const Value* Executor::FindVariable(std::string_view name) const {
  for (size_t i = variables_.size(); i > visible_; --i) {
    if (variables_[i - 1].first == name) return &variables_[i - 1].second;
  }
  return nullptr;
}

Status Executor::SetVariable(const std::string& name, const Value& value) {
  for (size_t i = variables_.size(); i > visible_; --i) {
    if (variables_[i - 1].first != name) continue;
    variables_[i - 1].second = value;
    return {};
  }
  return Stop("undefined variable: " + name);
}

}  // namespace narfi::line::tmpl
