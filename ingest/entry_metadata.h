// Structured metadata in the form that is stored: names that a label can have, none twice, none
// empty, by name, and detected_level among them.
//
// Threads: free functions without state.
#pragma once

#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/labels.h"
#include "ingest/push.h"
#include "line/level.h"

namespace narfi::ingest {

constexpr std::string_view kDetectedLevel = "detected_level";

// Each rune that a label name cannot hold becomes '_'; a digit in front gets "key_", a single
// underscore in front "key": "a-b" -> "a_b", "1x" -> "key_1x", "_x" -> "key_x". The result is
// `name` itself when it is fine as it is, else lives in `arena`.
std::string_view ToMetadataName(std::string_view name, Arena& arena);

// Drops pairs without name or value, renames the others, sorts; of equal names the last one stays.
void NormalizeMetadata(EntryPairs& pairs, Arena& arena);

// The level that a level field among the labels gives to all entries of a stream: "unknown" when it
// is no level, empty when there is no such field.
std::string_view LevelOfStream(const line::LevelFields& fields, const Labels& labels);

// The level of an entry with normal metadata in a stream that gives it none: a level field of the
// metadata says it, else OTLP's severity_number, else the line. "unknown" when nothing does.
std::string_view LevelOfEntry(const line::LevelFields& fields, const PushEntry& entry);

// Adds detected_level to normal metadata, unless the client sent one.
void AddDetectedLevel(std::string_view level, EntryPairs& pairs, Arena& arena);

}  // namespace narfi::ingest
