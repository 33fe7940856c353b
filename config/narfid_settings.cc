#include "config/narfid_settings.h"

#include <unistd.h>

#include "base/file.h"
#include "base/size.h"

namespace narfi::config {

uint64_t NarfidSettings::MemoryBudgetBytes() const {
  constexpr uint64_t kDefault = 192ULL << 20;
  if (memory_budget == "auto") {
    const long pages = sysconf(_SC_PHYS_PAGES);
    const long page_bytes = sysconf(_SC_PAGESIZE);
    if (pages <= 0 || page_bytes <= 0) return kDefault;
    return static_cast<uint64_t>(pages) * static_cast<uint64_t>(page_bytes) / 4;
  }
  return ParseConfigBytes(memory_budget).value_or(kDefault);  // checked when it was set
}

StorageRoot NarfidSettings::ResolveStorageRoot() const {
  if (!storage_path.empty()) return {storage_path, "-storage.path"};
  if (!common_path_prefix.empty()) return {common_path_prefix, "common.path_prefix"};
  if (!filesystem_directory.empty()) {
    std::string_view folder = filesystem_directory;
    while (folder.size() > 1 && folder.ends_with('/')) folder.remove_suffix(1);
    return {JoinPath(ParentFolder(folder), "narfi"), "storage_config.filesystem.directory"};
  }
  return {"./narfi-data", "no path is configured"};
}

}  // namespace narfi::config
