#include "line/template/tree_parser.h"

#include <fmt/format.h>

#include "base/go_text.h"
#include "line/template/literal.h"

namespace narfi::line::tmpl {
namespace {

bool IsBlank(const Node& list) {
  for (const NodePtr& child : list.children) {
    if (child->kind != NodeKind::kText) return false;
    if (child->text.find_first_not_of(" \t\r\n") != std::string::npos) return false;
  }
  return true;
}

std::string_view EndText(NodeKind end) { return end == NodeKind::kEnd ? "{{end}}" : "{{else}}"; }

}  // namespace

NodePtr MakeNode(NodeKind kind, uint32_t pos) {
  auto node = std::make_unique<Node>();
  node->kind = kind;
  node->pos = pos;
  return node;
}

// ------------------------------------------------------------------ tokens

Token TreeParser::Next() {
  if (peeked_ > 0) {
    --peeked_;
  } else {
    tokens_[0] = lexer_.Next();
  }
  return tokens_[peeked_];
}

Token TreeParser::NextNonSpace() {
  Token token = Next();
  while (token.kind == TokenKind::kSpace) token = Next();
  return token;
}

const Token& TreeParser::Peek() {
  if (peeked_ == 0) {
    peeked_ = 1;
    tokens_[0] = lexer_.Next();
  }
  return tokens_[peeked_ - 1];
}

const Token& TreeParser::PeekNonSpace() {
  NextNonSpace();
  Backup();
  return tokens_[peeked_ - 1];
}

// Gives back `first`, and then the token that is peeked already.
void TreeParser::Backup2(Token first) {
  tokens_[1] = std::move(first);
  peeked_ = 2;
}
void TreeParser::Backup3(Token second, Token first) {
  tokens_[1] = std::move(first);
  tokens_[2] = std::move(second);
  peeked_ = 3;
}

Result<Token> TreeParser::Expect(TokenKind kind, std::string_view context) {
  Token token = NextNonSpace();
  if (token.kind != kind) return Unexpected(token, context);
  return token;
}

tl::unexpected<Error> TreeParser::Stop(const std::string& text) const {
  return Fail(Code::kInvalidArgument,
              fmt::format("template: {}:{}: {}", name_, tokens_[0].line, text));
}

tl::unexpected<Error> TreeParser::Unexpected(const Token& token, std::string_view context) const {
  if (token.kind != TokenKind::kError)
    return Stop(fmt::format("unexpected {} in {}", token.ToString(), context));
  std::string text = token.value;
  if (action_line_ != 0 && action_line_ != token.line) {
    text += text.ends_with(" action") ? "" : " in action";
    text += fmt::format(" started at {}:{}", name_, action_line_);
  }
  return Stop(text);
}

// ------------------------------------------------------------------ statements

Result<Trees> TreeParser::Run() {
  trees_.root = MakeNode(NodeKind::kList, Peek().pos);
  while (Peek().kind != TokenKind::kEof) {
    if (Peek().kind == TokenKind::kLeftDelim) {
      Token delim = Next();
      if (NextNonSpace().kind == TokenKind::kDefine) {
        NARFI_TRY(Definition());
        continue;
      }
      Backup();
      Backup2(std::move(delim));
    }
    NARFI_ASSIGN(NodePtr node, TextOrAction());
    if (node->kind == NodeKind::kEnd || node->kind == NodeKind::kElse)
      return Stop("unexpected " + node->ToString());
    trees_.root->children.push_back(std::move(node));
  }
  NARFI_TRY(DefineItself());
  return std::move(trees_);
}

// A {{define}} may have the name of the whole template.
Status TreeParser::DefineItself() {
  const auto found = trees_.defined.find(name_);
  if (found == trees_.defined.end()) return {};
  if (!IsBlank(*trees_.root) && !IsBlank(*found->second))
    return Stop("template: multiple definition of template " + GoQuote(name_));
  if (IsBlank(*trees_.root)) trees_.root = std::move(found->second);
  trees_.defined.erase(found);
  return {};
}

TreeParser::Parsed TreeParser::TextOrAction() {
  Token token = NextNonSpace();
  if (token.kind == TokenKind::kText) {
    NodePtr node = MakeNode(NodeKind::kText, token.pos);
    node->text = std::move(token.value);
    return node;
  }
  if (token.kind != TokenKind::kLeftDelim) return Unexpected(token, "input");
  action_line_ = token.line;
  auto node = Action();
  if (node) action_line_ = 0;
  return node;
}

TreeParser::Parsed TreeParser::Action() {
  const Token token = NextNonSpace();
  switch (token.kind) {
    case TokenKind::kBlock:
      return Block();
    case TokenKind::kBreak:
      return LoopControl(NodeKind::kBreak, "{{break}}", token.pos);
    case TokenKind::kContinue:
      return LoopControl(NodeKind::kContinue, "{{continue}}", token.pos);
    case TokenKind::kElse:
      return Else();
    case TokenKind::kEnd: {
      NARFI_ASSIGN(const Token end, Expect(TokenKind::kRightDelim, "end"));
      return MakeNode(NodeKind::kEnd, end.pos);
    }
    case TokenKind::kIf:
      return Control(NodeKind::kIf, "if", token.pos);
    case TokenKind::kRange:
      return Control(NodeKind::kRange, "range", token.pos);
    case TokenKind::kTemplate:
      return TemplateCall();
    case TokenKind::kWith:
      return Control(NodeKind::kWith, "with", token.pos);
    default:
      break;
  }
  Backup();
  NodePtr node = MakeNode(NodeKind::kAction, Peek().pos);
  NARFI_ASSIGN(node->pipe, Pipeline("command", TokenKind::kRightDelim));
  return node;
}

TreeParser::Parsed TreeParser::LoopControl(NodeKind kind, std::string_view word, uint32_t pos) {
  if (const Token token = NextNonSpace(); token.kind != TokenKind::kRightDelim)
    return Unexpected(token, word);
  if (range_depth_ == 0) return Stop(std::string(word) + " outside {{range}}");
  return MakeNode(kind, pos);
}

// "{{else if ... " and "{{else with ..." keep their second word for Control().
TreeParser::Parsed TreeParser::Else() {
  const TokenKind next = PeekNonSpace().kind;
  if (next == TokenKind::kIf || next == TokenKind::kWith)
    return MakeNode(NodeKind::kElse, Peek().pos);
  NARFI_ASSIGN(const Token token, Expect(TokenKind::kRightDelim, "else"));
  return MakeNode(NodeKind::kElse, token.pos);
}

Result<TreeParser::ListEnd> TreeParser::ItemList() {
  ListEnd out;
  if (++nesting_ > kMaxNesting) return Stop("actions are nested too deeply");
  out.list = MakeNode(NodeKind::kList, PeekNonSpace().pos);
  while (PeekNonSpace().kind != TokenKind::kEof) {
    NARFI_ASSIGN(NodePtr node, TextOrAction());
    if (node->kind == NodeKind::kEnd || node->kind == NodeKind::kElse) {
      out.end = node->kind;
      out.pos = node->pos;
      --nesting_;
      return out;
    }
    out.list->children.push_back(std::move(node));
  }
  return Stop("unexpected EOF");
}

TreeParser::Parsed TreeParser::Control(NodeKind kind, std::string_view context, uint32_t) {
  const size_t variables = variables_.size();
  NARFI_ASSIGN(NodePtr pipe, Pipeline(context, TokenKind::kRightDelim));
  NodePtr node = MakeNode(kind, pipe->pos);
  node->pipe = std::move(pipe);
  if (kind == NodeKind::kRange) ++range_depth_;
  NARFI_ASSIGN(ListEnd body, ItemList());
  if (kind == NodeKind::kRange) --range_depth_;
  node->body = std::move(body.list);
  if (body.end == NodeKind::kElse) {
    const TokenKind again = kind == NodeKind::kIf     ? TokenKind::kIf
                            : kind == NodeKind::kWith ? TokenKind::kWith
                                                      : TokenKind::kEof;
    if (again != TokenKind::kEof && Peek().kind == again) {
      const Token word = Next();
      if (++nesting_ > kMaxNesting) return Stop("actions are nested too deeply");
      node->otherwise = MakeNode(NodeKind::kList, body.pos);
      NARFI_ASSIGN(NodePtr inner, Control(kind, context, word.pos));
      --nesting_;
      node->otherwise->children.push_back(std::move(inner));
    } else {
      NARFI_ASSIGN(ListEnd otherwise, ItemList());
      if (otherwise.end != NodeKind::kEnd)
        return Stop("expected end; found " + std::string(EndText(otherwise.end)));
      node->otherwise = std::move(otherwise.list);
    }
  }
  variables_.resize(variables);
  return node;
}

Result<std::string> TreeParser::TemplateName(const Token& token, std::string_view context) {
  if (token.kind != TokenKind::kString && token.kind != TokenKind::kRawString)
    return Unexpected(token, context);
  auto name = UnquoteText(token.value);
  if (!name) return Stop("invalid syntax");
  return *std::move(name);
}

TreeParser::Parsed TreeParser::TemplateCall() {
  const Token token = NextNonSpace();
  NodePtr node = MakeNode(NodeKind::kTemplate, token.pos);
  NARFI_ASSIGN(node->text, TemplateName(token, "template clause"));
  if (NextNonSpace().kind == TokenKind::kRightDelim) return node;
  Backup();
  NARFI_ASSIGN(node->pipe, Pipeline("template clause", TokenKind::kRightDelim));
  return node;
}

TreeParser::Parsed TreeParser::Block() {
  const Token token = NextNonSpace();
  NodePtr node = MakeNode(NodeKind::kTemplate, token.pos);
  NARFI_ASSIGN(node->text, TemplateName(token, "block clause"));
  NARFI_ASSIGN(node->pipe, Pipeline("block clause", TokenKind::kRightDelim));
  // A tree of its own sees no variables of this one.
  std::vector<std::string> outer = std::exchange(variables_, {"$"});
  const int outer_ranges = std::exchange(range_depth_, 0);
  NARFI_ASSIGN(ListEnd body, ItemList());
  if (body.end != NodeKind::kEnd)
    return Stop(fmt::format("unexpected {} in block clause", EndText(body.end)));
  NARFI_TRY(Define(node->text, std::move(body.list)));
  variables_ = std::move(outer);
  range_depth_ = outer_ranges;
  return node;
}

Status TreeParser::Definition() {
  const Token token = NextNonSpace();
  NARFI_ASSIGN(std::string name, TemplateName(token, "define clause"));
  NARFI_TRY(Expect(TokenKind::kRightDelim, "define clause"));
  std::vector<std::string> outer = std::exchange(variables_, {"$"});
  NARFI_ASSIGN(ListEnd body, ItemList());
  if (body.end != NodeKind::kEnd)
    return Stop(fmt::format("unexpected {} in define clause", EndText(body.end)));
  variables_ = std::move(outer);
  return Define(std::move(name), std::move(body.list));
}

Status TreeParser::Define(std::string name, NodePtr list) {
  const auto found = trees_.defined.find(name);
  if (found == trees_.defined.end()) {
    trees_.defined.emplace(std::move(name), std::move(list));
  } else if (IsBlank(*found->second)) {
    found->second = std::move(list);
  } else if (!IsBlank(*list)) {
    return Stop("template: multiple definition of template " + GoQuote(name));
  }
  return {};
}

Result<Trees> ParseTrees(std::string_view name, std::string_view text) {
  return TreeParser(name, text).Run();
}

}  // namespace narfi::line::tmpl
