#include "net/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <limits>

#include "base/check.h"

namespace narfi::net {

struct GzipWriter::State {
  z_stream stream{};
};

GzipWriter::GzipWriter() : state_(std::make_unique<State>()) {
  constexpr int kGzipWindow = 15 + 16;  // +16: a gzip header and trailer
  const int error =
      deflateInit2(&state_->stream, Z_BEST_SPEED, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY);
  NARFI_CHECK(error == Z_OK);  // only wrong arguments or no memory can make it fail
}

GzipWriter::~GzipWriter() { deflateEnd(&state_->stream); }

void GzipWriter::Append(std::string_view text, std::string& out) { Run(text, Z_NO_FLUSH, out); }
void GzipWriter::Finish(std::string& out) { Run({}, Z_FINISH, out); }

void GzipWriter::Run(std::string_view text, int flush, std::string& out) {
  z_stream& stream = state_->stream;
  do {
    const auto piece =
        static_cast<uInt>(std::min<size_t>(text.size(), std::numeric_limits<uInt>::max()));
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = piece;
    text.remove_prefix(piece);
    int result = Z_OK;
    do {
      char room[16 << 10];
      stream.next_out = reinterpret_cast<Bytef*>(room);
      stream.avail_out = sizeof room;
      result = deflate(&stream, flush);
      NARFI_CHECK(result != Z_STREAM_ERROR);
      out.append(room, sizeof room - stream.avail_out);
    } while (stream.avail_out == 0);
  } while (!text.empty());
}

}  // namespace narfi::net
