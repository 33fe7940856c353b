// Values of any type as numbers, by the rules that sprig's functions follow: what is no number is
// 0.
#pragma once

#include <cstdint>

#include "line/template/value.h"

namespace narfi::line::tmpl {

// "12.9" is 12, "0x1f" is 31, true is 1.
int64_t CastToInt(const Value& value);
double CastToFloat(const Value& value);

}  // namespace narfi::line::tmpl
