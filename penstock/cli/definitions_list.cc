#include <nlohmann/json.hpp>

#include "penstock/cli/commands.h"
#include "penstock/view/text_table.h"

namespace penstock {
namespace {

Json named_json(const std::string& name, const std::string& description) {
  return {{"name", name}, {"description", description}};
}

Result<ExitCode> execute_definitions_list(CommandContext& context) {
  const auto definitions = PENSTOCK_TRY(context.services.definitions());
  Json json{{"schema", "definitions_list.v1"},
            {"jobs", Json::array()},
            {"ops", Json::array()},
            {"resources", Json::array()}};
  TextTable table({{"KIND"}, {"NAME"}, {"TYPE"}, {"DESCRIPTION", Align::Left, true}});
  for (const auto& job : definitions.jobs()) {
    json["jobs"].push_back(named_json(job->name, job->description));
    table.add({"job", job->name, "", job->description});
  }
  for (const auto& op : definitions.ops()) {
    json["ops"].push_back(named_json(op->name, op->description));
    table.add({"op", op->name, "", op->description});
  }
  for (const auto& resource : definitions.resources()) {
    json["resources"].push_back(named_json(resource->name, resource->description));
    json["resources"].back()["type"] = resource->type_name;
    table.add({"resource", resource->name, resource->type_name, resource->description});
  }
  if (context.global.json)
    context.print_json(json);
  else if (table.empty())
    context.hint("this program declares nothing");
  else
    context.print(table.to_text(context.global.style));
  return ExitCode::Done;
}

}  // namespace

CommandSpec definitions_list_command() {
  return {.name = "definitions list",
          .summary = "list jobs, ops and resources of this program",
          .examples = {"definitions list"},
          .run = execute_definitions_list,
          .aliases = {"list defs"}};
}

}  // namespace penstock
