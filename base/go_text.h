// Text as Go writes it, since Loki's answers do: quoted strings and floats.
#pragma once

#include <string>
#include <string_view>

namespace narfi {

// Appends `text` as strconv.Quote does: escapes, \x for invalid UTF-8, \u for what does not print.
void AppendGoQuoted(std::string& dst, std::string_view text);
std::string GoQuote(std::string_view text);

// strconv.FormatFloat(value, 'f', -1, 64): shortest digits that read back, never an exponent;
// "NaN", "+Inf", "-Inf". This is how sample values are written in answers.
std::string FormatSample(double value);
// strconv.FormatFloat(value, 'g', -1, 64) and encoding/json: exponent below 1e-6 and from 1e21.
std::string FormatJsonNumber(double value);

}  // namespace narfi
