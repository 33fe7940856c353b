// How the settings of narfid are spelled: one row a setting.
#pragma once

#include <string>

#include "config/load.h"
#include "config/narfid_settings.h"
#include "config/setting.h"

namespace narfi::config {

// Appends the rows of limits_config; `limits` is where Limits::defaults() is being read.
void AppendLimitsTable(SettingTable& table, Limits& limits, const std::string& prefix);
SettingTable NarfidTable(NarfidSettings& settings, Limits& limits);

// -config.file and the other flags that are no settings.
void AppendInvocationTable(SettingTable& table, Invocation& invocation);

// Checks shared by both daemons.
std::string CheckLogLevel(std::string_view text);
std::string CheckLogFormat(std::string_view text);

}  // namespace narfi::config
