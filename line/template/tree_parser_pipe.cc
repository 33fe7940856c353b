// Pipelines: declarations, commands and what stands in them.
#include <fmt/format.h>
#include <algorithm>

#include "base/go_text.h"
#include "line/template/functions.h"
#include "line/template/literal.h"
#include "line/template/tree_parser.h"

namespace narfi::line::tmpl {
namespace {

bool BeginsOperand(TokenKind kind) {
  switch (kind) {
    case TokenKind::kBool:
    case TokenKind::kCharConstant:
    case TokenKind::kDot:
    case TokenKind::kField:
    case TokenKind::kIdentifier:
    case TokenKind::kNumber:
    case TokenKind::kNil:
    case TokenKind::kRawString:
    case TokenKind::kString:
    case TokenKind::kVariable:
    case TokenKind::kLeftParen:
      return true;
    default:
      return false;
  }
}

bool IsLiteral(const Node& node) {
  return node.kind == NodeKind::kBool || node.kind == NodeKind::kDot ||
         node.kind == NodeKind::kNil || node.kind == NodeKind::kNumber ||
         node.kind == NodeKind::kString;
}

// ".a.b" or "$x.a" in its parts.
std::vector<std::string> SplitNames(std::string_view text) {
  std::vector<std::string> names;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t dot = std::min(text.find('.', begin), text.size());
    names.emplace_back(text.substr(begin, dot - begin));
    begin = dot + 1;
  }
  return names;
}

}  // namespace

TreeParser::Parsed TreeParser::Pipeline(std::string_view context, TokenKind end) {
  if (++nesting_ > kMaxNesting) return Stop("actions are nested too deeply");
  NodePtr pipe = MakeNode(NodeKind::kPipe, PeekNonSpace().pos);
  NARFI_TRY(Declarations(*pipe, context));
  for (;;) {
    const Token token = NextNonSpace();
    if (token.kind == end) break;
    if (!BeginsOperand(token.kind)) return Unexpected(token, context);
    Backup();
    NARFI_ASSIGN(NodePtr command, Command());
    pipe->children.push_back(std::move(command));
  }
  --nesting_;
  NARFI_TRY(CheckPipeline(*pipe, context));
  return pipe;
}

// `$x :=`, `$x =`, and in a range `$i, $x :=`.
Status TreeParser::Declarations(Node& pipe, std::string_view context) {
  for (;;) {
    if (PeekNonSpace().kind != TokenKind::kVariable) return {};
    Token variable = Next();
    // Space is a token: in "$x foo" foo must be seen to know that $x is no declaration, and then
    // all of it is given back.
    Token after = Peek();
    const Token next = PeekNonSpace();
    const auto declare = [&] {
      NextNonSpace();
      NodePtr node = MakeNode(NodeKind::kVariable, variable.pos);
      node->names = SplitNames(variable.value);
      pipe.declared.push_back(std::move(node));
      variables_.push_back(variable.value);
    };
    if (next.kind == TokenKind::kAssign || next.kind == TokenKind::kDeclare) {
      pipe.assigns = next.kind == TokenKind::kAssign;
      declare();
      return {};
    }
    if (next.kind == TokenKind::kChar && next.value == ",") {
      declare();
      if (context == "range" && pipe.declared.size() < 2) {
        const TokenKind second = PeekNonSpace().kind;
        if (second == TokenKind::kVariable || second == TokenKind::kRightDelim ||
            second == TokenKind::kRightParen)
          continue;
        return Stop("range can only initialize variables");
      }
      return Stop(fmt::format("too many declarations in {}", context));
    }
    if (after.kind == TokenKind::kSpace) {
      Backup3(std::move(variable), std::move(after));
    } else {
      Backup2(std::move(variable));
    }
    return {};
  }
}

