// Text in other forms: base64, URLs, sizes, durations, JSON; and default.
#include "base/duration.h"
#include "base/size.h"
#include "line/template/escape.h"
#include "line/template/functions.h"
#include "line/template/json_value.h"

namespace narfi::line::tmpl {
namespace encoding {
namespace {

Result<Value> B64Enc(Runtime& runtime, Args args) {
  return runtime.Keep(EncodeBase64(args[0].text));
}
// What is wrong comes back as the text.
Result<Value> B64Dec(Runtime& runtime, Args args) {
  const auto text = DecodeBase64(args[0].text);
  return runtime.Keep(text ? *text : text.error().text);
}
Result<Value> UrlEncode(Runtime& runtime, Args args) {
  return runtime.Keep(EscapeQuery(args[0].text));
}
Result<Value> UrlDecode(Runtime& runtime, Args args) {
  NARFI_ASSIGN(const std::string text, UnescapeQuery(args[0].text));
  return runtime.Keep(text);
}
// A float, as for unwrap: large sizes are printed with an exponent.
Result<Value> Bytes(Runtime&, Args args) {
  NARFI_ASSIGN(const uint64_t bytes, ParseHumanBytes(args[0].text));
  return MakeFloat(static_cast<double>(bytes));
}
Result<Value> Seconds(Runtime&, Args args) {
  NARFI_ASSIGN(const int64_t ns, ParseGoDuration(args[0].text));
  // As Duration.Seconds: whole seconds and the rest apart.
  return MakeFloat(static_cast<double>(ns / kSecond) + static_cast<double>(ns % kSecond) / 1e9);
}
Result<Value> FromJson(Runtime& runtime, Args args) {
  NARFI_ASSIGN(Value value, ParseJsonValue(runtime, args[0].text));
  value.boxed = true;
  return value;
}
Result<Value> Default(Runtime&, Args args) {
  const bool given = args.size() > 1 && IsTrue(args[1]);
  Value value = given ? args[1] : args[0];
  value.boxed = true;
  return value;
}

constexpr Function kFunctions[] = {
    {"b64enc", {Param::kString}, 1, false, B64Enc},
    {"b64dec", {Param::kString}, 1, false, B64Dec},
    {"urlencode", {Param::kString}, 1, false, UrlEncode},
    {"urldecode", {Param::kString}, 1, false, UrlDecode},
    {"bytes", {Param::kString}, 1, false, Bytes},
    {"duration", {Param::kString}, 1, false, Seconds},
    {"duration_seconds", {Param::kString}, 1, false, Seconds},
    {"fromJson", {Param::kString}, 1, false, FromJson},
    {"default", {Param::kAny, Param::kAny}, 2, true, Default},
};

}  // namespace
}  // namespace encoding

std::span<const Function> EncodingFunctions() { return encoding::kFunctions; }

}  // namespace narfi::line::tmpl
