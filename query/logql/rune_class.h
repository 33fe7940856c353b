// Which runes are letters, digits and spaces: line/rune_class.h, under the names of this room.
#pragma once

#include "line/rune_class.h"

namespace narfi::logql {

using line::IsDigitRune;
using line::IsLetterRune;
using line::IsNumberRune;
using line::IsSpaceRune;

}  // namespace narfi::logql
