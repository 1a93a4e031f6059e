#include "penstock/model/input_loader.h"

#include <algorithm>

#include "penstock/base/files.h"
#include "penstock/base/text.h"
#include "penstock/model/config_document.h"
#include "penstock/model/config_internal.h"

namespace penstock {
namespace {

struct LiteralFile {
  std::filesystem::path path;
  static void describe(ConfigSchema<LiteralFile>& s) {
    s.field("path", &LiteralFile::path).describe("file that holds the value").required();
  }
};

constexpr std::string_view kFileLoaders[] = {"json", "yaml"};

OpDef source_op(std::string name, const UnboundInput& input, OpFunction call) {
  OpDef op;
  op.name = std::move(name);
  op.description = "gives the input " + input.name;
  op.outputs.push_back({"result", input.type});
  op.call = std::move(call);
  return op;
}

// A value that the document says itself.
Result<OpDef> literal_op(const UnboundInput& input, const ConfigValue& given,
                         const ConfigEnvironment& environment) {
  auto value = input.literal->read(given, *input.literal->type, environment);
  if (!value.ok()) return std::move(value).error();
  return source_op("literal", input, [value = std::move(*value)](OpCall& call) -> Status {
    call.outputs[0] = value;
    return {};
  });
}

// A value that stands in a file, read and checked when the run needs it.
OpDef file_op(std::string_view syntax, const UnboundInput& input,
              const ConfigEnvironment& environment) {
  const auto read = [literal = *input.literal, environment,
                     json = syntax == "json"](OpCall& call) -> Status {
    const auto& path = static_cast<const LiteralFile*>(call.config)->path;
    const auto text = PENSTOCK_TRY(read_file(path));
    auto parsed = parse_config(text, path.string(),
                               json ? ConfigSyntax::JsonText : ConfigSyntax::YamlText);
    if (!parsed.ok()) return detail::literal_error(parsed.problems);
    auto outcome = validate_config(*literal.type, parsed.value);
    if (!outcome.ok()) return detail::literal_error(outcome.problems);
    call.outputs[0] = PENSTOCK_TRY(literal.read(outcome.value, *literal.type, environment));
    return {};
  };
  auto op = source_op(std::string(syntax), input, read);
  op.config = config_type_of<LiteralFile>();
  return op;
}

const LoaderDef* find_loader(const std::vector<LoaderDef>& loaders, const UnboundInput& input,
                             std::string_view name) {
  for (const auto& loader : loaders)
    if (loader.type == input.type && loader.name == name) return &loader;
  return nullptr;
}

}  // namespace

namespace detail {

Error literal_error(const std::vector<ConfigProblem>& problems) {
  auto error = config_error(problems);
  error.code = ErrorCode::InvalidData;
  error.allow_retries = false;
  return error;
}

}  // namespace detail

std::vector<std::string> loader_names(const std::vector<LoaderDef>& loaders,
                                      const UnboundInput& input) {
  std::vector<std::string> names;
  for (const auto& loader : loaders)
    if (loader.type == input.type) names.push_back(loader.name);
  if (!input.literal) return names;
  for (const auto name : kFileLoaders)
    if (find_loader(loaders, input, name) == nullptr) names.emplace_back(name);
  if (find_loader(loaders, input, "value") == nullptr) names.emplace_back("value");
  return names;
}

ConfigTypePtr input_config_type(const std::vector<LoaderDef>& loaders, const UnboundInput& input) {
  auto type = std::make_shared<ConfigType>();
  type->kind = ConfigKind::Selector;
  type->name = input.type->name;
  if (input.literal) type->scalar = input.literal->type;
  for (const auto& name : loader_names(loaders, input)) {
    ConfigField field;
    field.name = name;
    if (const auto* loader = find_loader(loaders, input, name)) {
      field.type = loader->op->config ? loader->op->config : make_shape("", {});
      field.description = loader->op->description;
    } else {
      field.type = name == "value" ? input.literal->type : config_type_of<LiteralFile>();
      field.description = name == "value" ? "the value itself" : "a " + name + " file";
    }
    type->fields.push_back(std::move(field));
  }
  return type;
}

Result<InputSource> make_input_source(const std::vector<LoaderDef>& loaders,
                                      const UnboundInput& input, const ConfigValue& given,
                                      const ConfigEnvironment& environment) {
  const auto type = input_config_type(loaders, input);
  const auto* chosen = detail::chosen_alternative(*type, given);
  if (chosen == nullptr)
    return InputSource{
        std::make_shared<OpDef>(PENSTOCK_TRY(literal_op(input, given, environment)))};
  const auto& config = given.entries().front().value;
  if (const auto* loader = find_loader(loaders, input, chosen->name))
    return InputSource{loader->op, &config};
  if (chosen->name == "value")
    return InputSource{
        std::make_shared<OpDef>(PENSTOCK_TRY(literal_op(input, config, environment)))};
  return InputSource{std::make_shared<OpDef>(file_op(chosen->name, input, environment)), &config};
}

}  // namespace penstock
