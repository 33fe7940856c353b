// Makes a lost or damaged manifest anew from the footers of the segments, without doubles: what the
// footer of another segment says it replaced is left out.
//
// What the records before the damage say still holds: deletes, and which segments were removed.
// Without them deletes are forgotten, and what was removed but not replaced (by retention) comes
// back if its file is still there; retention removes it again.
//
// The write-ahead log may hold entries that are in segments too, when nobody can tell whether their
// flush was committed: they are taken in again, and equal entries are one in every answer.
//
// The old logs are kept in a folder beside, "manifest.old-1" and so on. The new manifest appears in
// one step; before it, narfid refuses to start, and this may be run again.
//
// Errors: kInvalidArgument when the manifest is sound; what keeps files from being read or written.
#pragma once

#include <string>

#include "base/file.h"
#include "base/result.h"
#include "ingest/verify_store.h"

namespace narfi::ingest {

Status RebuildManifest(FileSystem& fs, const std::string& root, const SayLine& say);

}  // namespace narfi::ingest
