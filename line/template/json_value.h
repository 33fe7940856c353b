// JSON text as a value of a template, as encoding/json decodes it into an interface {}.
#pragma once

#include <string_view>

#include "base/result.h"
#include "line/template/runtime.h"

namespace narfi::line::tmpl {

// Nothing for text that is no JSON; fails only when the runtime's limits are reached.
// Limits: kMaxJsonDepth levels, what is deeper is no JSON.
constexpr int kMaxJsonDepth = 1000;
Result<Value> ParseJsonValue(Runtime& runtime, std::string_view text);

}  // namespace narfi::line::tmpl
