// Random log lines, for tests of patterns: JSON, logfmt and text, with values that make it hard.
#pragma once

#include <random>
#include <string>

namespace narfi::testing {

std::string PatternLine(std::mt19937& random);

}  // namespace narfi::testing
