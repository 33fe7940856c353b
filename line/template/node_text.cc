// How Go writes the nodes of a template.
#include "base/go_text.h"
#include "line/template/node.h"

namespace narfi::line::tmpl {
namespace {

void Append(std::string& dst, const Node& node);

void AppendAll(std::string& dst, const std::vector<NodePtr>& nodes, std::string_view between) {
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (i > 0) dst += between;
    Append(dst, *nodes[i]);
  }
}

// An argument: pipes stand in parentheses.
void AppendArgument(std::string& dst, const Node& node) {
  const bool pipe = node.kind == NodeKind::kPipe;
  if (pipe) dst += '(';
  Append(dst, node);
  if (pipe) dst += ')';
}

void AppendPipe(std::string& dst, const Node& node) {
  if (!node.declared.empty()) {
    AppendAll(dst, node.declared, ", ");
    dst += node.assigns ? " = " : " := ";
  }
  AppendAll(dst, node.children, " | ");
}

void AppendBranch(std::string& dst, std::string_view word, const Node& node) {
  dst.append("{{").append(word);
  const bool action = node.kind == NodeKind::kAction;
  if (node.kind == NodeKind::kTemplate) dst.append(" ").append(GoQuote(node.text));
  if (node.pipe) {
    if (!action) dst += ' ';
    Append(dst, *node.pipe);
  }
  dst += "}}";
}

void Append(std::string& dst, const Node& node) {
  switch (node.kind) {
    case NodeKind::kList:
      AppendAll(dst, node.children, "");
      return;
    case NodeKind::kAction:
      AppendBranch(dst, "", node);
      return;
    case NodeKind::kPipe:
      AppendPipe(dst, node);
      return;
    case NodeKind::kCommand:
      for (size_t i = 0; i < node.children.size(); ++i) {
        if (i > 0) dst += ' ';
        AppendArgument(dst, *node.children[i]);
      }
      return;
    case NodeKind::kChain:
      AppendArgument(dst, *node.children[0]);
      [[fallthrough]];
    case NodeKind::kField:
      for (const std::string& name : node.names) dst.append(".").append(name);
      return;
    case NodeKind::kVariable:
      for (size_t i = 0; i < node.names.size(); ++i)
        dst.append(i > 0 ? "." : "").append(node.names[i]);
      return;
    case NodeKind::kDot:
      dst += '.';
      return;
    case NodeKind::kNil:
      dst += "nil";
      return;
    case NodeKind::kIf:
      AppendBranch(dst, "if", node);
      return;
    case NodeKind::kRange:
      AppendBranch(dst, "range", node);
      return;
    case NodeKind::kWith:
      AppendBranch(dst, "with", node);
      return;
    case NodeKind::kTemplate:
      AppendBranch(dst, "template", node);
      return;
    case NodeKind::kBreak:
      dst += "{{break}}";
      return;
    case NodeKind::kContinue:
      dst += "{{continue}}";
      return;
    case NodeKind::kElse:
      dst += "{{else}}";
      return;
    case NodeKind::kEnd:
      dst += "{{end}}";
      return;
    default:
      dst += node.text;
  }
}

}  // namespace

std::string Node::ToString() const {
  std::string out;
  Append(out, *this);
  return out;
}

}  // namespace narfi::line::tmpl
