#include "config/load_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/file.h"
#include "config/flags.h"

namespace narfi::config {
namespace {

// The value of `name` in "-name=value" at `args[i]`, or in "-name" "value".
std::optional<std::string> FlagAt(std::span<const std::string> args, size_t i,
                                  std::string_view name) {
  std::string_view text = args[i];
  if (!text.starts_with('-')) return std::nullopt;
  text.remove_prefix(text.starts_with("--") ? 2 : 1);
  if (text == name) return i + 1 < args.size() ? args[i + 1] : std::string();
  if (text.starts_with(name) && text.substr(name.size()).starts_with('=')) {
    return std::string(text.substr(name.size() + 1));
  }
  return std::nullopt;
}

std::string FirstThatExists(std::string_view list) {
  std::string_view first = list.substr(0, list.find(','));
  for (std::string_view rest = list; !rest.empty();) {
    const std::string_view path = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), path.size() + 1));
    if (MachineFileSystem().Exists(std::string(path))) return std::string(path);
  }
  return std::string(first);
}

}  // namespace

Invocation FindInvocation(std::span<const std::string> args) {
  Invocation found;
  for (size_t i = 0; i < args.size(); ++i) {
    if (const auto file = FlagAt(args, i, "config.file")) found.config_file = *file;
    const std::string_view bare = args[i];
    if (bare == "-help" || bare == "--help" || bare == "-h" || bare == "--h") found.help = true;
    if (bare == "-version" || bare == "--version") found.version = true;
    if (args[i] == "-config.expand-env" || args[i] == "--config.expand-env") {
      found.expand_env = true;
    } else if (const auto expand = FlagAt(args, i, "config.expand-env")) {
      found.expand_env = *expand == "true" || *expand == "1" || *expand == "t" || *expand == "T" ||
                         *expand == "TRUE" || *expand == "True";
    }
  }
  return found;
}

Result<std::string> ReadConfigText(Invocation& invocation, std::vector<std::string>& warnings) {
  invocation.config_file = FirstThatExists(invocation.config_file);
  auto text = MachineFileSystem().ReadAll(invocation.config_file);
  if (!text) return Wrap("-config.file", std::move(text).error());
  if (!invocation.expand_env) return text;
  return ExpandEnvironment(*text, invocation.config_file, warnings);
}

}  // namespace narfi::config
