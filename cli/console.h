// Where output goes: the answer to one place, what is said about it to another.
#pragma once

#include <string>
#include <string_view>

namespace narfi::cli {

class Output {
 public:
  virtual ~Output() = default;
  // False once nobody reads any more; everything after that is dropped.
  virtual bool Write(std::string_view text) = 0;
};

// Writes to a file descriptor, whole lines at once. Does not own it.
// Threads: one at a time.
class FdOutput final : public Output {
 public:
  explicit FdOutput(int fd) : fd_(fd) {}
  bool Write(std::string_view text) override;

 private:
  int fd_;
  bool broken_ = false;
};

class StringOutput final : public Output {
 public:
  bool Write(std::string_view text) override {
    text_ += text;
    return true;
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

struct Console {
  Output& out;  // the answer
  Output& err;  // metadata, warnings, errors
  bool color = false;
};

// True when `fd` is a terminal that wants colours: NO_COLOR is not set, TERM is not "dumb".
bool WantsColor(int fd);

}  // namespace narfi::cli
