#include "cli/segment_args.h"

#include <CLI/CLI.hpp>

namespace narfi::cli {
namespace {

CLI::App* AddAction(CLI::App& command, SegmentOptions& to, SegmentAction action, const char* name,
                    const char* text) {
  CLI::App* added = command.add_subcommand(name, text);
  added->callback([&to, action] { to.action = action; });
  added
      ->add_option("file", to.files, "Segment files (<storage root>/segments/<tenant>/<day>/*.seg)")
      ->required();
  return added;
}

}  // namespace

void AddSegmentCommand(CLI::App& app, SegmentOptions& to) {
  CLI::App* command =
      app.add_subcommand("segment", "Look into segment files; no server is asked or disturbed.");
  command->require_subcommand(1);
  CLI::App* inspect = AddAction(*command, to, SegmentAction::kInspect, "inspect",
                                "Print what is in a segment: its footer and its row groups.");
  inspect->add_flag("--columns", to.columns,
                    "Also the columns of each row group, with their sizes");
  AddAction(
      *command, to, SegmentAction::kVerify, "verify",
      "Read every block and every row. Exit status 1, and a line for each problem, on damage.");
  CLI::App* dump = AddAction(*command, to, SegmentAction::kDump, "dump",
                             "Print every entry as JSON, one a line.");
  dump->add_option("--stream", to.stream, "Only of streams that match: '{service=\"api\"}'");
}

}  // namespace narfi::cli
