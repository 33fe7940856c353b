// What loading is made of for both daemons: the flags that are no settings, and the file's text.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/load.h"

namespace narfi::config {

// Finds -config.file and its like among `args` without looking at the other flags, since the file
// is read before them.
Invocation FindInvocation(std::span<const std::string> args);

// The text of the file, its variables expanded when asked for. A list of files separated by commas
// names the first that exists, as Loki does; `invocation.config_file` becomes that one.
Result<std::string> ReadConfigText(Invocation& invocation, std::vector<std::string>& warnings);

}  // namespace narfi::config