Status TreeParser::CheckPipeline(const Node& pipe, std::string_view context) const {
  if (pipe.children.empty()) return Stop(fmt::format("missing value for {}", context));
  for (size_t i = 1; i < pipe.children.size(); ++i) {
    if (IsLiteral(*pipe.children[i]->children[0]))
      return Stop(fmt::format("non executable command in pipeline stage {}", i + 1));
  }
  return {};
}

TreeParser::Parsed TreeParser::Command() {
  NodePtr command = MakeNode(NodeKind::kCommand, PeekNonSpace().pos);
  for (;;) {
    PeekNonSpace();
    NARFI_ASSIGN(NodePtr operand, Operand());
    if (operand) command->children.push_back(std::move(operand));
    const Token token = Next();
    if (token.kind == TokenKind::kSpace) continue;
    if (token.kind == TokenKind::kRightDelim || token.kind == TokenKind::kRightParen) {
      Backup();
    } else if (token.kind != TokenKind::kPipe) {
      return Unexpected(token, "operand");
    }
    break;
  }
  if (command->children.empty()) return Stop("empty command");
  return command;
}

// A term and the fields behind it.
TreeParser::Parsed TreeParser::Operand() {
  NARFI_ASSIGN(NodePtr node, Term());
  if (!node || Peek().kind != TokenKind::kField) return node;
  NodePtr chain = MakeNode(NodeKind::kChain, Peek().pos);
  while (Peek().kind == TokenKind::kField) chain->names.push_back(Next().value.substr(1));
  if (node->kind == NodeKind::kField || node->kind == NodeKind::kVariable) {
    node->pos = chain->pos;
    for (std::string& name : chain->names) node->names.push_back(std::move(name));
    return node;
  }
  if (IsLiteral(*node)) return Stop("unexpected . after term " + GoQuote(node->ToString()));
  chain->children.push_back(std::move(node));
  return chain;
}

TreeParser::Parsed TreeParser::Variable(const Token& token) const {
  NodePtr node = MakeNode(NodeKind::kVariable, token.pos);
  node->names = SplitNames(token.value);
  if (std::find(variables_.begin(), variables_.end(), node->names[0]) != variables_.end())
    return node;
  return Stop("undefined variable " + GoQuote(node->names[0]));
}

TreeParser::Parsed TreeParser::Term() {
  const Token token = NextNonSpace();
  switch (token.kind) {
    case TokenKind::kIdentifier: {
      NodePtr node = MakeNode(NodeKind::kIdentifier, token.pos);
      node->text = token.value;
      node->function = FindFunction(token.value);
      if (node->function == nullptr)
        return Stop("function " + GoQuote(token.value) + " not defined");
      return node;
    }
    case TokenKind::kDot:
      return MakeNode(NodeKind::kDot, token.pos);
    case TokenKind::kNil:
      return MakeNode(NodeKind::kNil, token.pos);
    case TokenKind::kVariable:
      return Variable(token);
    case TokenKind::kField: {
      NodePtr node = MakeNode(NodeKind::kField, token.pos);
      node->names = SplitNames(std::string_view(token.value).substr(1));
      return node;
    }
    case TokenKind::kBool: {
      NodePtr node = MakeNode(NodeKind::kBool, token.pos);
      node->text = token.value;
      node->constant = MakeBool(token.value == "true");
      return node;
    }
    case TokenKind::kCharConstant:
    case TokenKind::kNumber: {
      auto node = MakeNumber(token.value);
      if (!node) return Stop(node.error().text);
      (*node)->pos = token.pos;
      return node;
    }
    case TokenKind::kLeftParen:
      return Pipeline("parenthesized pipeline", TokenKind::kRightParen);
    case TokenKind::kString:
    case TokenKind::kRawString: {
      auto text = UnquoteText(token.value);
      if (!text) return Stop("invalid syntax");
      NodePtr node = MakeNode(NodeKind::kString, token.pos);
      node->text = token.value;
      node->content = *std::move(text);
      return node;
    }
    default:
      Backup();
      return NodePtr();
  }
}

}  // namespace narfi::line::tmpl
