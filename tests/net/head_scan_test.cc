#include "net/head_scan.h"

#include <doctest/doctest.h>

#include <string>

namespace narfi::net {
namespace {

TEST_CASE("HeadScan counts line and headers to the end of the head, however they arrive") {
  struct Case {
    std::string_view bytes;
    uint64_t head;
    uint64_t headers;
  };
  for (const Case& c :
       {Case{"", 0, 0}, Case{"GET /", 5, 0}, Case{"GET / HTTP/1.1\r\n", 16, 0},
        Case{"GET / HTTP/1.1\r\nA: b", 20, 4}, Case{"GET / HTTP/1.1\r\nA: b\r\n\r", 23, 7},
        Case{"GET / HTTP/1.1\r\nA: b\r\n\r\n\r\nbody\r\n\r\n", 24, 8},
        Case{"GET / HTTP/1.1\r\n\r\nbody", 18, 2}}) {
    CAPTURE(std::string(c.bytes));
    for (size_t step = 1; step <= c.bytes.size() + 1; ++step) {
      HeadScan scan;
      for (size_t at = 0; at < c.bytes.size(); at += step) scan.Take(c.bytes.substr(at, step));
      CHECK(scan.bytes() == c.head);
      CHECK(scan.header_bytes() == c.headers);
    }
  }
}

}  // namespace
}  // namespace narfi::net
