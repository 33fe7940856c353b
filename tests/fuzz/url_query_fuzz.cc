// Query strings as clients send them: what is read must survive writing and reading again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "net/request_head.h"
#include "net/url.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  narfi::net::Params params;
  static_cast<void>(narfi::net::ParseQuery(text, params));
  narfi::net::Params back;
  if (!narfi::net::ParseQuery(narfi::net::BuildQuery(params), back)) std::abort();
  if (back != params) std::abort();

  narfi::net::HttpRequest request;
  request.target = text;
  const auto problem = narfi::net::ReadHead(request, 0);
  if (problem.status == 0 && request.path.empty()) std::abort();
  return 0;
}
