#include "shipper/folder_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <cstring>

#include "base/file.h"

namespace narfi::shipper {
namespace {

constexpr uint32_t kNames =
    IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF;
constexpr uint32_t kMask = kNames | IN_MODIFY | IN_CLOSE_WRITE | IN_ONLYDIR;

}  // namespace

FolderWatch::FolderWatch() : fd_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {}

FolderWatch::~FolderWatch() {
  if (fd_ >= 0) close(fd_);
}

bool FolderWatch::Watch(const std::vector<std::string>& folders) {
  if (fd_ < 0) return false;
  bool all = true;
  std::map<std::string, int> watches;
  for (const std::string& folder : folders) {
    // Adding a folder again gives the watch it has; one that was replaced gets a new one.
    const int watch = inotify_add_watch(fd_, folder.c_str(), kMask);
    all = all && watch >= 0;
    if (watch >= 0) watches[folder] = watch;
  }
  std::map<int, std::string> by_watch;
  for (const auto& [folder, watch] : watches) by_watch[watch] = folder;
  for (const auto& [folder, watch] : watches_) {
    if (by_watch.count(watch) == 0) inotify_rm_watch(fd_, watch);
  }
  watches_ = std::move(watches);
  folders_ = std::move(by_watch);
  return all;
}

FolderWatch::Changes FolderWatch::Take() {
  Changes changes;
  if (fd_ < 0) return changes;
  alignas(inotify_event) char buffer[64 << 10];
  while (true) {
    const ssize_t got = read(fd_, buffer, sizeof buffer);
    if (got <= 0) return changes;
    for (const char* at = buffer; at < buffer + got;) {
      inotify_event event{};
      std::memcpy(&event, at, sizeof event);
      const char* name = at + sizeof event;
      at = name + event.len;
      if ((event.mask & IN_Q_OVERFLOW) != 0) changes.lost = true;
      if ((event.mask & kNames) != 0) changes.names_changed = true;
      const auto folder = folders_.find(event.wd);
      if (folder != folders_.end() && event.len > 0) {
        // A folder "." is how a relative pattern without a folder is watched.
        changes.paths.insert(folder->second == "." ? std::string(name)
                                                   : JoinPath(folder->second, name));
      }
    }
  }
}

}  // namespace narfi::shipper
