// Who we are, and whose API we speak.
#pragma once

#include <string_view>

namespace narfi::server {

constexpr std::string_view kVersion = "0.1.0";
// What Grafana and agents are told, since they switch features on by it.
constexpr std::string_view kLokiVersion = "3.7.6";

}  // namespace narfi::server
