// Functions on text, JSON and regexes.
#include <doctest/doctest.h>

#include "tests/line/support/template_runner.h"

namespace narfi::line_test {
namespace {

constexpr TemplateCase
    kCases
        [] =
            {
                {"{{ trunc 3 }}",
                 R"~(template: line:1:3: executing "line" at <trunc>: wrong number of args for trunc: want 2 got 1)~"},
                {R"~({{ trunc "3" .msg }})~",
                 R"~(template: line:1:9: executing "line" at <"3">: expected integer; found "3")~"},
                {"{{ trunc .level .msg }}",
                 R"~(template: line:1:9: executing "line" at <.level>: wrong type for value; expected int; got string)~"},
                {"{{ trunc 3.0 .msg }}", "car"},
                {"{{ trunc 3.5 .msg }}",
                 R"~(template: line:1:9: executing "line" at <3.5>: expected integer; found 3.5)~"},
                {"{{ .msg | trunc 3 4 }}",
                 R"~(template: line:1:10: executing "line" at <trunc>: wrong number of args for trunc: want 2 got 3)~"},
                {"{{ 5 | trunc 3 }}",
                 R"~(template: line:1:13: executing "line" at <3>: wrong type for value; expected string; got int)~"},
                {"{{range (fromJson .js).a.b}}[{{.}}]{{end}}",
                 "[1][2.5][<no value>][x][true][map[k:v]]"},
                {"{{range $i, $e := (fromJson .js).a.b}}{{$i}}:{{$e}} {{if eq $i "
                 "2}}{{break}}{{end}}{{end}}",
                 "0:1 1:2.5 2:<no value> "},
                {"{{range $i, $e := (fromJson .js).a.b}}{{if eq $i 2}}{{continue}}{{end}}{{$i}} "
                 "{{end}}",
                 "0 1 3 4 5 "},
                {R"~({{range fromJson "nope"}}x{{else}}empty{{end}})~", "empty"},
                {R"~({{range fromJson "5"}}x{{else}}empty{{end}})~",
                 R"~(template: line:1:17: executing "line" at <"5">: range can't iterate over 5)~"},
                {R"~({{define "t"}}{{.foo.bar}}{{end}}{{template "t" .}}{{template "t" fromJson .js}})~",
                 R"~(template: line:1:20: executing "t" at <.foo.bar>: can't evaluate field bar in type string)~"},
                {"line1\n {{ trunc \"x\" .level }}",
                 R"~(template: line:2:10: executing "line" at <"x">: expected integer; found "x")~"},
                {R"~({{ eq (fromJson "null") nil }})~", "true"},
                {"{{ eq (fromJson .js) (fromJson .js) }}",
                 R"~(template: line:1:3: executing "line" at <eq (fromJson .js) (fromJson .js)>: error calling eq: non-comparable type map[a:map[b:[%!s(float64=1) %!s(float64=2.5) <nil> x %!s(bool=true) map[k:v]]] e:map[] n:<nil> z:%!s(float64=1e+06)]: map[string]interface {})~"},
                {"{{ eq (fromJson .js) .level }}",
                 R"~(template: line:1:3: executing "line" at <eq (fromJson .js) .level>: error calling eq: incompatible types for comparison: map[string]interface {} and string)~"},
                {"{{ and false (trunc .level .level) }}", "false"},
                {R"~({{ len .level }} {{ len . }} {{ len (fromJson .js) }} {{ len "é" }})~",
                 "5 7 4 2"},
                {R"~({{ len (fromJson "null") }})~",
                 R"~(template: line:1:3: executing "line" at <len (fromJson "null")>: error calling len: reflect: call of reflect.Value.Type on zero Value)~"},
                {"{{ len (fromJson .js).n }}",
                 R"~(template: line:1:3: executing "line" at <len (fromJson .js).n>: error calling len: len of nil pointer)~"},
                {"{{ len (fromJson .js).q }}",
                 R"~(template: line:1:3: executing "line" at <len (fromJson .js).q>: error calling len: len of nil pointer)~"},
                {R"~({{ index .level 0 }} {{ index . "level" }} {{ index (fromJson .js) "a" "b" 0 }} {{ index .level }})~",
                 "101 error 1 error"},
                {R"~({{ index . "nosuch" }} {{ index (fromJson .js) "nosuch" }})~", " <no value>"},
                {R"~({{ index (fromJson .js) "n" "x" }})~",
                 R"~(template: line:1:3: executing "line" at <index (fromJson .js) "n" "x">: error calling index: index of nil pointer)~"},
                {R"~({{ html "<a href='x'>\"&\x00" }} {{ js "it's <b>\n\t\\\"=&é\u2028" }} {{ urlquery "a b&c/é" 5 }})~",
                 R"~(&lt;a href=&#39;x&#39;&gt;&#34;&amp;� it\'s \u003Cb\u003E\u000A\u0009\\\"\u003D\u0026é\u2028 a+b%26c%2F%C3%A95)~"},
                {"{{ html 5 nil }} {{ js . }}",
                 R"~(5&lt;no value&gt; map[empty: js:{\"a\":{\"b\":[1,2.5,null,\"x\",true,{\"k\":\"v\"}]},\"z\":1000000,\"e\":{},\"n\":null} level:error msg:card declined ratio:1.317 status:404 uni:héllo wörld ☃])~"},
                {"{{ html }}|{{ js }}|{{urlquery}}", "||"},
                {R"~({{ trunc 3 .uni }} {{ trunc -3 "abcdef" }} {{ trunc 0 "abc" }} {{ trunc -10 "abc" }})~",
                 "hél def  abc"},
                {R"~({{ substr 0 3 "abcdef" }} {{ substr -1 3 "abcdef" }} {{ substr 2 -1 "abcdef" }} {{ substr 2 99 "abcdef" }} {{ substr 3 3 "abcdef" }})~",
                 "abc abc cdef cdef "},
                {R"~({{ title "hello wORLD-foo_bar 3abc éa" }} {{ title "" }} {{ upper "straße ŉ ǆ ﬁ" }} {{ lower "İSTANBUL ΑΣ Ǆ" }})~",
                 "Hello WORLD-Foo_bar 3abc Éa  STRAßE ŉ Ǆ ﬁ istanbul ασ ǆ"},
                {R"~({{ contains "a" "abc" }} {{ hasPrefix "ab" "abc" }} {{ hasSuffix "c" "abc" }})~",
                 "true true true"},
                {R"~({{ indent 2 "a\nb" }} {{ nindent 2 "a\nb" }} {{ indent 0 "a" }})~",
                 "  a\n  b \n  a\n  b a"},
                {R"~({{ indent -1 "a" }})~",
                 R"~(template: line:1:3: executing "line" at <indent -1 "a">: error calling indent: strings: negative Repeat count)~"},
                {R"~({{ replace "a" "b" "aaa" }} {{ replace "" "-" "abc" }} {{ Replace "aaa" "a" "b" 2 }} {{ Replace "aaa" "" "-" 2 }} {{ Replace "aé" "" "-" -1 }} {{ Replace "" "" "x" -1 }} {{ Replace "abc" "b" "" 0 }})~",
                 "bbb -a-b-c- bba -a-aa -a-é- x abc"},
                {R"~({{ repeat 3 "ab" }} {{ repeat 0 "ab" }})~", "ababab "},
                {R"~({{ repeat -1 "ab" }})~",
                 R"~(template: line:1:3: executing "line" at <repeat -1 "ab">: error calling repeat: strings: negative Repeat count)~"},
                {R"~({{ trim " \t\n a b \u00a0 " }}| {{ trimAll "-" "--a-b--" }} {{ trimSuffix "b" "ab" }} {{ trimPrefix "a" "ab" }} {{ Trim "xxaxx" "x" }} {{ TrimLeft "xya" "yx" }} {{ TrimRight "axy" "yx" }} {{ TrimPrefix "ab" "a" }} {{ TrimSuffix "ab" "b" }} {{ TrimSpace " a " }} {{ Trim "éaé" "é" }} {{ Trim "abc" "" }})~",
                 "a b| a-b a b a a a b a a a abc"},
                {R"~({{ b64enc "a" }} {{ b64enc "ab" }} {{ b64enc "abc" }} {{ b64enc "" }} {{ b64dec "YQ==" }} {{ b64dec "YWI=" }} {{ b64dec "YWJj" }} {{ b64dec "" }} {{ b64dec "Y" }} {{ b64dec "YQ" }} {{ b64dec "YQ=" }} {{ b64dec "YQ==x" }} {{ b64dec "Y Q==" }} {{ b64dec "YQ==\n" }} {{ b64dec "Y\nQ==" }} {{ b64dec "====" }} {{ b64dec "YWJj=" }} {{ b64dec "YW=j" }} {{ b64dec "!" }} {{ b64dec "YWJjZA" }} {{ b64dec "YQ=a" }} {{ b64dec "YWJjY" }})~",
                 "YQ== YWI= YWJj  a ab abc  illegal base64 data at input byte 0 illegal base64 "
                 "data at input byte 0 illegal base64 data at input byte 3 illegal base64 data at "
                 "input byte 4 illegal base64 data at input byte 1 a a illegal base64 data at "
                 "input byte 0 illegal base64 data at input byte 4 illegal base64 data at input "
                 "byte 2 illegal base64 data at input byte 0 illegal base64 data at input byte 4 "
                 "illegal base64 data at input byte 2 illegal base64 data at input byte 4"},
                {R"~({{ urlencode "a b/c?d=é~!*'()" }} {{ urldecode "a+b%2Fc" }})~",
                 "a+b%2Fc%3Fd%3D%C3%A9~%21%2A%27%28%29 a b/c"},
                {R"~({{ urldecode "%" }})~",
                 R"~(template: line:1:3: executing "line" at <urldecode "%">: error calling urldecode: invalid URL escape "%")~"},
                {R"~({{ urldecode "a%2" }})~",
                 R"~(template: line:1:3: executing "line" at <urldecode "a%2">: error calling urldecode: invalid URL escape "%2")~"},
                {R"~({{ urldecode "%zz%" }})~",
                 R"~(template: line:1:3: executing "line" at <urldecode "%zz%">: error calling urldecode: invalid URL escape "%zz")~"},
                {R"~({{ regexReplaceAll "(a)(b)" "abab" "$2$1" }} {{ regexReplaceAll "a*" "baac" "x" }} {{ regexReplaceAll "(?P<n>a)" "aba" "${n}x$n $nx $$ $" }} {{ regexReplaceAll "" "abc" "-" }} {{ regexReplaceAllLiteral "a" "aba" "$1" }} {{ count "a" "banana" }} {{ count "" "abc" }} {{ count "x*" "abc" }} {{ regexReplaceAll "é|$" "aé" "!" }} {{ regexReplaceAll "^a" "aaa" "b" }} {{ regexReplaceAll "\\b" "a b" "|" }})~",
                 "baba xbxcx axa  $ $baxa  $ $ -a-b-c- $1b$1 3 4 4 a! baa |a| |b|"},
                {R"~({{ count "(" "a" }})~",
                 R"~(template: line:1:3: executing "line" at <count "(" "a">: error calling count: error parsing regexp: missing closing ): `(`)~"},
                {R"~({{ regexReplaceAll "a{2" "a" "b" }} {{ regexReplaceAll "[" "a" "b" }})~",
                 R"~(template: line:1:39: executing "line" at <regexReplaceAll "[" "a" "b">: error calling regexReplaceAll: error parsing regexp: missing closing ]: `[`)~"},
                {R"~({{ regexReplaceAll "*a" "a" "b" }})~",
                 R"~(template: line:1:3: executing "line" at <regexReplaceAll "*a" "a" "b">: error calling regexReplaceAll: error parsing regexp: missing argument to repetition operator: `*`)~"},
                {R"~({{ fromJson "{\"a\":1}" }} {{ fromJson "[1,2.5,1e10,\"x\",null,true]" }} {{ fromJson "\"s\"" }} {{ fromJson "5" }} {{ fromJson "true" }} {{ fromJson "null" }} {{ fromJson "" }} {{ fromJson "{a}" }} {{ fromJson "[1,]" }} {{ fromJson " [1] " }} {{ fromJson "[1] x" }} {{ fromJson "01" }} {{ fromJson "-" }} {{ fromJson "1.e5" }} {{ fromJson "\"\\ud83d\\ude00\\ud83dx\\u00e9\"" }} {{ fromJson "\"\\x\"" }} {{ fromJson "{\"b\":1,\"a\":2,\"b\":3}" }} {{ fromJson "[1e999,2]" }} {{ fromJson "12345678901234567890" }})~",
                 "map[a:1] [1 2.5 1e+10 x <nil> true] s 5 true <no value> <no value> <no value> "
                 "<no value> [1] <no value> <no value> <no value> <no value> 😀�xé <no value> "
                 "map[a:2 b:3] [<nil> 2] 1.2345678901234567e+19"},
                {"{{ $j := fromJson .js }}{{ $j.a.b }} {{ $j.a.c }} {{ $j.z }} {{ $j.n }} {{ "
                 "$j.nosuch }}",
                 "[1 2.5 <nil> x true map[k:v]] <no value> 1e+06 <no value> <no value>"},
                {"{{ $j := fromJson .js }}{{ $j.a.c.d }}",
                 R"~(template: line:1:29: executing "line" at <$j.a.c.d>: nil pointer evaluating interface {}.d)~"},
                {"{{ $j := fromJson .js }}{{ $j.z.d }}",
                 R"~(template: line:1:29: executing "line" at <$j.z.d>: can't evaluate field d in type interface {})~"},
                {"{{ $j := fromJson .js }}{{ $j.n.d }}",
                 R"~(template: line:1:29: executing "line" at <$j.n.d>: nil pointer evaluating interface {}.d)~"},
                {"{{ (fromJson .js).a.b }}", "[1 2.5 <nil> x true map[k:v]]"},
                {R"~({{ (fromJson "5").a }})~",
                 R"~(template: line:1:13: executing "line" at <"5">: can't evaluate field a in type float64)~"},
                {"{{ (index (fromJson .js).a.b 0).x }}",
                 R"~(template: line:1:29: executing "line" at <0>: can't evaluate field x in type float64)~"},
                {"{{ range (fromJson .js).a.b }}{{ .k }}{{ end }}",
                 R"~(template: line:1:33: executing "line" at <.k>: can't evaluate field k in type interface {})~"},
                {"{{ range (fromJson .js).a.b }}{{ upper . }}{{ end }}",
                 R"~(template: line:1:39: executing "line" at <.>: wrong type for value; expected string; got float64)~"},
                {"{{ upper (fromJson .js).n }}",
                 R"~(template: line:1:19: executing "line" at <.js>: wrong type for value; expected string; got interface {})~"},
                {"{{ upper (fromJson .js).q }}",
                 R"~(template: line:1:19: executing "line" at <.js>: wrong type for value; expected string; got interface {})~"},
                {"{{ upper (fromJson .js).z }}",
                 R"~(template: line:1:19: executing "line" at <.js>: wrong type for value; expected string; got float64)~"},
                {"{{ (fromJson .js).z | upper }}",
                 R"~(template: line:1:22: executing "line" at <upper>: wrong type for value; expected string; got float64)~"},
                {"{{ (fromJson .js).n | upper }}",
                 R"~(template: line:1:22: executing "line" at <upper>: invalid value; expected string)~"},
                {R"~({{ default "x" }} {{ default "x" "" }} {{ default "x" .level }} {{ default "x" .nosuch }} {{ default 5 0 }} {{ default "x" (fromJson "[]") }} {{ default "x" nil }} {{ .nosuch | default "d" | upper }} {{ default "x" false }} {{ default "x" 0.0 }})~",
                 "x x error x 5 x x D x x"},
                {"{{ default }}",
                 R"~(template: line:1:3: executing "line" at <default>: wrong number of args for default: want at least 1 got 0)~"},
                {"{{ html .level | upper }}", "ERROR"},
                {R"~({{ index (index (fromJson .js) "a") "b" }})~",
                 "[1 2.5 <nil> x true map[k:v]]"},
                {R"~({{ js "</script>" }} {{ js "\u00a0\u200b" }})~",
                 R"~(\u003C/script\u003E \u00A0\u200B)~"},
};

TEST_CASE("Functions on text do what their namesakes in Go do") {
  for (const TemplateCase& c : kCases) {
    CAPTURE(std::string(c.text));
    CHECK(RunTemplate(c.text) == c.want);
  }
}

}  // namespace
}  // namespace narfi::line_test
