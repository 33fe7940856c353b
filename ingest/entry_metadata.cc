#include "ingest/entry_metadata.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <string>

#include "base/unicode.h"

namespace narfi::ingest {
namespace {

bool IsMetadataNameByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

std::string_view FrontOf(std::string_view name) {
  if (name.front() >= '0' && name.front() <= '9') return "key_";
  const bool alone = name.front() == '_' && !name.starts_with("__");
  return alone ? "key" : "";
}

bool NameLess(const MetadataPair& a, const MetadataPair& b) { return a.name < b.name; }

const MetadataPair* FindPair(const EntryPairs& pairs, std::string_view name) {
  const auto found = std::lower_bound(pairs.begin(), pairs.end(), MetadataPair{name, {}}, NameLess);
  return found != pairs.end() && found->name == name ? &*found : nullptr;
}

// OTLP: 1-4 trace, 5-8 debug, 9-12 info, 13-16 warn, 17-20 error, 21-24 fatal.
std::string_view LevelOfSeverityNumber(std::string_view text) {
  constexpr std::string_view kLevels[] = {"trace", "debug", "info", "warn", "error", "fatal"};
  int number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || stop != text.data() + text.size()) return {};
  return number >= 1 && number <= 24 ? kLevels[(number - 1) / 4] : std::string_view();
}

std::string_view KnownLevel(std::string_view value) {
  const std::string_view level = line::NormalizeLevel(value);
  return level.empty() ? line::kUnknownLevel : level;
}

}  // namespace

std::string_view ToMetadataName(std::string_view name, Arena& arena) {
  if (name.empty()) return name;
  if (std::all_of(name.begin(), name.end(), IsMetadataNameByte) && FrontOf(name).empty()) {
    return name;
  }
  std::string out;
  for (std::string_view rest = name; !rest.empty();) {
    const Rune rune = DecodeRune(rest);
    out += IsMetadataNameByte(rest.front()) ? rest.front() : '_';
    rest.remove_prefix(rune.bytes);
  }
  out.insert(0, FrontOf(out));
  return arena.Copy(out);
}

void NormalizeMetadata(EntryPairs& pairs, Arena& arena) {
  if (pairs.empty()) return;
  const auto stays = std::remove_if(pairs.begin(), pairs.end(), [](const MetadataPair& pair) {
    return pair.name.empty() || pair.value.empty();
  });
  pairs.erase(stays, pairs.end());
  for (MetadataPair& pair : pairs) pair.name = ToMetadataName(pair.name, arena);
  std::stable_sort(pairs.begin(), pairs.end(), NameLess);
  // From behind, so that of equal names the last one is met first.
  const auto same_name = [](const MetadataPair& a, const MetadataPair& b) {
    return a.name == b.name;
  };
  const auto kept = std::unique(std::make_reverse_iterator(pairs.end()),
                                std::make_reverse_iterator(pairs.begin()), same_name);
  pairs.erase(pairs.begin(), kept.base());
}

std::string_view LevelOfStream(const line::LevelFields& fields, const Labels& labels) {
  for (const std::string& name : fields.label_names()) {
    if (const std::string_view value = labels.Get(name); !value.empty()) return KnownLevel(value);
  }
  return {};
}

std::string_view LevelOfEntry(const line::LevelFields& fields, const PushEntry& entry) {
  if (!entry.metadata.empty()) {
    for (const std::string& name : fields.label_names()) {
      if (const MetadataPair* pair = FindPair(entry.metadata, name)) return KnownLevel(pair->value);
    }
    if (const MetadataPair* pair = FindPair(entry.metadata, "severity_number")) {
      const std::string_view level = LevelOfSeverityNumber(pair->value);
      if (!level.empty()) return level;
    }
  }
  return line::DetectLevel(entry.line, fields);
}

void AddDetectedLevel(std::string_view level, EntryPairs& pairs, Arena& arena) {
  const MetadataPair added{kDetectedLevel, level};
  const auto at = std::lower_bound(pairs.begin(), pairs.end(), added, NameLess);
  if (at != pairs.end() && at->name == kDetectedLevel) return;
  pairs.insert(at, added, arena);
}

}  // namespace narfi::ingest
