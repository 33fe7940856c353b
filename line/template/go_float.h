// Floats as Go's strconv.FormatFloat writes them.
#pragma once

#include <string>

namespace narfi::line::tmpl {

// `form` is one of b e E f g G x X; precision -1 is the fewest digits that read back.
std::string FormatGoFloat(double value, char form, int precision);

}  // namespace narfi::line::tmpl
