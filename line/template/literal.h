// Literals of a template: quoted text, characters and numbers as Go's parser takes them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "line/template/node.h"

namespace narfi::line::tmpl {

// "..." or `...` with its quotes, as strconv.Unquote does; nothing when it is malformed.
std::optional<std::string> UnquoteText(std::string_view literal);

// A number or a character constant; the error is Go's: `illegal number syntax: "0x"`.
Result<NodePtr> MakeNumber(std::string_view text);

}  // namespace narfi::line::tmpl
