// From a command line to settings: what both daemons do before anything else.
//
//   const auto loaded = config::LoadNarfidSettings(args);      // args: argv without the program
//
// The file named by -config.file is read first, then flags override it. Every key of the file is
// either used, or known to Loki (Promtail) and named in one warning, or an error with file, line,
// column and the nearest known key. Nothing is ever silently ignored.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/narfid_settings.h"
#include "config/shipper_settings.h"

namespace narfi::config {

// What the command line asked for besides settings.
struct Invocation {
  std::string config_file;        // -config.file; empty: none
  bool expand_env = false;        // -config.expand-env: ${VAR} and ${VAR:default} in the file
  bool verify_config = false;     // -verify-config: say whether it is good, and leave
  bool print_config = false;      // -print-config: write the effective settings as YAML, and leave
  bool verify_storage = false;    // -storage.verify: say what is damaged below the storage root
  bool rebuild_manifest = false;  // -storage.rebuild-manifest, with -storage.verify
  bool version = false;           // -version
  bool help = false;              // -help: `help_text` is what to write
};

template <class Settings>
struct Loaded {
  Settings settings;
  Invocation invocation;
  std::vector<std::string> warnings;  // one line each, in order of the file, then of the flags
  std::string help_text;              // filled with -help
};

// Errors: kInvalidArgument with a sentence that names flag or file:line:column; kNotFound and kIo
// when the file cannot be read.
Result<Loaded<NarfidSettings>> LoadNarfidSettings(std::span<const std::string> args);
Result<Loaded<ShipperSettings>> LoadShipperSettings(std::span<const std::string> args);

// The same from texts: `yaml` as if it stood in the file `name`, no flags. What tests and the
// conformance settings use.
Result<Loaded<NarfidSettings>> ParseNarfidSettings(std::string_view yaml, std::string_view name);
Result<Loaded<ShipperSettings>> ParseShipperSettings(std::string_view yaml, std::string_view name);

// The tenant overrides of a runtime_config.file: `defaults` with what the file changes.
Result<TenantLimits> ReadTenantLimits(const Limits& defaults, std::string_view yaml,
                                      std::string_view name, std::vector<std::string>& warnings);

// YAML that loads back to equal settings.
std::string PrintNarfidSettings(const NarfidSettings& settings);
// Of that only what is not as in the defaults; empty when all of it is.
std::string PrintNarfidDiffs(const NarfidSettings& settings);
// The keys of limits_config alone, without the section around them.
std::string PrintLimits(const Limits& limits);
std::string PrintShipperSettings(const ShipperSettings& settings);

}  // namespace narfi::config
