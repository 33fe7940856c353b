// What a template may cost: it ends at once, with one sentence.
#include <doctest/doctest.h>

#include "line/template/template.h"
#include "tests/line/support/template_runner.h"

namespace narfi::line_test {
namespace {

// Their errors end with these words.
constexpr TemplateCase kCases[] = {
    {R"({{ repeat 1000000000 "x" }})", "error calling repeat: the text is larger than 4 MiB"},
    {R"({{ repeat 9223372036854775807 "xy" }})", "the text is larger than 4 MiB"},
    {R"({{ indent 1000000000 "x" }})", "the text is larger than 4 MiB"},
    {R"({{ nindent 5000000 "x" }})", "the text is larger than 4 MiB"},
    {R"({{ alignLeft 1000000000 "x" }})", "the text is larger than 4 MiB"},
    {R"({{ alignRight 9223372036854775807 "x" }})", "the text is larger than 4 MiB"},
    {R"({{ printf "%1000000d%1000000d%1000000d%1000000d%1000000d" 1 2 3 4 5 }})",
     "the text is larger than 4 MiB"},
    {R"({{ printf "%1000000v" (fromJson "[1,2,3,4,5,6,7,8,9]") }})",
     "the text is larger than 4 MiB"},
    {R"({{ $x := repeat 3000 "x" }}{{ replace "x" $x $x }})", "the text is larger than 4 MiB"},
    {R"({{ $x := repeat 3000 "x" }}{{ regexReplaceAll "x" $x $x }})",
     "the text is larger than 4 MiB"},
    {R"({{ $x := repeat 3000000 "x" }}{{ $x }}{{ $x }})", "the output is larger than 4 MiB"},
    {R"({{ $x := repeat 3000000 "x" }}{{ range 1000 }}{{ $y := upper $x }}{{ end }})",
     "the template works on more than 64 MiB for one line"},
    {R"({{ range 10000 }}{{ range 10000 }}{{ end }}{{ end }})",
     "the template takes more than 200000 steps"},
    {R"({{ define "t" }}{{ template "t" . }}{{ end }}{{ template "t" . }})",
     "exceeded maximum template depth (100000)"},
    {R"({{ define "t" }}{{ template "t" . }}{{ template "t" . }}{{ end }}{{ template "t" . }})",
     "exceeded maximum template depth (100000)"},
};

TEST_CASE("A template that would take too much ends at once") {
  for (const TemplateCase& c : kCases) {
    CAPTURE(std::string(c.text));
    const std::string got = RunTemplate(c.text);
    CHECK(got.starts_with("template: line:1:"));
    CHECK(got.ends_with(c.want));
  }
}

TEST_CASE("Nesting has an end") {
  std::string parens(5000, '(');
  CHECK(RunTemplate("{{" + parens + "1") == "template: line:1: actions are nested too deeply");
  std::string ifs;
  for (int i = 0; i < 5000; ++i) ifs += "{{if 1}}";
  CHECK(RunTemplate(ifs) == "template: line:1: actions are nested too deeply");
  // Recursion through deep nesting must not use up the stack.
  std::string deep = "{{define `t`}}";
  for (int i = 0; i < 190; ++i) deep += "{{if 1}}";
  deep += "{{template `t`}}";
  for (int i = 0; i < 190; ++i) deep += "{{end}}";
  CHECK(RunTemplate(deep + "{{end}}{{template `t`}}")
            .ends_with("exceeded maximum template depth (100000)"));
  std::string elses = "{{if 0}}";
  for (int i = 0; i < 5000; ++i) elses += "{{else if 0}}";
  CHECK(RunTemplate(elses) == "template: line:1: actions are nested too deeply");
  CHECK(RunTemplate("{{ len (fromJson `" + std::string(100'000, '[') + "`) }}") ==
        "template: line:1:3: executing \"line\" at <len (fromJson `" + std::string(100'000, '[') +
            "`)>: error calling len: reflect: call of reflect.Value.Type on zero Value");
}

TEST_CASE("A template says what it reads of a row") {
  struct Case {
    std::string_view text;
    std::string_view labels;
    bool all = false;
    bool line = false;
  };
  constexpr Case kReads[] = {
      {"{{.a}}{{.b | upper}}{{.a}}", "a b"},
      {"{{$.c}}{{index . `d`}}", "c", true},
      {"{{.}}", "", true},
      {"{{$}}", "", true},
      {"{{with .a}}{{.}}{{else}}{{.b}}{{end}}", "a b"},
      {"{{range $k, $v := .}}{{.}}{{end}}", "", true},
      {"{{range (fromJson .q)}}{{.x}}{{end}}", "q x"},
      {"{{define `t`}}{{.z}}{{.}}{{end}}{{template `t` .a}}", "a z"},
      {"{{if eq .a __line__}}{{end}}", "a", false, true},
      {"x", ""},
  };
  for (const Case& c : kReads) {
    CAPTURE(std::string(c.text));
    const auto form = line::tmpl::Template::Parse("line", c.text);
    REQUIRE(form.has_value());
    std::string labels;
    for (const std::string& name : form->reads().labels)
      labels.append(labels.empty() ? "" : " ").append(name);
    CHECK(labels == c.labels);
    CHECK(form->reads().all_labels == c.all);
    CHECK(form->reads().line == c.line);
  }
}

}  // namespace
}  // namespace narfi::line_test
