// The flags of `narfi segment`.
#pragma once

#include "cli/options.h"

namespace CLI {
class App;
}

namespace narfi::cli {

void AddSegmentCommand(CLI::App& app, SegmentOptions& to);

}  // namespace narfi::cli
