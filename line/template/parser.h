// The parser of templates: text to trees, with Go's errors.
//
// Limits: kMaxNesting levels of actions and parentheses.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "line/template/node.h"

namespace narfi::line::tmpl {

struct Trees {
  NodePtr root;
  std::map<std::string, NodePtr, std::less<>> defined;  // {{define}} and {{block}}
};

// `name` is what errors call the template: "template: line:1: unclosed action".
Result<Trees> ParseTrees(std::string_view name, std::string_view text);

}  // namespace narfi::line::tmpl
