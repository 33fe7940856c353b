// String literals of LogQL to the text that they stand for.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace narfi::logql {

// `literal` with its quotes: "...", '...' with Go's escapes, or `...` as it is. Nothing when it is
// malformed or an escape stands for no character.
std::optional<std::string> Unquote(std::string_view literal);

}  // namespace narfi::logql
