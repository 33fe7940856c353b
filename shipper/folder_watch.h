// Tells at once when something changes in one of a set of folders: inotify, where it works.
//
// Where it does not (network file systems, no watches left), nobody is told and polling finds the
// change a little later.
//
// Threads: one at a time.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

namespace narfi::shipper {

class FolderWatch {
 public:
  FolderWatch();
  ~FolderWatch();
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;

  // The folders to watch from now on. False when one of them cannot be watched.
  bool Watch(const std::vector<std::string>& folders);

  struct Changes {
    std::set<std::string> paths;  // written to, created, renamed or removed
    bool names_changed = false;   // files came or went
    bool lost = false;            // more happened than was told: look at everything
  };
  // What happened since the last call; never waits.
  Changes Take();

  // To poll() on; readable when Take() has something. -1: none.
  int fd() const { return fd_; }

 private:
  int fd_ = -1;
  std::map<std::string, int> watches_;
  std::map<int, std::string> folders_;
};

}  // namespace narfi::shipper
