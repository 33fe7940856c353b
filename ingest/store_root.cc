#include "ingest/store_root.h"

#include <fmt/format.h>

namespace narfi::ingest {
namespace {

constexpr std::string_view kFormatText = "narfi 1\n";

Status CheckIsOurs(FileSystem& fs, const std::string& path) {
  NARFI_ASSIGN(const auto names, fs.List(path));
  for (const std::string& name : names) {
    // A first start that died may have left these two.
    if (name == "LOCK" || name == "FORMAT.tmp" || name == "lost+found") continue;
    return Fail(Code::kInvalidArgument,
                fmt::format("{} is not empty (it holds {}) and has no FORMAT file, so it is not a "
                            "storage root of narfid; "
                            "choose an empty folder with -storage.path",
                            path, name));
  }
  return {};
}

}  // namespace

Result<StoreRoot> OpenStoreRoot(FileSystem& fs, const std::string& path) {
  StoreRoot root;
  root.path = path;
  NARFI_TRY(fs.MakeFolder(path));
  const std::string format = JoinPath(path, "FORMAT");
  root.is_new = !fs.Exists(format);
  if (root.is_new) NARFI_TRY(CheckIsOurs(fs, path));
  auto lock = fs.Lock(JoinPath(path, "LOCK"));
  if (!lock) return Wrap("storage root " + path, std::move(lock).error());
  root.lock = std::move(*lock);
  if (root.is_new) {
    NARFI_TRY(WriteFileAtomically(fs, format, kFormatText));
    return root;
  }
  NARFI_ASSIGN(const std::string text, fs.ReadAll(format));
  if (text != kFormatText) {
    return Fail(Code::kCorrupt,
                fmt::format("{} says \"{}\", and this program knows only \"narfi 1\"", format,
                            text.substr(0, 40)));
  }
  return root;
}

}  // namespace narfi::ingest
