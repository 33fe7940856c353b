#include "cli/level_color.h"

#include <cctype>

namespace narfi::cli {
namespace {

struct LevelColor {
  std::string_view level;
  std::string_view color;
};

constexpr LevelColor kLevelColors[] = {
    {"critical", "\x1b[1;31m"}, {"fatal", "\x1b[1;31m"}, {"panic", "\x1b[1;31m"},
    {"error", "\x1b[31m"},      {"err", "\x1b[31m"},     {"warn", "\x1b[33m"},
    {"warning", "\x1b[33m"},    {"debug", "\x1b[2m"},    {"trace", "\x1b[2m"},
};

std::string_view FindLabel(const StreamLabels& labels, std::string_view name) {
  for (const Label& label : labels) {
    if (label.name == name) return label.value;
  }
  return {};
}

}  // namespace

std::string_view ColorOfLevel(const StreamLabels& labels) {
  std::string_view level = FindLabel(labels, "detected_level");
  if (level.empty() || level == "unknown") level = FindLabel(labels, "level");
  std::string lower;
  for (const char c : level)
    lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const LevelColor& known : kLevelColors) {
    if (known.level == lower) return known.color;
  }
  return {};
}

void AppendColored(std::string& dst, std::string_view color, std::string_view text) {
  if (color.empty()) {
    dst += text;
    return;
  }
  dst += color;
  dst += text;
  dst += "\x1b[0m";
}

}  // namespace narfi::cli
