// print, println and printf: verbs, flags, and what Go says of verbs that do not fit.
#include <doctest/doctest.h>

#include "tests/line/support/template_runner.h"

namespace narfi::line_test {
namespace {

constexpr TemplateCase
    kCases[] =
        {
            {R"~({{ (.level | upper) | lower | printf "%s-%s" "a" }})~", "a-error"},
            {R"~({{ print }}|{{ print 1 2 }}|{{ print "a" "b" }}|{{ print 1 "a" 2 }}|{{ print nil }}|{{ print true 1.5 }}|{{ print . }})~",
             R"~(|1 2|ab|1a2|<nil>|true 1.5|map[empty: js:{"a":{"b":[1,2.5,null,"x",true,{"k":"v"}]},"z":1000000,"e":{},"n":null} level:error msg:card declined ratio:1.317 status:404 uni:héllo wörld ☃])~"},
            {R"~({{ println 1 "a" nil }}|{{ println }}|)~", "1 a <nil>\n|\n|"},
            {R"~({{ printf "%d %5d|%-5d|%05d|%+d|% d|%x|%X|%#x|%o|%O|%#o|%b|%c|%q|%U|%#U" 42 42 42 42 42 42 255 255 255 8 8 8 5 65 65 0x1F600 0x1F600 }})~",
             "42    42|42   |00042|+42| 42|ff|FF|0xff|10|0o10|010|101|A|'A'|U+1F600|U+1F600 '😀'"},
            {R"~({{ printf "%d" -42 }} {{ printf "%05d" -42 }} {{ printf "%x" -255 }} {{ printf "%.3d" 5 }} {{ printf "%8.3d|" 5 }} {{ printf "%08.3d|" 5 }} {{ printf "%+.2d" 7 }} {{ printf "%.0d|" 0 }} {{ printf "%5.0d|" 0 }})~",
             "-42 -0042 -ff 005      005|      005| +07 |      |"},
            {R"~({{ printf "%f %.2f %8.2f|%-8.2f|%08.2f|%+.1f|% .1f|%e|%E|%g|%G|%v" 3.14159 3.14159 3.14159 3.14159 3.14159 3.14159 3.14159 31415.9 31415.9 3.14159 1e-10 1e6 }})~",
             "3.141590 3.14     3.14|3.14    |00003.14|+3.1| "
             "3.1|3.141590e+04|3.141590E+04|3.14159|1E-10|1e+06"},
            {R"~({{ printf "%.3g %.10g %g %.0f %.1f %5.1f|%x %b %.2e %.0e" 1234.5678 1234.5678 1e21 2.5 0.25 9.96 3.5 1.5 12345.678 15.5 }})~",
             "1.23e+03 1234.5678 1e+21 2 0.2  10.0|0x1.cp+01 6755399441055744p-52 1.23e+04 2e+01"},
            {R"~({{ printf "%s %10s|%-10s|%.2s|%10.2s|%q|%#q|%+q|%x|%X|% x|%#x|%05s|%v" "abc" "abc" "abc" "abc" "abc" "a\"b" "a`b" "é" "abc" "abc" "abc" "abc" "ab" "v" }})~",
             R"~(abc        abc|abc       |ab|        ab|"a\"b"|"a`b"|"\u00e9"|616263|616263|61 62 63|0x616263|000ab|v)~"},
            {R"~({{ printf "%t %v %5t|%-7t|" true false true false }})~",
             "true false  true|false  |"},
            {R"~({{ printf "%v %s %d %+v %#v %T" nil nil nil nil nil nil }})~",
             "<nil> %!s(<nil>) %!d(<nil>) <nil> <nil> <nil>"},
            {R"~({{ printf "%d %s %t %c %f" "a" 5 "b" "c" "d" }})~",
             "%!d(string=a) %!s(int=5) %!t(string=b) %!c(string=c) %!f(string=d)"},
            {R"~({{ printf "%s" 5 }} {{ printf "%s" 1.5 }} {{ printf "%d" 1.5 }} {{ printf "%s" true }} {{ printf "%z" 5 }} {{ printf "%!" 5 }} {{ printf "%" }} {{ printf "%5" 5 }} {{ printf "%é" 1 }})~",
             "%!s(int=5) %!s(float64=1.5) %!d(float64=1.5) %!s(bool=true) %!z(int=5) %!!(int=5) "
             "%!(NOVERB) %!(NOVERB)%!(EXTRA int=5) %!é(int=1)"},
            {R"~({{ printf "%d %d" 1 }} {{ printf "%d" 1 2 "x" nil }} {{ printf "no verbs" 1 }} {{ printf "%%" }} {{ printf "%5%|" }} {{ printf "%-%" 1 }})~",
             "1 %!d(MISSING) 1%!(EXTRA int=2, string=x, <nil>) no verbs%!(EXTRA int=1) % %| "
             "%%!(EXTRA int=1)"},
            {R"~({{ printf "%[2]d %[1]d" 1 2 }} {{ printf "%[3]d" 1 }} {{ printf "%[x]d" 1 }} {{ printf "%[1]d %d" 1 2 }} {{ printf "%[2]*[1]d|" 5 8 }} {{ printf "%[1]5d" 3 }} {{ printf "%[" 1 }} {{ printf "%[]d" 1 }} {{ printf "%[1" 1 }})~",
             "2 1 %!d(BADINDEX) %!d(BADINDEX) 1 2        5| %!d(BADINDEX) %!(NOVERB) %!d(BADINDEX) "
             "%!(NOVERB)"},
            {R"~({{ printf "%*d|%-*d|" 5 42 5 42 }} {{ printf "%*d" "a" 1 }} {{ printf "%.*f" 2 3.14159 }} {{ printf "%.*f" "x" 1.5 }} {{ printf "%*d" -5 42 }}| {{ printf "%.*d" -2 5 }} {{ printf "%*d" }} {{ printf "%99999999d" 1 }})~",
             "   42|42   | %!(BADWIDTH)1 3.14 %!(BADPREC)1.500000 42   | %!(BADPREC)5 "
             "%!(BADWIDTH)%!d(MISSING) %!(NOVERB)%!(EXTRA int=1)"},
            {R"~({{ printf "%v %+v %s %d %q %x %T" (fromJson .js) (fromJson .js) (fromJson .js) (fromJson .js) (fromJson .js) (fromJson "[1,\"a\"]") (fromJson .js) }})~", R"~(map[a:map[b:[1 2.5 <nil> x true map[k:v]]] e:map[] n:<nil> z:1e+06] map[a:map[b:[1 2.5 <nil> x true map[k:v]]] e:map[] n:<nil> z:1e+06] map[a:map[b:[%!s(float64=1) %!s(float64=2.5) <nil> x %!s(bool=true) map[k:v]]] e:map[] n:<nil> z:%!s(float64=1e+06)] map[%!d(string=a):map[%!d(string=b):[%!d(float64=1) %!d(float64=2.5) <nil> %!d(string=x) %!d(bool=true) map[%!d(string=k):%!d(string=v)]]] %!d(string=e):map[] %!d(string=n):<nil> %!d(string=z):%!d(float64=1e+06)] map["a":map["b":[%!q(float64=1) %!q(float64=2.5) <nil> "x" %!q(bool=true) map["k":"v"]]] "e":map[] "n":<nil> "z":%!q(float64=1e+06)] [0x1p+00 61] map[string]interface {})~"},
            {R"~({{ printf "%#v" (fromJson .js) }} {{ printf "%#v %#v %#v %#v %#v" 5 "a" 1.0 true . }})~",
             R"~(map[string]interface {}{"a":map[string]interface {}{"b":[]interface {}{1, 2.5, interface {}(nil), "x", true, map[string]interface {}{"k":"v"}}}, "e":map[string]interface {}{}, "n":interface {}(nil), "z":1e+06} 5 "a" 1 true map[string]string{"empty":"", "js":"{\"a\":{\"b\":[1,2.5,null,\"x\",true,{\"k\":\"v\"}]},\"z\":1000000,\"e\":{},\"n\":null}", "level":"error", "msg":"card declined", "ratio":"1.317", "status":"404", "uni":"héllo wörld ☃"})~"},
            {R"~({{ printf "%5v|%-5v|%05v" (fromJson "[1,2]") (fromJson "[1,2]") (fromJson "[1,2]") }})~",
             "[    1     2]|[1     2    ]|[00001 00002]"},
            {R"~({{ printf "%T %T %T %T %T %T %T" 1 1.5 "a" true (fromJson "[1]") . (index "a" 0) }})~",
             "int float64 string bool []interface {} map[string]string uint8"},
            {R"~({{ printf "%v %d %c %q %x %#v" (index "abc" 0) (index "abc" 0) (index "abc" 0) (index "abc" 0) (index "abc" 0) (index "abc" 0) }})~",
             "97 97 a 'a' 61 0x61"},
            {"{{ printf 5 }}",
             R"~(template: line:1:10: executing "line" at <5>: expected string; found 5)~"},
            {"{{ printf }}",
             R"~(template: line:1:3: executing "line" at <printf>: wrong number of args for printf: want at least 1 got 0)~"},
            {R"~({{ printf "%w" 5 }} {{ printf "%p" 5 }} {{ printf "%T" }})~",
             "%!w(int=5) %!p(int=5) %!T(MISSING)"},
            {R"~({{ printf "%6.2f%%" 99.5 }} {{ printf "%+q %#+q" "☃" "☃" }} {{ printf "%c%c" 0x1F600 -1 }} {{ printf "%q %q %q" 39 34 10 }} {{ printf "%-08d|" 5 }} {{ printf "%+08d" 5 }} {{ printf "% 08d" 5 }} {{ printf "%+d" "x" }})~",
             R"~( 99.50% "\u2603" `☃` 😀� '\'' '"' '\n' 5       | +0000005  0000005 %!d(string=x))~"},
            {R"~({{ printf "%x %X" "héllo" .uni }} {{ printf "%.3q" "abcdef" }} {{ printf "%.3x" "abcdef" }} {{ printf "%20q|" "abc" }} {{ printf "%-20q|" "abc" }})~",
             R"~(68c3a96c6c6f 68C3A96C6C6F2077C3B6726C6420E29883 "abc" 616263                "abc"| "abc"               |)~"},
            {R"~({{ printf "%08.3f %+08.3f %-8.3f| %8.3e" -3.14159 3.14159 3.14159 314159.0 }})~",
             "-003.142 +003.142 3.142   | 3.142e+05"},
            {"{{ range (fromJson .js).a.b }}{{ print . }},{{ end }}",
             "1,2.5,<nil>,x,true,map[k:v],"},
            {R"~({{ (fromJson .js).n | print }} {{ (fromJson .js).n | printf "%v" }} {{ print (fromJson .js).n }})~",
             "<nil> <nil> <nil>"},
            {R"~({{ printf "%v %s %T %d" __timestamp__ __timestamp__ __timestamp__ __timestamp__.Month }} {{ printf "%v %d %x" __timestamp__.Weekday __timestamp__.Weekday __timestamp__.Month }})~",
             "2026-11-20 02:07:26.915256097 +0000 UTC 2026-11-20 02:07:26.915256097 +0000 UTC "
             "time.Time 11 Friday 5 4e6f76656d626572"},
            {R"~({{ printf "%s" .level | upper | trunc 3 | printf "%5s|" }})~", "  ERR|"},
            {R"~({{ .level | printf "%s %s" "a" | len }})~", "7"},
            {R"~({{ (printf "%s" .level) | len }})~", "5"},
            {R"~({{ "\u0000" | printf "%q" }} {{ printf "%q" "\u200b\ufeffé\x80" }})~",
             R"~("\x00" "\u200b\ufeffé\x80")~"},
            {R"~({{ 'é' }} {{ '\'' }} {{ '\u00e9' }} {{ printf "%c" 'é' }})~", "233 39 233 é"},
            {R"~({{ len (slice .uni 0 2) }} {{ slice .uni 1 3 | printf "%q" }})~", R"~(2 "é")~"},
            {R"~({{ printf "%s %v" (lower "A") (eq 1 1) }})~", "a true"},
            {R"~({{ not (eq .level "error") | printf "%v" }})~", "false"},
            {"{{ print (lower) }}",
             R"~(template: line:1:10: executing "line" at <lower>: wrong number of args for lower: want 1 got 0)~"},
};

TEST_CASE("Values are printed as Go's fmt does") {
  for (const TemplateCase& c : kCases) {
    CAPTURE(std::string(c.text));
    CHECK(RunTemplate(c.text) == c.want);
  }
}

}  // namespace
}  // namespace narfi::line_test
