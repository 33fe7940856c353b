#include "config/flags.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/go_text.h"

namespace narfi::config {
namespace {

const Setting* FindFlag(const SettingTable& settings, std::string_view name) {
  for (const Setting& setting : settings) {
    if (!setting.flag.empty() && setting.flag == name) return &setting;
  }
  return nullptr;
}

bool IsKnownFlag(const KeyTree* known, std::string_view name) {
  if (known == nullptr) return false;
  const KeyTree::Node* node = known->Block("flags");
  while (node != nullptr) {
    const size_t dot = name.find('.');
    node = known->Child(node, name.substr(0, dot));
    if (dot == std::string_view::npos) return node != nullptr;
    name.remove_prefix(dot + 1);
  }
  return false;
}

tl::unexpected<Error> UnknownFlag(const FlagPlan& plan, std::string_view name) {
  std::vector<std::string> candidates;
  for (const Setting& setting : *plan.settings) {
    if (!setting.flag.empty()) candidates.push_back(setting.flag);
  }
  const std::string nearest = Nearest(name, candidates);
  std::string text = fmt::format("unknown flag -{}", name);
  if (!nearest.empty()) text += fmt::format("; did you mean -{}?", nearest);
  return Fail(Code::kInvalidArgument, std::move(text));
}

// One flag and, when it stands apart, its value: how many arguments were taken.
struct TakenFlag {
  std::string_view name;
  std::optional<std::string_view> value;
};

Result<TakenFlag> SplitFlag(std::string_view argument) {
  if (argument.size() < 2 || argument[0] != '-') {
    return Fail(Code::kInvalidArgument, fmt::format("unexpected argument {}", GoQuote(argument)));
  }
  std::string_view name = argument.substr(argument.starts_with("--") ? 2 : 1);
  if (name.empty() || name[0] == '-' || name[0] == '=') {
    return Fail(Code::kInvalidArgument, fmt::format("bad flag syntax: {}", argument));
  }
  TakenFlag taken;
  const size_t equals = name.find('=');
  taken.name = name.substr(0, equals);
  if (equals != std::string_view::npos) taken.value = name.substr(equals + 1);
  return taken;
}

}  // namespace

Result<std::vector<std::string>> ApplyFlags(std::span<const std::string> args, const FlagPlan& plan,
                                            std::vector<std::string>& warnings) {
  std::vector<std::string> seen;
  for (size_t i = 0; i < args.size(); ++i) {
    NARFI_ASSIGN(TakenFlag taken, SplitFlag(args[i]));
    const Setting* setting = FindFlag(*plan.settings, taken.name);
    if (setting == nullptr) {
      if (!IsKnownFlag(plan.known, taken.name)) return UnknownFlag(plan, taken.name);
      // Whether it takes a value is not known: what does not look like a flag is one.
      if (!taken.value && i + 1 < args.size() && !args[i + 1].starts_with('-')) ++i;
      warnings.push_back(fmt::format("ignored: the flag -{} has no meaning here", taken.name));
      continue;
    }
    if (!taken.value && std::holds_alternative<Bool>(setting->slot)) taken.value = "true";
    if (!taken.value) {
      if (i + 1 == args.size()) {
        return Fail(Code::kInvalidArgument, fmt::format("flag needs an argument: -{}", taken.name));
      }
      taken.value = args[++i];
    }
    if (const auto set = SetFromText(*setting, *taken.value); !set) {
      const std::string why = setting->secret ? "not accepted" : set.error().text;
      return Fail(Code::kInvalidArgument, fmt::format("-{}: {}", taken.name, why));
    }
    if (setting->no_effect)
      warnings.push_back(fmt::format("the flag -{} has no effect in this version", taken.name));
    seen.emplace_back(taken.name);
  }
  return seen;
}

std::string DescribeFlags(const SettingTable& settings) {
  std::vector<const Setting*> sorted;
  for (const Setting& setting : settings) {
    if (!setting.flag.empty()) sorted.push_back(&setting);
  }
  std::sort(sorted.begin(), sorted.end(),
            [](const Setting* a, const Setting* b) { return a->flag < b->flag; });
  std::string out;
  for (const Setting* setting : sorted) {
    const std::string value = ToYaml(setting->slot).value_or("unset");
    out += fmt::format("  -{}\n", setting->flag);
    out += fmt::format("        {}{}(default {})\n", setting->help,
                       setting->help.empty() ? "" : " ", setting->secret ? "not shown" : value);
  }
  return out;
}

}  // namespace narfi::config
