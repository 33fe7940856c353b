#include "base/quick_hash.h"

#include <sys/random.h>

#include "base/clock.h"

namespace narfi {
namespace {

// Odd, so that no length takes the rest of a product away.
uint64_t DrawSecret() {
  uint64_t secret = 0;
  if (getrandom(&secret, sizeof secret, 0) != sizeof secret)
    secret = static_cast<uint64_t>(SystemClock().NowNs()) * 0x9E3779B97F4A7C15ULL;
  return secret | 1;
}

}  // namespace

const uint64_t kHashSecrets[2] = {DrawSecret(), DrawSecret()};

}  // namespace narfi
