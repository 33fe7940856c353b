// The ```hex block of a page under docs/, as bytes, and bytes as such a block.
#pragma once

#include <string>

namespace narfi::testing {

// `page` is relative to the root of the project. Empty when there is no such block.
std::string HexOfPage(const std::string& page);
// Sixteen bytes a line.
std::string ToHexLines(const std::string& bytes);

}  // namespace narfi::testing
