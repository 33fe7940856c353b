#include "cli/completion.h"

#include <vector>

#include "cli/args.h"

namespace narfi::cli {
namespace {

std::string JoinWords(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

std::string CommandNames(const std::vector<CommandHelp>& commands) {
  std::vector<std::string> names;
  for (const CommandHelp& command : commands) {
    if (!command.name.empty()) names.push_back(command.name);
  }
  return JoinWords(names);
}

// Works in bash, and in zsh through bashcompinit. Label names and values come from the server.
std::string BashFunction(const std::vector<CommandHelp>& commands) {
  std::string script =
      "_narfi() {\n"
      "  local current=\"${COMP_WORDS[COMP_CWORD]}\" previous=\"${COMP_WORDS[COMP_CWORD-1]}\"\n"
      "  local command=\"\" word\n"
      "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
      "    case \"$word\" in -*) ;; *) command=\"$word\"; break ;; esac\n"
      "  done\n"
      "  case \"$previous\" in\n"
      "    -o|--output) COMPREPLY=($(compgen -W 'default raw jsonl' -- \"$current\")); return ;;\n"
      "    -z|--timezone) COMPREPLY=($(compgen -W 'Local UTC' -- \"$current\")); return ;;\n"
      "    --include-label|--exclude-label|labels)\n"
      "      COMPREPLY=($(compgen -W \"$(narfi labels -q 2>/dev/null)\" -- \"$current\")); return "
      ";;\n"
      "    --ca-cert|--cert|--key|--bearer-token-file) COMPREPLY=($(compgen -f -- \"$current\")); "
      "return ;;\n"
      "    segment) COMPREPLY=($(compgen -W 'inspect verify dump' -- \"$current\")); return ;;\n"
      "    inspect|verify|dump|*.seg) COMPREPLY=($(compgen -f -- \"$current\")); return ;;\n"
      "    completion) COMPREPLY=($(compgen -W 'bash zsh fish' -- \"$current\")); return ;;\n"
      "  esac\n";
  std::string common;
  for (const CommandHelp& command : commands) {
    if (command.name.empty()) common = JoinWords(command.flags);
  }
  script += "  local words='" + common + "'\n  case \"$command\" in\n";
  for (const CommandHelp& command : commands) {
    if (command.name.empty()) continue;
    script += "    " + command.name + ") words+=' " + JoinWords(command.flags) + "' ;;\n";
  }
  script += "    *) words+=' " + CommandNames(commands) + "' ;;\n  esac\n";
  script += "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n}\n";
  return script + "complete -F _narfi narfi\n";
}

std::string FishQuote(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

std::string FishScript(const std::vector<CommandHelp>& commands) {
  std::string script = "complete -c narfi -f\n";
  for (const CommandHelp& command : commands) {
    const std::string when =
        command.name.empty() ? "" : " -n '__fish_seen_subcommand_from " + command.name + "'";
    if (!command.name.empty()) {
      script += "complete -c narfi -n __fish_use_subcommand -a " + command.name + " -d " +
                FishQuote(command.summary) + "\n";
    }
    for (const std::string& flag : command.flags) {
      const bool is_long = flag.starts_with("--");
      script += "complete -c narfi" + when + (is_long ? " -l " : " -s ") +
                flag.substr(is_long ? 2 : 1) + "\n";
    }
  }
  script +=
      "complete -c narfi -n '__fish_seen_subcommand_from labels' -a '(narfi labels -q "
      "2>/dev/null)'\n";
  script += "complete -c narfi -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'\n";
  return script;
}

}  // namespace

std::string CompletionScript(const std::string& shell) {
  const std::vector<CommandHelp> commands = DescribeCommands();
  if (shell == "bash") return BashFunction(commands);
  if (shell == "zsh") {
    return "autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n" +
           BashFunction(commands);
  }
  return shell == "fish" ? FishScript(commands) : "";
}

}  // namespace narfi::cli
