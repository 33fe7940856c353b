// Values as Go's fmt package prints them.
#pragma once

#include <string>
#include <string_view>

#include "line/template/functions.h"
#include "line/template/value.h"

namespace narfi::line::tmpl {

// %v, as {{ }} prints; nothing is "<nil>".
void AppendValue(std::string& dst, const Value& value);
// fmt.Sprint: a space between two values that are no text.
void AppendPrint(std::string& dst, Args args);
// fmt.Sprintln: a space between all, and a newline.
void AppendPrintln(std::string& dst, Args args);
// fmt.Sprintf. It stops early once dst is over `limit`.
void AppendFormatted(std::string& dst, std::string_view format, Args args, size_t limit);

// Time.String, Month.String and so on; false when the value's type has no such method.
bool AppendString(std::string& dst, const Value& value);
// A time by a Go layout.
void AppendTime(std::string& dst, const Value& time, std::string_view layout);

}  // namespace narfi::line::tmpl
