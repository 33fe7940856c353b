#include "cli/version.h"

namespace narfi::cli {

std::string VersionText() { return "narfi, version 0.1.0"; }

}  // namespace narfi::cli
