// What the config of a run says about messages:
// `loggers: {console: {config: {log_level: INFO}}}`.
#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "penstock/model/config_type.h"
#include "penstock/model/metadata.h"

namespace penstock {

/// The level of that name in any case, or Config with the names there are.
Result<LogLevel> parse_log_level(std::string_view name);
/// The names of levels in documents.
std::vector<std::pair<LogLevel, std::string_view>> config_names(LogLevel);
/// The type of `loggers`: null, or the loggers with their configs.
ConfigTypePtr loggers_config_type();
/// The least level of messages that a checked `loggers` wants to see while a run goes on; nothing
/// where it does not say. The argument is null where the document has none.
std::optional<LogLevel> read_console_level(const ConfigValue* loggers);

}  // namespace penstock
