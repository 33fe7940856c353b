// Addresses in text: the text up to the first newline is the pattern, the rest is searched.
#include "line/ip_match.h"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t newline = std::min(input.find('\n'), input.size());
  const std::string_view pattern = input.substr(0, newline);
  const std::string_view text = input.substr(std::min(newline + 1, input.size()));
  const auto matcher = narfi::line::IpMatcher::Parse(pattern);
  if (!matcher) return 0;
  const bool found = matcher->IsIn(text);
  narfi::line::IpAddress address;
  // A text that is an address is found exactly when it is one of them.
  if (narfi::line::ParseIpAddress(text, address) && found != matcher->Contains(address))
    std::abort();
  if (narfi::line::ParseIpAddress(pattern, address) && !matcher->IsIn(pattern)) std::abort();
  return 0;
}
