// Go's own functions: and, or, not, len, index, slice, call, print and its kin, html, js, urlquery.
#include <fmt/format.h>

#include "base/unicode.h"
#include "line/template/escape.h"
#include "line/template/fail.h"
#include "line/template/functions.h"
#include "line/template/print.h"

namespace narfi::line::tmpl {
namespace builtin {
namespace {

Result<Value> Not(Runtime&, Args args) { return MakeBool(!IsTrue(args[0])); }

size_t LengthOf(const Value& value) {
  switch (value.type) {
    case Type::kString:
      return value.text.size();
    case Type::kList:
      return value.list->size();
    case Type::kMap:
      return value.map->size();
    default: {
      std::vector<Field> all;
      value.labels->CopyAll(all);
      return all.size();
    }
  }
}

bool HasLength(Type type) {
  return type == Type::kString || type == Type::kList || type == Type::kMap ||
         type == Type::kLabels;
}

Result<Value> Len(Runtime&, Args args) {
  const Value& item = args[0];
  if (item.is_nil_interface()) return Bad("len of nil pointer");
  if (!item.valid()) return Bad("reflect: call of reflect.Value.Type on zero Value");
  if (!HasLength(item.type)) return Bad(fmt::format("len of type {}", TypeName(item.type)));
  return MakeInt(static_cast<int64_t>(LengthOf(item)));
}

// An index into a text or list; its end is still one here.
Result<size_t> IndexArg(const Value& index, size_t most) {
  if (!index.valid()) return Bad("cannot index slice/array with nil");
  if (!index.is_integer() && index.type != Type::kUint8)
    return Bad(fmt::format("cannot index slice/array with type {}", TypeName(index.type)));
  if (index.integer < 0 || index.integer > static_cast<int64_t>(most))
    return Bad(fmt::format("index out of range: {}", index.integer));
  return static_cast<size_t>(index.integer);
}

Result<Value> IndexKey(const Value& item, const Value& key) {
  if (!key.valid()) return Bad("value is nil; should be of type string");
  if (key.type != Type::kString)
    return Bad(fmt::format("value has type {}; should be string", TypeName(key.type)));
  if (item.type == Type::kLabels)
    return MakeText(item.labels->Get(key.text).value_or(std::string_view()));
  const Value* found = Find(*item.map, key.text);
  Value out = found == nullptr ? Value() : *found;
  out.boxed = true;
  return out;
}

Result<Value> IndexOnce(const Value& item, const Value& index) {
  if (!item.valid()) return Bad("index of nil pointer");
  if (item.type == Type::kMap || item.type == Type::kLabels) return IndexKey(item, index);
  if (item.type != Type::kString && item.type != Type::kList)
    return Bad(fmt::format("can't index item of type {}", TypeName(item.type)));
  const size_t length = LengthOf(item);
  NARFI_ASSIGN(const size_t at, IndexArg(index, length));
  const bool text = item.type == Type::kString;
  if (at == length)
    return Bad(fmt::format("reflect: {} index out of range", text ? "string" : "slice"));
  if (text) return MakeInt(static_cast<uint8_t>(item.text[at]), Type::kUint8);
  Value out = (*item.list)[at];
  out.boxed = true;
  return out;
}

Result<Value> Index(Runtime&, Args args) {
  Value item = args[0];
  if (!item.valid()) return Bad("index of untyped nil");
  for (const Value& index : args.subspan(1)) {
    NARFI_ASSIGN(item, IndexOnce(item, index));
  }
  return item;
}

Result<Value> Slice(Runtime& runtime, Args args) {
  const Value& item = args[0];
  if (!item.valid()) return Bad("slice of untyped nil");
  const size_t count = args.size() - 1;
  if (count > 3) return Bad(fmt::format("too many slice indexes: {}", count));
  if (item.type != Type::kString && item.type != Type::kList)
    return Bad(fmt::format("can't slice item of type {}", TypeName(item.type)));
  if (item.type == Type::kString && count == 3) return Bad("cannot 3-index slice a string");
  size_t at[3] = {0, LengthOf(item), 0};
  for (size_t i = 0; i < count; ++i) {
    // Unlike index, slice does not look into an interface {}.
    if (args[i + 1].boxed) return Bad("cannot index slice/array with type interface {}");
    NARFI_ASSIGN(at[i], IndexArg(args[i + 1], LengthOf(item)));
  }
  if (at[0] > at[1]) return Bad(fmt::format("invalid slice index: {} > {}", at[0], at[1]));
  if (count == 3 && at[1] > at[2])
    return Bad(fmt::format("invalid slice index: {} > {}", at[1], at[2]));
  if (item.type == Type::kString) return MakeText(item.text.substr(at[0], at[1] - at[0]));
  NARFI_TRY(runtime.CountWork((at[1] - at[0]) * sizeof(Value)));
  return runtime.KeepList(List(item.list->begin() + static_cast<ptrdiff_t>(at[0]),
                               item.list->begin() + static_cast<ptrdiff_t>(at[1])));
}

// There are no functions as values.
Result<Value> Call(Runtime&, Args args) {
  if (!args[0].valid()) return Bad("call of nil");
  return Bad(fmt::format("non-function {} of type {}", "", TypeName(args[0].type)));
}

Result<Value> Print(Runtime& runtime, Args args) {
  std::string out;
  AppendPrint(out, args);
  return runtime.Keep(out);
}

Result<Value> Println(Runtime& runtime, Args args) {
  std::string out;
  AppendPrintln(out, args);
  return runtime.Keep(out);
}

Result<Value> Printf(Runtime& runtime, Args args) {
  std::string out;
  AppendFormatted(out, args[0].text, args.subspan(1), Runtime::kMaxTextBytes);
  return runtime.Keep(out);
}

// The arguments as one text, as html, js and urlquery see them.
std::string Joined(Args args) {
  std::string out;
  if (args.size() == 1 && args[0].type == Type::kString) {
    out = args[0].text;
  } else {
    std::vector<Value> shown(args.begin(), args.end());
    for (Value& value : shown) {
      if (!value.valid()) value = MakeText("<no value>");
    }
    AppendPrint(out, shown);
  }
  return out;
}

Result<Value> Html(Runtime& runtime, Args args) { return runtime.Keep(EscapeHtml(Joined(args))); }
Result<Value> Js(Runtime& runtime, Args args) { return runtime.Keep(EscapeJs(Joined(args))); }
Result<Value> UrlQuery(Runtime& runtime, Args args) {
  return runtime.Keep(EscapeQuery(Joined(args)));
}

constexpr Function kFunctions[] = {
    {"and", {Param::kReflect, Param::kReflect}, 2, true, nullptr, Special::kAnd},
    {"or", {Param::kReflect, Param::kReflect}, 2, true, nullptr, Special::kOr},
    {"call", {Param::kReflect, Param::kReflect}, 2, true, Call, Special::kCall},
    {"not", {Param::kReflect}, 1, false, Not},
    {"len", {Param::kReflect}, 1, false, Len},
    {"index", {Param::kReflect, Param::kReflect}, 2, true, Index},
    {"slice", {Param::kReflect, Param::kReflect}, 2, true, Slice},
    {"print", {Param::kAny}, 1, true, Print},
    {"println", {Param::kAny}, 1, true, Println},
    {"printf", {Param::kString, Param::kAny}, 2, true, Printf},
    {"html", {Param::kAny}, 1, true, Html},
    {"js", {Param::kAny}, 1, true, Js},
    {"urlquery", {Param::kAny}, 1, true, UrlQuery},
};

}  // namespace
}  // namespace builtin

std::span<const Function> BuiltinFunctions() { return builtin::kFunctions; }

}  // namespace narfi::line::tmpl
