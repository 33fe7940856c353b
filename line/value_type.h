// What kind of value a text is: the types that Loki gives to detected fields.
//
// Threads: free functions without state.
#pragma once

#include <cstdint>
#include <string_view>

namespace narfi::line {

enum class ValueType : uint8_t { kString, kInt, kFloat, kBoolean, kDuration, kBytes };

// The first of int, float, boolean, duration and bytes that Go's readers (and go-humanize's) take
// the whole text for; else a string.
ValueType TypeOfValue(std::string_view text);
// "int", "string", ...
std::string_view NameOf(ValueType type);

// A number or a UUID: what makes a label one that tells things apart rather than groups them.
bool IsId(std::string_view text);

}  // namespace narfi::line
