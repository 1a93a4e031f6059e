#include "penstock/model/execution_config.h"

#include "penstock/model/config_codec.h"
#include "penstock/model/config_document.h"

namespace penstock {
namespace {

ConfigTypePtr noneable(ConfigType type) {
  return std::make_shared<const ConfigType>(
      detail::container_type(ConfigKind::Noneable, std::move(type)));
}

ConfigField limit(std::string name, ConfigType type, std::string description) {
  ConfigField field;
  field.name = std::move(name);
  field.type = noneable(std::move(type));
  field.description = std::move(description);
  field.default_value = ConfigValue();
  return field;
}

ConfigField executor(std::string name, std::string description, bool concurrent) {
  std::vector<ConfigField> limits;
  if (concurrent)
    limits.push_back(limit("max_concurrent", detail::integer_type(1, 4096),
                           "steps at a time; null: as the settings say, else one per core"));
  limits.push_back(limit("memory", detail::simple_type(ConfigKind::Bytes),
                         "memory budget for running steps; null: as the settings say, else none"));
  ConfigField field;
  field.name = std::move(name);
  field.type = make_shape("", std::move(limits));
  field.description = std::move(description);
  return field;
}

}  // namespace

ConfigTypePtr execution_config_type() {
  static const ConfigTypePtr kType = [] {
    auto choice = std::make_shared<ConfigType>(detail::simple_type(ConfigKind::Selector));
    choice->fields = {executor("threads", "worker threads of one process", true),
                      executor("inline", "one step after another", false),
                      executor("processes", "steps in processes of their own", true)};
    ConfigField config;
    config.name = "config";
    config.type = std::move(choice);
    return noneable(*make_shape("execution", {std::move(config)}));
  }();
  return kType;
}

ExecutionChoice read_execution(const ConfigValue* execution) {
  const auto* config = execution != nullptr ? execution->find("config") : nullptr;
  if (config == nullptr || config->entries().size() != 1) return {};
  const auto& [name, limits, mark] = config->entries().front();
  ExecutionChoice choice{.executor = name};
  if (const auto* most = limits.find("max_concurrent"); most && !most->is_null())
    choice.max_concurrent = most->as_int();
  if (const auto* memory = limits.find("memory"); memory && !memory->is_null())
    choice.memory = detail::read_bytes(*memory);
  return choice;
}

}  // namespace penstock
