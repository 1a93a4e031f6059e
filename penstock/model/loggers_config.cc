#include "penstock/model/loggers_config.h"

#include "penstock/base/narrow.h"
#include "penstock/base/text.h"
#include "penstock/model/config_codec.h"

namespace penstock {
namespace {

ConfigTypePtr noneable(ConfigType type) {
  return std::make_shared<const ConfigType>(
      detail::container_type(ConfigKind::Noneable, std::move(type)));
}

ConfigField field(std::string name, ConfigTypePtr type, std::string description) {
  ConfigField made;
  made.name = std::move(name);
  made.type = std::move(type);
  made.description = std::move(description);
  return made;
}

}  // namespace

Result<LogLevel> parse_log_level(std::string_view name) {
  const auto type = ConfigCodec<LogLevel>::type();
  if (const auto level = detail::enum_value(type, to_upper(name))) return LogLevel(*level);
  return make_error(ErrorCode::Config, quote(name) + " is none of " +
                                           describe_type(type).substr(sizeof("one of ") - 1));
}

std::vector<std::pair<LogLevel, std::string_view>> config_names(LogLevel) {
  std::vector<std::pair<LogLevel, std::string_view>> names;
  for (auto level = number_of(LogLevel::Debug); level <= number_of(LogLevel::Critical); ++level)
    names.emplace_back(LogLevel(level), to_string(LogLevel(level)));
  return names;
}

ConfigTypePtr loggers_config_type() {
  static const ConfigTypePtr kType = [] {
    auto level = field("log_level", noneable(ConfigCodec<LogLevel>::type()),
                       "least level of messages that are shown while the run goes on; null: as the "
                       "settings say, else WARNING");
    level.default_value = ConfigValue();
    auto console = make_shape(
        "console", {field("config", make_shape("console", {std::move(level)}), "")});
    return noneable(*make_shape(
        "loggers", {field("console", std::move(console), "the terminal of the launch")}));
  }();
  return kType;
}

std::optional<LogLevel> read_console_level(const ConfigValue* loggers) {
  const auto* at = loggers;
  for (const auto* key : {"console", "config", "log_level"}) at = at ? at->find(key) : nullptr;
  if (at == nullptr || at->is_null()) return {};
  return LogLevel(*detail::enum_value(ConfigCodec<LogLevel>::type(), at->as_string()));
}

}  // namespace penstock
