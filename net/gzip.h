// Writes a gzip stream piece by piece (zlib at its fastest level).
//
// Threads: one at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace narfi::net {

class GzipWriter {
 public:
  GzipWriter();
  ~GzipWriter();
  GzipWriter(const GzipWriter&) = delete;
  GzipWriter& operator=(const GzipWriter&) = delete;

  // Appends what is ready of the compressed stream to `out`; nothing may be.
  void Append(std::string_view text, std::string& out);
  // Appends the rest of the stream. Nothing may follow.
  void Finish(std::string& out);

 private:
  struct State;
  void Run(std::string_view text, int flush, std::string& out);
  std::unique_ptr<State> state_;
};

}  // namespace narfi::net
