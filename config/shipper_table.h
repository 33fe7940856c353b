// How the settings of narfi-shipper are spelled: one row a setting.
#pragma once

#include <string>

#include "config/bind.h"
#include "config/setting.h"
#include "config/shipper_settings.h"

namespace narfi::config {

SettingTable ShipperTable(ShipperSettings& settings);
SettingTable ClientTable(ClientSettings& client);
// Rows of one stage, below its name: "json.expressions".
SettingTable StageTable(StageSettings& stage);

// One entry of `scrape_configs`.
Result<ScrapeSettings> ReadScrapeConfig(const YamlNode& node, const BindContext& context);
std::string PrintScrapeConfig(const ScrapeSettings& scrape);

// A reader that refuses a construct that narfi-shipper does not do.
std::function<Status(const YamlNode&)> Refuse(std::string name, const BindContext& context);

}  // namespace narfi::config
