// Text made safe for HTML, JavaScript and URLs, and back.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace narfi::line::tmpl {

// As text/template's HTMLEscapeString and JSEscapeString.
std::string EscapeHtml(std::string_view text);
std::string EscapeJs(std::string_view text);
// url.QueryEscape and url.QueryUnescape; the error is Go's: `invalid URL escape "%zz"`.
std::string EscapeQuery(std::string_view text);
Result<std::string> UnescapeQuery(std::string_view text);

// base64.StdEncoding. The error is Go's: "illegal base64 data at input byte 7".
std::string EncodeBase64(std::string_view text);
Result<std::string> DecodeBase64(std::string_view text);

}  // namespace narfi::line::tmpl
