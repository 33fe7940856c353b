// Reads the command line and the LOKI_ variables of the environment; a flag wins over its variable.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/options.h"

namespace narfi::cli {

// Either options, or a text to print and the status to exit with (help, a wrong flag).
struct ParsedArgs {
  std::optional<Options> options;
  std::string text;
  int exit_status = 0;
};

// `args` without the program's name.
ParsedArgs ParseArgs(const std::vector<std::string>& args);

// A command and its own flags, for the completion scripts.
struct CommandHelp {
  std::string name;
  std::string summary;
  std::vector<std::string> flags;  // "--limit", and single letters "-o"
};
// Every command; the one with the empty name holds the flags that all of them take.
std::vector<CommandHelp> DescribeCommands();

}  // namespace narfi::cli
