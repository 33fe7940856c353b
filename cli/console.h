// Where output goes: the answer to one place, what is said about it to another.
#pragma once

#include <string>
#include <string_view>

namespace narfi::cli {

class Output {
 public:
  virtual ~Output() = default;
  // False once it cannot be written any more; everything after that is dropped.
  virtual bool Write(std::string_view text) = 0;
  // Why it cannot be written. Empty when nothing failed, and when only the reader left (a pipe into
  // `head`): that is no failure.
  virtual std::string error() const { return {}; }
};

// Writes to a file descriptor, whole lines at once. Does not own it.
// Threads: one at a time.
class FdOutput final : public Output {
 public:
  explicit FdOutput(int fd) : fd_(fd) {}
  bool Write(std::string_view text) override;
  std::string error() const override;

 private:
  int fd_;
  int errno_ = 0;  // of the write that failed
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
  bool progress = false;  // `err` is a terminal that somebody looks at
};

// True when `fd` is a terminal that wants colours: NO_COLOR is not set, TERM is not "dumb".
bool WantsColor(int fd);

}  // namespace narfi::cli
