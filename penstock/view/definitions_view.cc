#include "penstock/view/definitions_view.h"

#include <array>
#include <nlohmann/json.hpp>

#include "penstock/model/config_document.h"
#include "penstock/model/hook.h"
#include "penstock/view/job_view.h"
#include "penstock/view/view_json.h"

namespace penstock {
namespace {

constexpr std::array kTriggers = {"all_success", "none_failed", "any_success", "any_failed",
                                  "all_done"};
constexpr std::array kBackoffs = {"none", "linear", "exponential"};
constexpr std::array kJitters = {"none", "full", "plus_minus"};
constexpr std::array kJoins = {"none", "zip", "product"};

Json retry_json(const RetryPolicy& policy) {
  return {{"max_retries", policy.max_retries},
          {"delay_us", policy.delay.count()},
          {"max_delay_us", policy.max_delay.count()},
          {"backoff", kBackoffs[std::size_t(policy.backoff)]},
          {"jitter", kJitters[std::size_t(policy.jitter)]}};
}

Json config_json(const ConfigTypePtr& type) { return type ? json_schema(*type) : Json(); }

Json needs_json(const std::vector<ResourceNeed>& needs) {
  Json list = Json::array();
  for (const auto& need : needs)
    list.push_back(
        {{"name", need.name.empty() ? Json() : Json(need.name)}, {"type", need.type_name}});
  return list;
}

Json hooks_json(const std::vector<HookDefPtr>& hooks) {
  Json list = Json::array();
  for (const auto& hook : hooks)
    list.push_back({{"name", hook->name},
                    {"on", hook->when == HookDef::When::Success ? "success" : "failure"},
                    {"resources", needs_json(hook->resources)}});
  return list;
}

template <class Port>
Json port_json(const Port& port) {
  return {{"name", port.name},
          {"type", port.type ? port.type->name : std::string()},
          {"stream", port.stream},
          {"description", port.description},
          {"metadata", metadata_json(port.metadata)}};
}

Json inputs_json(const std::vector<InputDef>& inputs) {
  Json list = Json::array();
  for (const auto& input : inputs) {
    auto json = port_json(input);
    json["required"] = !input.optional;
    list.push_back(std::move(json));
  }
  return list;
}

Json outputs_json(const std::vector<OutputDef>& outputs) {
  Json list = Json::array();
  for (const auto& output : outputs) {
    auto json = port_json(output);
    json["required"] = output.required;
    json["dynamic"] = output.dynamic;
    json["nothing"] = output.nothing;
    json["keep"] = output.keep ? Json(to_string(*output.keep)) : Json();
    json["io"] = output.io.empty() ? Json() : Json(output.io);
    list.push_back(std::move(json));
  }
  return list;
}

Json op_json(const OpDef& op) {
  return {{"name", op.name},
          {"description", op.description},
          {"inputs", inputs_json(op.inputs)},
          {"outputs", outputs_json(op.outputs)},
          {"config", config_json(op.config)},
          {"resources", needs_json(op.resources)},
          {"tags", op.tags},
          {"retry", op.retry ? retry_json(*op.retry) : Json()},
          {"trigger", kTriggers[std::size_t(op.trigger)]},
          {"priority", op.priority},
          {"cpu", op.cpu},
          {"declares_memory", bool(op.memory)},
          {"timeout_us", op.timeout.count()},
          {"executor", op.executor ? Json(to_string(*op.executor)) : Json()},
          {"pools", op.pools},
          {"hooks", hooks_json(op.hooks)}};
}

Json resource_json(const ResourceDef& resource) {
  return {{"name", resource.name},
          {"type", resource.type_name},
          {"description", resource.description},
          {"config", config_json(resource.config)},
          {"resources", needs_json(resource.resources)},
          {"scope", to_string(resource.scope)},
          {"exclusive", resource.exclusive},
          {"tokens", resource.tokens}};
}

// What a use of an op or graph sets for itself; what it leaves open is left out.
void add_options(Json& json, const NodeDef& node) {
  const auto& options = node.options;
  if (!options.tags.empty()) json["tags"] = options.tags;
  if (options.retry) json["retry"] = retry_json(*options.retry);
  if (options.priority) json["priority"] = *options.priority;
  if (options.trigger) json["trigger"] = kTriggers[std::size_t(*options.trigger)];
  if (options.cpu) json["cpu"] = *options.cpu;
  if (options.memory) json["declares_memory"] = true;
  if (options.timeout) json["timeout_us"] = options.timeout->count();
  if (options.keep) json["keep"] = to_string(*options.keep);
  if (!options.io.empty()) json["io"] = options.io;
  if (options.executor) json["executor"] = to_string(*options.executor);
  if (!options.pools.empty()) json["pools"] = options.pools;
  if (options.max_in_flight > 0) json["max_in_flight"] = options.max_in_flight;
  if (options.buffer > 0) json["buffer"] = options.buffer;
  if (!options.hooks.empty()) json["hooks"] = hooks_json(options.hooks);
  if (node.join != JoinKind::None) json["joins"] = kJoins[std::size_t(node.join)];
  if (node.reduce)
    json["reduces"] = {{"fan_in", node.reduce->fan_in}, {"drop_failed", node.reduce->drop_failed}};
}

void add_options(Json& nodes, const GraphDef& graph) {
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    add_options(nodes[i], graph.nodes[i]);
    for (const auto& before : graph.nodes[i].after)
      nodes[i]["after"].push_back(graph.nodes[before.node].name);
    if (graph.nodes[i].graph) add_options(nodes[i]["nodes"], *graph.nodes[i].graph);
  }
}

Json job_json(const Definitions& definitions, const JobDef& job) {
  auto json = job_view_json(job_view(definitions, job));
  json.erase("schema");
  add_options(json["nodes"], *job.graph);
  json["metadata"] = metadata_json(job.metadata);
  json["run_tags"] = job.run_tags;
  json["config"] = json_schema(*job_config_type(definitions, job));
  json["default_config"] = to_json(job.default_config);
  json["retry"] = retry_json(job.retry);
  json["keep"] = job.keep ? Json(to_string(*job.keep)) : Json();
  json["order"] = to_string(job.order);
  json["max_runtime_us"] = job.max_runtime.count();
  json["pools"] = job.pools;
  json["hooks"] = hooks_json(job.hooks);
  return json;
}

}  // namespace

Json definitions_json(const Definitions& definitions) {
  Json json{{"schema", "definitions.v1"},
            {"ops", Json::array()},
            {"resources", Json::array()},
            {"loaders", Json::array()},
            {"jobs", Json::array()}};
  for (const auto& op : definitions.ops()) json["ops"].push_back(op_json(*op));
  for (const auto& resource : definitions.resources())
    json["resources"].push_back(resource_json(*resource));
  for (const auto& loader : definitions.loaders())
    json["loaders"].push_back({{"name", loader.name},
                               {"type", loader.type->name},
                               {"description", loader.op->description},
                               {"config", config_json(loader.op->config)}});
  for (const auto& job : definitions.jobs()) json["jobs"].push_back(job_json(definitions, *job));
  return json;
}

}  // namespace penstock
