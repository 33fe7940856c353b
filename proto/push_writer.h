// Writes logproto.PushRequest, stream by stream, entry by entry, without generated code.
//
//   PushWriter writer;
//   writer.BeginStream("{app=\"x\"}");
//   writer.AddEntry(time_ns, line);
//   const std::string body = writer.Take();
//
// Format:  proto/logproto.proto; structured metadata is not written.
// Threads: one at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace narfi::proto {

class PushWriter {
 public:
  // Entries that follow belong to this stream.
  void BeginStream(std::string_view labels);
  void AddEntry(int64_t time_ns, std::string_view line);
  // The message; the writer is empty afterwards.
  std::string Take();

 private:
  void EndStream();

  std::string out_;
  std::string stream_;  // the open StreamAdapter
  bool open_ = false;
};

}  // namespace narfi::proto
