// Templates that do not parse. What Go 1.19 or newer says of them.
#include <doctest/doctest.h>

#include "tests/line/support/template_runner.h"

namespace narfi::line_test {
namespace {

constexpr TemplateCase kCases[] = {
    {"{{ .level | foo }}", R"~(template: line:1: function "foo" not defined)~"},
    {"{{ 99999999999999999999 }}",
     R"~(template: line:1: integer overflow: "99999999999999999999")~"},
    {"{{ 1.5.5 }}", R"~(template: line:1: unexpected ".5" in operand)~"},
    {"{{ 1x }}", R"~(template: line:1: bad number syntax: "1x")~"},
    {"{{ 08 }}", R"~(template: line:1: integer overflow: "08")~"},
    {"{{ 1__0 }}", R"~(template: line:1: illegal number syntax: "1__0")~"},
    {R"~({{ "unterminated }})~", "template: line:1: unterminated quoted string"},
    {"{{ `unterminated }}", "template: line:1: unterminated raw quoted string"},
    {"{{ 'ab' }}", "template: line:1: malformed character constant: 'ab'"},
    {"{{ '' }}", "template: line:1: invalid syntax"},
    {R"~({{ "\q" }})~", "template: line:1: invalid syntax"},
    {"{{ # }}", R"~(template: line:1: unexpected "#" in command)~"},
    {"{{ .level , }}", R"~(template: line:1: unexpected "," in operand)~"},
    {"{{ é }}", R"~(template: line:1: function "é" not defined)~"},
    {R"~({{ "x" | "y" }})~", "template: line:1: non executable command in pipeline stage 2"},
    {R"~({{ "x" | . }})~", "template: line:1: non executable command in pipeline stage 2"},
    {"{{ 1 | 2 }}", "template: line:1: non executable command in pipeline stage 2"},
    {"{{ | .level }}", R"~(template: line:1: unexpected "|" in command)~"},
    {"{{ }}", "template: line:1: missing value for command"},
    {"{{}}", "template: line:1: missing value for command"},
    {"{{ () }}", "template: line:1: missing value for parenthesized pipeline"},
    {"{{ (.level }}", "template: line:1: unclosed left paren"},
    {"{{ .level) }}", "template: line:1: unexpected right paren"},
    {"{{if}}{{end}}", "template: line:1: missing value for if"},
    {"{{if .level}}a", "template: line:1: unexpected EOF"},
    {"{{if .level}}a{{else}}b{{else}}c{{end}}", "template: line:1: expected end; found {{else}}"},
    {"{{if .level}}a{{end}}{{end}}", "template: line:1: unexpected {{end}}"},
    {"{{else}}", "template: line:1: unexpected {{else}}"},
    {"{{end}}", "template: line:1: unexpected {{end}}"},
    {"{{with $x := .level}}{{$x}}{{end}}{{$x}}", R"~(template: line:1: undefined variable "$x")~"},
    {"{{$x}}", R"~(template: line:1: undefined variable "$x")~"},
    {"{{$x, $y := .}}", "template: line:1: too many declarations in command"},
    {"{{range $x, $y, $z := .}}{{end}}", "template: line:1: too many declarations in range"},
    {"{{range $x, 5 := .}}{{end}}", "template: line:1: range can only initialize variables"},
    {"{{break}}", "template: line:1: {{break}} outside {{range}}"},
    {"{{continue}}", "template: line:1: {{continue}} outside {{range}}"},
    {"{{template nope}}", R"~(template: line:1: unexpected "nope" in template clause)~"},
    {R"~({{define "t"}}a{{end}}{{define "t"}}b{{end}}{{template "t"}})~",
     R"~(template: line:1: template: multiple definition of template "t")~"},
    {R"~({{define "t"}}a{{end})~", "template: line:1: bad character U+007D '}'"},
    {"{{define t}}a{{end}}", R"~(template: line:1: unexpected "t" in define clause)~"},
    {"{{/* c }}", "template: line:1: unclosed comment"},
    {"{{/* c */ x}}", "template: line:1: comment ends before closing delimiter"},
    {"{{ \"multi\nline\" }}", "template: line:1: unterminated quoted string"},
    {"{{ $a.b := 1 }}", R"~(template: line:1: undefined variable "$a")~"},
    {"{{ true.x }}", R"~(template: line:1: unexpected . after term "true")~"},
    {R"~({{ "a".x }})~", R"~(template: line:1: unexpected . after term "\"a\"")~"},
    {"{{ 5.x }}", R"~(template: line:1: bad number syntax: "5.x")~"},
    {"{{ nil.x }}", R"~(template: line:1: unexpected . after term "nil")~"},
    {"{{ ..x }}", R"~(template: line:1: unexpected . after term ".")~"},
    {"{{ .level. }}", "template: line:1: unexpected <.> in operand"},
    {"{{ .level..x }}", "template: line:1: unexpected <.> in operand"},
    {"{{ $x. }}", R"~(template: line:1: undefined variable "$x")~"},
    {"{{ .lev-el }}", "template: line:1: bad character U+002D '-'"},
    {R"~({{upper"a"}})~", R"~(template: line:1: bad character U+0022 '"')~"},
    {R"~({{upper("a")}})~", R"~(template: line:1: unexpected "(" in operand)~"},
    {R"~({{ block "x" }}y{{ end }})~", "template: line:1: missing value for block clause"},
    {"{{ break }}", "template: line:1: {{break}} outside {{range}}"},
    {R"~({{range .}}{{define "x"}}{{end}}{{end}})~",
     "template: line:1: unexpected <define> in command"},
    {R"~({{ if .level }}{{ define "x" }}{{ end }}{{ end }})~",
     "template: line:1: unexpected <define> in command"},
    {"{{ .level | upper | nosuchfunc }}",
     R"~(template: line:1: function "nosuchfunc" not defined)~"},
    {"{{ 1+2 }}", R"~(template: line:1: bad number syntax: "1+2")~"},
    {"{{ +5 }} {{ - 5 }}", R"~(template: line:1: illegal number syntax: "-")~"},
    {"{{ .level = 5 }}", R"~(template: line:1: unexpected "=" in operand)~"},
    {"{{ $x }} {{ $x := 1 }}", R"~(template: line:1: undefined variable "$x")~"},
    {R"~({{ define "line" }}inner{{ end }}outer)~",
     R"~(template: line:1: template: multiple definition of template "line")~"},
};

TEST_CASE("What is wrong with a template is said in Go's words") {
  for (const TemplateCase& c : kCases) {
    CAPTURE(std::string(c.text));
    CHECK(RunTemplate(c.text) == c.want);
  }
}

}  // namespace
}  // namespace narfi::line_test
