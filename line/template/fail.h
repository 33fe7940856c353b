// An error of a function in Go's words; the executor adds where it happened.
#pragma once

#include <string>
#include <utility>

#include "base/result.h"

namespace narfi::line::tmpl {

inline tl::unexpected<Error> Bad(std::string text) {
  return Fail(Code::kInvalidArgument, std::move(text));
}

}  // namespace narfi::line::tmpl
