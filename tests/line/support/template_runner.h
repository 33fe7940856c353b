// Runs a template on one row with fixed labels, for the tables of the template tests.
#pragma once

#include <string>
#include <string_view>

namespace narfi::line_test {

// The output, or the error text. The labels are level=error, msg="card declined", status=404,
// ratio=1.317, empty="", uni="héllo wörld ☃" and js, a JSON object; the line is "the line é", its
// time 2026-11-20T02:07:26.915256097Z.
std::string RunTemplate(std::string_view text);

struct TemplateCase {
  std::string_view text;
  std::string_view want;
};

}  // namespace narfi::line_test
