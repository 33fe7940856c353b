#include "line/template/functions.h"

#include <map>

namespace narfi::line::tmpl {
namespace {

std::map<std::string_view, const Function*> MakeTable() {
  std::map<std::string_view, const Function*> table;
  for (const auto functions :
       {BuiltinFunctions(), CompareFunctions(), TextFunctions(), EncodingFunctions(),
        RegexFunctions(), NumberFunctions(), TimeFunctions()}) {
    for (const Function& function : functions) table.emplace(function.name, &function);
  }
  return table;
}

const Function* FindIn(std::span<const Function> functions, std::string_view name) {
  for (const Function& function : functions) {
    if (function.name == name) return &function;
  }
  return nullptr;
}

}  // namespace

const Function* FindFunction(std::string_view name) {
  static const auto table = MakeTable();
  const auto found = table.find(name);
  return found == table.end() ? nullptr : found->second;
}

const Function* FindMethod(Type type, std::string_view name) {
  if (type == Type::kTime) return FindIn(TimeMethods(), name);
  if (type == Type::kDuration) return FindIn(DurationMethods(), name);
  return nullptr;
}

}  // namespace narfi::line::tmpl
