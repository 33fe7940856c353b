// Flags as Go programs take them: `-name=value`, `--name value`, `-bool`.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/key_tree.h"
#include "config/setting.h"

namespace narfi::config {

struct FlagPlan {
  const SettingTable* settings = nullptr;  // those with a flag name
  const KeyTree* known = nullptr;  // flags without a meaning here: a warning each; may be null
};

// Names of `args` in order of appearance that stand in `settings` are set; the result names them.
Result<std::vector<std::string>> ApplyFlags(std::span<const std::string> args, const FlagPlan& plan,
                                            std::vector<std::string>& warnings);

// Every flag with its default, one or two lines each, sorted.
std::string DescribeFlags(const SettingTable& settings);

// ${VAR}, ${VAR:default} and ${VAR:-default} of `text`. A variable that is not set and has no
// default is empty, with a warning; `name` is the file, for errors.
Result<std::string> ExpandEnvironment(std::string_view text, std::string_view name,
                                      std::vector<std::string>& warnings);

}  // namespace narfi::config
