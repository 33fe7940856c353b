// Which narfi this is.
#pragma once

#include <string>

namespace narfi::cli {

// "narfi, version 0.1.0".
std::string VersionText();

}  // namespace narfi::cli
