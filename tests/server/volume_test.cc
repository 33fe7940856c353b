#include "server/volume.h"

#include <doctest/doctest.h>

namespace narfi::server {
namespace {

std::map<Labels, StreamVolume> Streams() {
  std::map<Labels, StreamVolume> out;
  out[Labels({{"app", "a"}, {"env", "x"}})] = {1, 1, 10};
  out[Labels({{"app", "a"}, {"env", "y"}})] = {1, 1, 20};
  out[Labels({{"app", "b"}, {"env", "x"}})] = {1, 1, 25};
  return out;
}

std::string Show(const std::vector<VolumeSum>& sums) {
  std::string out;
  for (const VolumeSum& sum : sums) {
    for (const Label& label : sum.labels) out += label.name + "=" + label.value + " ";
    out += std::to_string(sum.bytes) + "; ";
  }
  return out;
}

TEST_CASE("volumes are summed by the labels asked for, largest first") {
  CHECK(Show(SumVolumes(Streams(), {false, {"app"}}, 10)) == "app=a 30; app=b 25; ");
  CHECK(Show(SumVolumes(Streams(), {false, {"app"}}, 1)) == "app=a 30; ");
  CHECK(Show(SumVolumes(Streams(), {false, {}}, 10)) ==
        "app=b env=x 25; app=a env=y 20; app=a env=x 10; ");
  CHECK(Show(SumVolumes(Streams(), {true, {}}, 10)) == "app= 55; env= 55; ");
}

}  // namespace
}  // namespace narfi::server
