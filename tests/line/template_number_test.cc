// Arithmetic on numbers and on what can be read as one.
#include <doctest/doctest.h>

#include "tests/line/support/template_runner.h"

namespace narfi::line_test {
namespace {

constexpr TemplateCase kCases[] = {
    {R"~({{ add 1 2 }} {{ add "1" "2" }} {{ add 1.9 2.9 }} {{ add "1.9" "-2.9" }} {{ add }} {{ add true nil "" }} {{ add "0x10" "010" "0b11" "1_0" "abc" " 1" "1e3" }})~",
     "3 3 3 -1 0 1 37"},
    {"{{ sub 5 2 }} {{ mul 5 }} {{ mul 2 3 4 }} {{ div 7 2 }} {{ div -7 2 }} {{ mod -7 3 }} {{ mod "
     "7 -3 }}",
     "3 5 24 3 -3 -1 1"},
    {"{{ div 1 0 }}",
     R"~(template: line:1:3: executing "line" at <div 1 0>: error calling div: runtime error: integer divide by zero)~"},
    {"{{ mod 1 0 }}",
     R"~(template: line:1:3: executing "line" at <mod 1 0>: error calling mod: runtime error: integer divide by zero)~"},
    {"{{ sub 5 }}",
     R"~(template: line:1:3: executing "line" at <sub>: wrong number of args for sub: want 2 got 1)~"},
    {R"~({{ max 1 5 3 }} {{ min 4 2 8 }} {{ max "a" -1 }} {{ maxf 1.5 "2.5" }} {{ minf 1.5 "abc" }} {{max 5}} {{maxf 1}})~",
     "5 2 0 2.5 0 5 1"},
    {R"~({{ addf 0.1 0.2 }} {{ addf 1.5 "2.5" 3 }} {{ subf 5 1.5 1.5 }} {{ mulf 0.1 3 }} {{ mulf 1.1 1.1 }} {{ divf 10 3 }} {{ divf 1 3 3 }} {{ divf 2 3 }} {{ divf -2 3 }} {{ addf }} {{ subf 1 }} {{ divf 1e10 7 }} {{ divf 1 1e20 }} {{ mulf 1e200 1e200 }} {{ addf 1e20 1e-20 }} {{ mulf 1e-200 1e-200 }})~",
     "0.3 7 2 0.3 1.21 3.3333333333333335 0.1111111111111111 0.6666666666666667 "
     "-0.6666666666666667 0 1 1.4285714285714285e+09 0 +Inf 1e+20 0"},
    {"{{ divf 1 0 }}",
     R"~(template: line:1:3: executing "line" at <divf 1 0>: error calling divf: decimal division by 0)~"},
    {R"~({{ addf "inf" }})~",
     R"~(template: line:1:3: executing "line" at <addf "inf">: error calling addf: Cannot create a Decimal from +Inf)~"},
    {R"~({{ addf "nan" }})~",
     R"~(template: line:1:3: executing "line" at <addf "nan">: error calling addf: Cannot create a Decimal from NaN)~"},
    {R"~({{ ceil 1.2 }} {{ ceil "1.2" }} {{ floor -1.2 }} {{ round 1.255 2 }} {{ round 1.5 0 }} {{ round 2.5 0 }} {{ round -1.5 0 }} {{ round 123.88571428571 5 .2 }} {{ round "3.14159" 3 }} {{ round 1234 -2 }} {{ ceil "abc" }})~",
     "2 2 -2 1.25 2 3 -2 123.88572 3.142 1200 0"},
    {"{{ round 1 }}",
     R"~(template: line:1:3: executing "line" at <round>: wrong number of args for round: want at least 2 got 1)~"},
    {R"~({{ round 1 "2" }})~",
     R"~(template: line:1:11: executing "line" at <"2">: expected integer; found "2")~"},
    {"{{ round 1 2 3 4 }}", "1"},
    {R"~({{ round 1 2 "x" }})~",
     R"~(template: line:1:13: executing "line" at <"x">: expected float; found "x")~"},
    {R"~({{ int "12" }} {{ int 12.9 }} {{ int true }} {{ int nil }} {{ int .level }} {{ int "-3" }} {{ int "+3" }} {{ int "99999999999999999999" }} {{ int (fromJson "[1]") }})~",
     "12 12 1 0 0 -3 3 0 0"},
    {R"~({{ float64 "1e3" }} {{ float64 12 }} {{ float64 true }} {{ float64 nil }} {{ float64 "abc" }} {{ float64 "0x1p4" }} {{ float64 " 1" }} {{ float64 "1_0" }} {{ float64 "Inf" }} {{ float64 "1e999" }})~",
     "1000 12 1 0 0 16 0 10 +Inf 0"},
    {R"~({{ date "2006-01-02" 0 }} {{ date "15:04:05" 3600 }} {{ date "2006" (int "86400000") }})~",
     "1970-01-01 01:00:00 1972"},
    {"{{ $a := 1 }}{{ $b := 2 }}{{ add $a $b }}", "3"},
};

TEST_CASE("Arithmetic follows sprig") {
  for (const TemplateCase& c : kCases) {
    CAPTURE(std::string(c.text));
    CHECK(RunTemplate(c.text) == c.want);
  }
}

}  // namespace
}  // namespace narfi::line_test
