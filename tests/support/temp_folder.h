// A folder of the machine that goes away with its owner; for what cannot live in a fake file
// system.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace narfi::testing {

class TempFolder {
 public:
  TempFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "narfi-test-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~TempFolder() {
    std::error_code ignored;  // a test must not fail for what it leaves behind
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace narfi::testing
