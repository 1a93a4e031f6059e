#include "penstock/model/definitions.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "penstock/base/text.h"
#include "penstock/model/execution_config.h"
#include "penstock/model/loggers_config.h"
#include "penstock/model/hook.h"
#include "penstock/model/io_manager.h"

namespace penstock {

Result<std::shared_ptr<const JobDef>> Definitions::find_job(std::string_view name) const {
  std::vector<std::string> names;
  for (const auto& job : jobs()) {
    if (job->name == name) return job;
    names.push_back(job->name);
  }
  std::string text = fmt::format("there is no job {}", quote(name));
  if (const auto near = closest_name(name, names))
    text += fmt::format("; did you mean {}?", quote(*near));
  else
    text += names.empty() ? "; no jobs are defined" : "; there are: " + join(names, ", ");
  return make_error(ErrorCode::NotFound, std::move(text));
}

const ResourceDef* Definitions::find_resource(const ResourceNeed& need) const {
  const ResourceDef* found = nullptr;
  for (const auto& resource : resources()) {
    if (*resource->type != *need.type) continue;
    if (!need.name.empty() && resource->name != need.name) continue;
    if (found != nullptr) return nullptr;
    found = resource.get();
  }
  return found;
}

Definitions Definitions::with_resource(std::shared_ptr<const ResourceDef> resource) const {
  Parts parts = *parts_;
  std::erase_if(parts.resources, [&](const auto& known) { return known->name == resource->name; });
  parts.resources.push_back(std::move(resource));
  return Definitions(std::move(parts));
}

namespace {

using VisitNeed = std::function<void(const ResourceNeed&)>;

void visit_needs(const std::vector<HookDefPtr>& hooks, const VisitNeed& visit) {
  for (const auto& hook : hooks)
    for (const auto& need : hook->resources) visit(need);
}

/// What the ops and hooks of a graph need.
void visit_needs(const GraphDef& graph, const VisitNeed& visit) {
  for (const auto& node : graph.nodes) {
    if (node.op) {
      for (const auto& need : node.op->resources) visit(need);
      visit_needs(node.op->hooks, visit);
      for (std::size_t port = 0; port < node.op->outputs.size(); ++port)
        if (const auto& io = manager_of(node, port); !io.empty()) visit(manager_need(io));
      for (std::size_t input = 0; input < node.op->inputs.size(); ++input)
        if (const auto& io = loader_of(node, input); !io.empty()) visit(manager_need(io));
    }
    visit_needs(node.options.hooks, visit);
    if (node.graph) visit_needs(*node.graph, visit);
  }
}

void visit_unbound(const GraphDef& graph, const std::function<void(const UnboundInput&)>& visit) {
  for (const auto& input : graph.unbound) visit(input);
  for (const auto& node : graph.nodes)
    if (node.graph) visit_unbound(*node.graph, visit);
}

void add_resource(const Definitions& definitions, const ResourceNeed& need,
                  std::set<const ResourceDef*>& seen, std::vector<const ResourceDef*>& ordered) {
  const auto* resource = definitions.find_resource(need);
  if (resource == nullptr || !seen.insert(resource).second) return;
  for (const auto& inner : resource->resources) add_resource(definitions, inner, seen, ordered);
  ordered.push_back(resource);
}

/// `{config: …}` of each that has one, by name.
template <class Parts>
void add_section(std::vector<ConfigField>& fields, const std::string& section, const Parts& parts) {
  std::vector<ConfigField> entries;
  for (const auto& part : parts) {
    const auto is_there = [&](const auto& field) { return field.name == part->name; };
    if (!part->config || std::ranges::any_of(entries, is_there)) continue;
    entries.push_back({.name = part->name,
                       .type = make_shape(part->name, {{.name = "config", .type = part->config}})});
    if constexpr (requires { part->description; }) entries.back().description = part->description;
  }
  if (!entries.empty())
    fields.push_back({.name = section, .type = make_shape(section, std::move(entries))});
}

ConfigTypePtr fix(ConfigTypePtr type, const std::optional<ConfigValue>& fixed) {
  return fixed ? fix_config(type, *fixed).type : std::move(type);
}

std::vector<ConfigField> graph_fields(const Definitions& definitions, const GraphDef& graph);

/// `{config: …}` of an op or mapped graph, `{inputs: …, ops: …}` of a plain graph; null when there
/// is nothing to say.
ConfigTypePtr node_type(const Definitions& definitions, const NodeDef& node) {
  auto config = node_config_type(definitions, node);
  if (!config || (node.graph && !node.graph->mapping)) return config;
  return make_shape(node.name, {{.name = "config", .type = std::move(config)}});
}

ConfigTypePtr ops_type(const Definitions& definitions, const GraphDef& graph) {
  std::vector<ConfigField> fields;
  for (const auto& node : graph.nodes)
    if (auto type = node_type(definitions, node))
      fields.push_back({.name = node.name,
                        .type = std::move(type),
                        .description = node.op ? node.op->description : node.graph->description});
  return fields.empty() ? nullptr : make_shape("ops", std::move(fields));
}

ConfigTypePtr inputs_type(const Definitions& definitions, const GraphDef& graph) {
  std::vector<ConfigField> fields;
  for (const auto& input : graph.unbound) {
    ConfigField field{.name = input.name,
                      .type = input_config_type(definitions.loaders(), input),
                      .description = input.description};
    field.default_value = input.default_value;
    fields.push_back(std::move(field));
  }
  return fields.empty() ? nullptr : make_shape("inputs", std::move(fields));
}

std::vector<ConfigField> graph_fields(const Definitions& definitions, const GraphDef& graph) {
  std::vector<ConfigField> fields;
  if (auto inputs = inputs_type(definitions, graph))
    fields.push_back({.name = "inputs", .type = std::move(inputs)});
  if (auto ops = ops_type(definitions, graph))
    fields.push_back({.name = "ops", .type = std::move(ops)});
  return fields;
}

}  // namespace

ConfigTypePtr node_config_type(const Definitions& definitions, const NodeDef& node) {
  if (node.op) return node.op->config ? fix(node.op->config, node.options.config) : nullptr;
  auto type = node.graph->mapping ? node.graph->mapping->outer : nullptr;
  if (!type) {
    auto fields = graph_fields(definitions, *node.graph);
    if (fields.empty()) return nullptr;
    type = make_shape(node.name, std::move(fields));
  }
  return fix(fix(std::move(type), node.graph->fixed), node.options.config);
}

std::vector<const ResourceDef*> resources_of(const Definitions& definitions, const JobDef& job) {
  std::set<const ResourceDef*> seen;
  std::vector<const ResourceDef*> ordered;
  const auto add = [&](const ResourceNeed& need) {
    add_resource(definitions, need, seen, ordered);
  };
  visit_needs(*job.graph, add);
  visit_needs(job.hooks, add);
  visit_unbound(*job.graph, [&](const UnboundInput& input) {
    for (const auto& loader : definitions.loaders())
      if (loader.type == input.type)
        for (const auto& need : loader.op->resources)
          add_resource(definitions, need, seen, ordered);
  });
  return ordered;
}

std::vector<HookDefPtr> hooks_of(const JobDef& job) {
  std::vector<HookDefPtr> found;
  const auto add = [&](const std::vector<HookDefPtr>& hooks) {
    for (const auto& hook : hooks)
      if (std::ranges::find(found, hook) == found.end()) found.push_back(hook);
  };
  const std::function<void(const GraphDef&)> visit = [&](const GraphDef& graph) {
    for (const auto& node : graph.nodes) {
      if (node.op) add(node.op->hooks);
      add(node.options.hooks);
      if (node.graph) visit(*node.graph);
    }
  };
  add(job.hooks);
  visit(*job.graph);
  return found;
}

std::vector<std::string> pools_of(const Definitions& definitions, const JobDef& job) {
  std::set<std::string> names;
  const std::function<void(const GraphDef&)> visit = [&](const GraphDef& graph) {
    for (const auto& node : graph.nodes) {
      for (const auto& [name, amount] : node.options.pools) names.insert(name);
      if (node.op)
        for (const auto& [name, amount] : node.op->pools) names.insert(name);
      if (node.graph) visit(*node.graph);
    }
  };
  visit(*job.graph);
  visit_unbound(*job.graph, [&](const UnboundInput& input) {
    for (const auto& loader : definitions.loaders())
      if (loader.type == input.type)
        for (const auto& [name, amount] : loader.op->pools) names.insert(name);
  });
  for (const auto* resource : resources_of(definitions, job))
    if (resource->tokens > 0 || resource->exclusive) names.insert(resource->name);
  return {names.begin(), names.end()};
}

ConfigTypePtr inner_config_type(const Definitions& definitions, const GraphDef& graph) {
  return make_shape(graph.name, graph_fields(definitions, graph));
}

ConfigTypePtr inner_config_type(const Definitions& definitions, const JobDef& job) {
  auto fields = graph_fields(definitions, *job.graph);
  add_section(fields, "resources", resources_of(definitions, job));
  add_section(fields, "hooks", hooks_of(job));
  fields.push_back({.name = "execution",
                    .type = execution_config_type(),
                    .description = "where steps run, and how many at a time"});
  fields.push_back({.name = "loggers",
                    .type = loggers_config_type(),
                    .description = "which messages are shown"});
  return make_shape(job.name, std::move(fields));
}

ConfigTypePtr job_config_type(const Definitions& definitions, const JobDef& job) {
  return fix(job.mapping ? job.mapping->outer : inner_config_type(definitions, job), job.fixed);
}

}  // namespace penstock
