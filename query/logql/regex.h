// Regexes of queries: those of line/go_regex.h, under the names of this room.
#pragma once

#include "line/go_regex.h"

namespace narfi::logql {

using line::CompileRegex;
using line::RegexOptions;

}  // namespace narfi::logql
