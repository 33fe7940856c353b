#include "cli/console.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace narfi::cli {

bool FdOutput::Write(std::string_view text) {
  while (!broken_ && !text.empty()) {
    const ssize_t written = write(fd_, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<size_t>(written));
    } else if (errno != EINTR) {
      broken_ = true;
    }
  }
  return !broken_;
}

bool WantsColor(int fd) {
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  return isatty(fd) == 1 && (no_color == nullptr || *no_color == '\0') && term != nullptr &&
         std::string_view(term) != "dumb";
}

}  // namespace narfi::cli
