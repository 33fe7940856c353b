// How a template is parsed: the state of the parser and one method for each part of the grammar.
//
// It follows the structure of Go's own parser where that decides which error comes first.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "line/template/lexer.h"
#include "line/template/parser.h"

namespace narfi::line::tmpl {

class TreeParser {
 public:
  static constexpr int kMaxNesting = 200;

  TreeParser(std::string_view name, std::string_view text) : name_(name), lexer_(text) {}

  Result<Trees> Run();

 private:
  using Parsed = Result<NodePtr>;
  // A list and the {{end}} or {{else}} that closed it.
  struct ListEnd {
    NodePtr list;
    NodeKind end = NodeKind::kEnd;
    uint32_t pos = 0;
  };

  // Tokens; three may be given back.
  Token Next();
  Token NextNonSpace();
  const Token& Peek();
  const Token& PeekNonSpace();
  void Backup() { ++peeked_; }
  void Backup2(Token first);
  void Backup3(Token second, Token first);
  Result<Token> Expect(TokenKind kind, std::string_view context);

  tl::unexpected<Error> Stop(const std::string& text) const;
  tl::unexpected<Error> Unexpected(const Token& token, std::string_view context) const;

  // Statements (tree_parser.cc).
  Parsed TextOrAction();
  Parsed Action();
  Parsed Control(NodeKind kind, std::string_view context, uint32_t pos);
  Parsed LoopControl(NodeKind kind, std::string_view word, uint32_t pos);
  Parsed Else();
  Parsed TemplateCall();
  Parsed Block();
  Status Definition();
  Status Define(std::string name, NodePtr list);
  Status DefineItself();
  Result<ListEnd> ItemList();
  Result<std::string> TemplateName(const Token& token, std::string_view context);

  // Expressions (tree_parser_pipe.cc).
  Parsed Pipeline(std::string_view context, TokenKind end);
  Status Declarations(Node& pipe, std::string_view context);
  Status CheckPipeline(const Node& pipe, std::string_view context) const;
  Parsed Command();
  Parsed Operand();
  Parsed Term();  // null when no term begins here
  Parsed Variable(const Token& token) const;

  const std::string name_;
  Lexer lexer_;
  std::array<Token, 3> tokens_;
  size_t peeked_ = 0;
  uint32_t action_line_ = 0;
  int range_depth_ = 0;
  int nesting_ = 0;
  std::vector<std::string> variables_ = {"$"};
  Trees trees_;
};

NodePtr MakeNode(NodeKind kind, uint32_t pos);

}  // namespace narfi::line::tmpl
