// How many threads of this machine can work at a time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <thread>

namespace narfi {

// At least two, where the machine has one or does not say.
inline size_t Cores() { return std::max(2U, std::thread::hardware_concurrency()); }

}  // namespace narfi
