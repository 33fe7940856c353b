// Completion scripts for shells, made from the table of commands.
#pragma once

#include <string>

namespace narfi::cli {

// For bash, zsh or fish; empty for another shell.
std::string CompletionScript(const std::string& shell);

}  // namespace narfi::cli
