// The tree of a template.
//
// Nodes know how Go writes them, because error texts quote the node that failed.
// Ownership: parents own children. Threads: immutable after parsing.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "line/template/value.h"

namespace narfi::line::tmpl {

struct Function;

enum class NodeKind : uint8_t {
  kList,
  kText,
  kAction,
  kPipe,
  kCommand,
  kIdentifier,
  kField,
  kVariable,
  kChain,
  kDot,
  kNil,
  kBool,
  kNumber,
  kString,
  kIf,
  kRange,
  kWith,
  kTemplate,
  kBreak,
  kContinue,
  kElse,  // these two only while parsing
  kEnd,
};

struct Node {
  NodeKind kind = NodeKind::kList;
  uint32_t pos = 0;
  std::string text;  // as written, of texts, literals and identifiers; a template's name
  std::vector<std::string> names;  // of a field, variable or chain
  Value constant;                  // of literals; text in `content`
  std::string content;             // a string literal without its quotes
  bool is_int = false;             // a number that an int parameter takes
  bool is_float = false;           // or a float64 one
  double real = 0;                 // then this
  bool assigns = false;            // `=` of a pipe, not `:=`
  const Function* function = nullptr;
  std::vector<std::unique_ptr<Node>> declared;  // of a pipe
  std::vector<std::unique_ptr<Node>>
      children;                // a list, commands of a pipe, arguments; a chain's base
  std::unique_ptr<Node> pipe;  // of actions
  std::unique_ptr<Node> body;
  std::unique_ptr<Node> otherwise;

  // As Go's parse.Node.String(), but without the bodies of if, range and with.
  std::string ToString() const;
};

using NodePtr = std::unique_ptr<Node>;

}  // namespace narfi::line::tmpl
