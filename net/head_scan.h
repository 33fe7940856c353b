// How long the parts of a request's head are, while it arrives: the request line, and the headers
// with the blank line that ends them. Each byte is looked at once.
#pragma once

#include <cstdint>
#include <string_view>

namespace narfi::net {

class HeadScan {
 public:
  // The bytes that follow those of the last call; none behind the end of the head are counted.
  void Take(std::string_view bytes) {
    while (!is_done_ && !bytes.empty()) {
      const size_t newline = bytes.find('\n');
      const size_t count = newline == std::string_view::npos ? bytes.size() : newline + 1;
      Count(bytes.substr(0, count));
      bytes.remove_prefix(count);
    }
  }

  uint64_t bytes() const { return line_bytes_ + header_bytes_; }
  uint64_t header_bytes() const { return header_bytes_; }

 private:
  // Of one line, the end of it or not.
  void Count(std::string_view piece) {
    (in_headers_ ? header_bytes_ : line_bytes_) += piece.size();
    const bool is_end = piece.ends_with('\n');
    is_blank_ = is_blank_ && piece.find_first_not_of("\r\n") == std::string_view::npos;
    if (!is_end) return;
    is_done_ = in_headers_ && is_blank_;
    in_headers_ = true;
    is_blank_ = true;
  }

  uint64_t line_bytes_ = 0;
  uint64_t header_bytes_ = 0;
  bool in_headers_ = false;
  bool is_blank_ = true;  // the line that has begun, so far
  bool is_done_ = false;
};

}  // namespace narfi::net
