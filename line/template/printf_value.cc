// Which verbs a value has, and lists and maps element by element.
#include <fmt/format.h>

#include "base/unicode.h"
#include "line/template/print.h"
#include "line/template/printf_spec.h"

namespace narfi::line::tmpl {

void ValueFormatter::BadVerb(const Value& value, uint32_t verb) {
  out_ += "%!";
  AppendRune(out_, verb);
  out_ += '(';
  if (value.valid()) {
    out_.append(TypeName(value.type)).append(1, '=');
    Write(value, 'v');
  } else {
    out_ += "<nil>";
  }
  out_ += ')';
}

void ValueFormatter::Write(const Value& value, uint32_t verb) {
  if (full()) return;
  if (!value.valid()) {
    if (verb == 'v' || verb == 'T') return Pad("<nil>");
    return BadVerb(value, verb);
  }
  if (verb == 'T') {
    (void)Text(TypeName(value.type), 's');
    return;
  }
  if (verb == 'p') return BadVerb(value, verb);
  std::string text;
  if (!(spec.sharp_v && verb == 'v') && AppendString(text, value)) {
    const bool of_text = verb == 'v' || verb == 's' || verb == 'x' || verb == 'X' || verb == 'q';
    if (of_text || value.type == Type::kTime) {
      if (!Text(text, verb)) BadVerb(value, verb);
      return;
    }
  }
  switch (value.type) {
    case Type::kBool:
      return Bool(value, verb);
    case Type::kFloat64:
      return Float(value, verb);
    case Type::kString:
      if (!Text(value.text, verb)) BadVerb(value, verb);
      return;
    case Type::kList:
      return List(value, verb);
    case Type::kMap:
    case Type::kLabels:
      return Map(value, verb);
    case Type::kTime:
      AppendString(text, value);
      return Pad(text);
    default:
      return Integer(value, verb);
  }
}

void ValueFormatter::WriteNested(const Value& value, uint32_t verb) {
  if (value.valid()) return Write(value, verb);
  out_ += spec.sharp_v ? "interface {}(nil)" : "<nil>";
}

void ValueFormatter::WriteKey(std::string_view key, uint32_t verb) {
  if (!Text(key, verb)) BadVerb(MakeText(key), verb);
}

void ValueFormatter::Bool(const Value& value, uint32_t verb) {
  if (verb != 't' && verb != 'v') return BadVerb(value, verb);
  Pad(value.integer != 0 ? "true" : "false");
}

bool ValueFormatter::Text(std::string_view text, uint32_t verb) {
  switch (verb) {
    case 'v':
      if (spec.sharp_v) {
        Quoted(text);
        return true;
      }
      [[fallthrough]];
    case 's':
      if (spec.has_precision) text = TakeRunes(text, static_cast<size_t>(spec.precision));
      Pad(text);
      return true;
    case 'x':
    case 'X':
      Hex(text, verb == 'X');
      return true;
    case 'q':
      if (spec.has_precision) text = TakeRunes(text, static_cast<size_t>(spec.precision));
      Quoted(text);
      return true;
    default:
      return false;
  }
}

void ValueFormatter::List(const Value& value, uint32_t verb) {
  if (spec.sharp_v) out_ += TypeName(value.type);
  out_ += spec.sharp_v ? '{' : '[';
  for (size_t i = 0; i < value.list->size() && !full(); ++i) {
    if (i > 0) out_ += spec.sharp_v ? ", " : " ";
    WriteNested((*value.list)[i], verb);
  }
  out_ += spec.sharp_v ? '}' : ']';
}

void ValueFormatter::Map(const Value& value, uint32_t verb) {
  tmpl::Map pairs;
  std::vector<Field> all;
  if (value.type == Type::kLabels) {
    value.labels->CopyAll(all);
    for (const Field& field : all) pairs.emplace_back(field.name, MakeText(field.value));
  }
  const tmpl::Map& map = value.type == Type::kLabels ? pairs : *value.map;
  if (spec.sharp_v) out_.append(TypeName(value.type)).append("{");
  if (!spec.sharp_v) out_ += "map[";
  for (size_t i = 0; i < map.size() && !full(); ++i) {
    if (i > 0) out_ += spec.sharp_v ? ", " : " ";
    WriteKey(map[i].first, verb);
    out_ += ':';
    WriteNested(map[i].second, verb);
  }
  out_ += spec.sharp_v ? '}' : ']';
}

void ValueFormatter::Integer(const Value& value, uint32_t verb) {
  const bool is_signed = value.type != Type::kUint8;
  switch (verb) {
    case 'v':
      if (spec.sharp_v && !is_signed) {
        const bool sharp = spec.sharp;
        spec.sharp = true;
        Digits(value.integer, 16, 'v', is_signed);
        spec.sharp = sharp;
        return;
      }
      [[fallthrough]];
    case 'd':
      return Digits(value.integer, 10, verb, is_signed);
    case 'b':
      return Digits(value.integer, 2, verb, is_signed);
    case 'o':
    case 'O':
      return Digits(value.integer, 8, verb, is_signed);
    case 'x':
    case 'X':
      return Digits(value.integer, 16, verb, is_signed);
    case 'c': {
      std::string text;
      const bool fits = value.integer >= 0 && value.integer <= 0x10FFFF;
      AppendRune(text, fits ? static_cast<uint32_t>(value.integer) : kReplacementRune);
      return Pad(text);
    }
    case 'q':
      return QuotedRune(value.integer);
    case 'U':
      return Unicode(value.integer);
    default:
      return BadVerb(value, verb);
  }
}

void ValueFormatter::Float(const Value& value, uint32_t verb) {
  switch (verb) {
    case 'v':
      return Number(value.real, 'g', -1);
    case 'b':
    case 'g':
    case 'G':
    case 'x':
    case 'X':
      return Number(value.real, static_cast<char>(verb), -1);
    case 'f':
    case 'e':
    case 'E':
      return Number(value.real, static_cast<char>(verb), 6);
    case 'F':
      return Number(value.real, 'f', 6);
    default:
      return BadVerb(value, verb);
  }
}

}  // namespace narfi::line::tmpl
