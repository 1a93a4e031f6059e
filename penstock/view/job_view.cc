#include "penstock/view/job_view.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "penstock/base/text.h"

namespace penstock {
namespace {

std::string source_text(const GraphDef& graph, const SourceDef& source) {
  switch (source.kind) {
    case SourceDef::Kind::Output: {
      const auto& node = graph.nodes[source.node];
      const auto& outputs = node.op ? node.op->outputs : node.graph->outputs;
      std::string text = node.name;
      if (outputs.size() > 1) text += "." + outputs[source.port].name;
      return text;
    }
    case SourceDef::Kind::Input:
      return "input " + graph.inputs[source.port].name;
    case SourceDef::Kind::Unbound:
      return "config input " + graph.unbound[source.port].name;
    case SourceDef::Kind::Collect:
      return "all of " + source_text(graph, source.parts.front());
    case SourceDef::Kind::FanIn: {
      std::vector<std::string> parts;
      for (const auto& part : source.parts) parts.push_back(source_text(graph, part));
      return join(parts, ", ");
    }
  }
  return {};
}

std::string type_text(const ValueType* type) { return type ? type->name : std::string(); }

std::string output_text(const OutputDef& output, bool is_only) {
  std::string type = output.nothing ? "nothing" : type_text(output.type);
  if (output.dynamic) type = "many " + type;
  if (!output.required) type += " (optional)";
  return is_only ? type : output.name + ": " + type;
}

std::map<std::string, std::string> shown(const Metadata& metadata) {
  std::map<std::string, std::string> texts;
  for (const auto& [name, value] : metadata) texts[name] = value.display();
  return texts;
}

template <class Port>
void add_notes(const std::vector<Port>& ports, std::vector<JobPortNote>& notes) {
  for (const auto& port : ports)
    if (!port.description.empty() || !port.metadata.empty())
      notes.push_back({port.name, port.description, shown(port.metadata)});
}

JobNodeView node_view(const GraphDef& graph, const NodeDef& node);

std::vector<JobNodeView> node_views(const GraphDef& graph) {
  std::vector<JobNodeView> views;
  for (const auto& node : graph.nodes) views.push_back(node_view(graph, node));
  return views;
}

JobNodeView node_view(const GraphDef& graph, const NodeDef& node) {
  JobNodeView view;
  view.name = node.name;
  view.is_graph = node.graph != nullptr;
  view.op = node.op ? node.op->name : node.graph->name;
  view.description = node.op ? node.op->description : node.graph->description;
  const auto& inputs = node.op ? node.op->inputs : node.graph->inputs;
  const auto& outputs = node.op ? node.op->outputs : node.graph->outputs;
  if (node.mapped) view.mapped_over = source_text(graph, node.inputs[node.mapped_input]);
  for (std::size_t i = 0; i < inputs.size() && i < node.inputs.size(); ++i)
    view.inputs.push_back(
        {inputs[i].name, type_text(inputs[i].type), source_text(graph, node.inputs[i])});
  for (const auto& output : outputs)
    view.outputs.push_back(output_text(output, outputs.size() == 1));
  if (node.op)
    for (const auto& need : node.op->resources)
      view.resources.push_back(need.name.empty() ? need.type_name : need.name);
  add_notes(inputs, view.about);
  add_notes(outputs, view.about);
  if (node.graph) view.nodes = node_views(*node.graph);
  return view;
}

std::string node_text(const JobNodeView& node, const std::string& indent, const TextStyle& style) {
  std::string out = indent + paint(node.name, node.is_graph ? Tone::Strong : Tone::Plain, style);
  if (node.op != node.name) out += " (" + node.op + ")";
  std::vector<std::string> inputs;
  for (const auto& input : node.inputs)
    inputs.push_back(fmt::format("{}: {} from {}", input.name, input.type, input.from));
  if (!inputs.empty()) out += "(" + join(inputs, ", ") + ")";
  if (!node.outputs.empty()) out += " -> " + join(node.outputs, ", ");
  if (!node.mapped_over.empty()) out += paint(", once per item", Tone::Active, style);
  if (!node.resources.empty())
    out += paint("  uses " + join(node.resources, ", "), Tone::Dim, style);
  out += "\n";
  if (!node.description.empty())
    out += paint(indented(node.description, indent + "    "), Tone::Dim, style) + "\n";
  for (const auto& note : node.about) {
    auto line = indent + "    " + note.name + ": " + note.description;
    for (const auto& [name, value] : note.metadata) line += fmt::format("  {}={}", name, value);
    out += paint(line, Tone::Dim, style) + "\n";
  }
  for (const auto& inner : node.nodes) out += node_text(inner, indent + "  ", style);
  return out;
}

std::string config_text(const JobView& view, const TextStyle& style) {
  if (view.config.empty()) return {};
  std::string out = "\n" + paint("config", Tone::Strong, style) + "\n";
  for (const auto& field : view.config) {
    out += fmt::format("  {}: {}", field.path, field.type);
    out += field.required ? paint(", required", Tone::Warn, style) : " = " + field.default_value;
    out += "\n";
    if (!field.description.empty())
      out += paint(indented(field.description, "      "), Tone::Dim, style) + "\n";
  }
  return out;
}

void add_fields(std::vector<ConfigFieldView>& fields, const ConfigType& type,
                const std::string& path) {
  for (const auto& field : type.fields) {
    const std::string name = path.empty() ? field.name : path + "." + field.name;
    if (field.type->kind == ConfigKind::Shape && !field.type->fields.empty()) {
      add_fields(fields, *field.type, name);
      continue;
    }
    const bool is_secret = field.type->secret;
    fields.push_back({name, describe_type(*field.type),
                      !field.default_value ? ""
                      : is_secret          ? "****"
                                           : brief(*field.default_value),
                      field.description, field.required});
  }
}

Json node_json(const JobNodeView& node) {
  Json json{{"name", node.name}, {"kind", node.is_graph ? "graph" : "op"}, {"of", node.op}};
  if (!node.description.empty()) json["description"] = node.description;
  if (!node.mapped_over.empty()) json["mapped_over"] = node.mapped_over;
  json["inputs"] = Json::array();
  for (const auto& input : node.inputs)
    json["inputs"].push_back({{"name", input.name}, {"type", input.type}, {"from", input.from}});
  json["outputs"] = node.outputs;
  for (const auto& note : node.about) {
    auto& about = json["about"][note.name];
    about = Json{{"description", note.description}};
    if (!note.metadata.empty()) about["metadata"] = note.metadata;
  }
  if (!node.is_graph) json["resources"] = node.resources;
  if (!node.is_graph) return json;
  json["nodes"] = Json::array();
  for (const auto& inner : node.nodes) json["nodes"].push_back(node_json(inner));
  return json;
}

}  // namespace

std::size_t count_ops(const GraphDef& graph) {
  std::size_t ops = 0;
  for (const auto& node : graph.nodes) ops += node.graph ? count_ops(*node.graph) : 1;
  return ops;
}

std::vector<ConfigFieldView> config_fields(const ConfigType& type) {
  std::vector<ConfigFieldView> fields;
  add_fields(fields, type, "");
  return fields;
}

JobView job_view(const Definitions& definitions, const JobDef& job) {
  JobView view;
  view.name = job.name;
  view.description = job.description;
  view.tags = job.tags;
  view.metadata = shown(job.metadata);
  view.nodes = node_views(*job.graph);
  for (const auto* resource : resources_of(definitions, job))
    view.resources.push_back(resource->name);
  view.config = config_fields(*job_config_type(definitions, job));
  return view;
}

std::string job_view_text(const JobView& view, const TextStyle& style) {
  std::string out = paint(view.name, Tone::Strong, style) + "\n";
  if (!view.description.empty()) out += indented(view.description, "  ") + "\n";
  out += "\n" + paint("graph", Tone::Strong, style) + "\n";
  for (const auto& node : view.nodes) out += node_text(node, "  ", style);
  if (!view.resources.empty())
    out +=
        "\n" + paint("resources", Tone::Strong, style) + "\n  " + join(view.resources, ", ") + "\n";
  if (!view.tags.empty()) {
    out += "\n" + paint("tags", Tone::Strong, style) + "\n";
    for (const auto& [key, value] : view.tags)
      out += fmt::format("  {}\n", one_line(key + "=" + value));
  }
  if (!view.metadata.empty()) {
    out += "\n" + paint("metadata", Tone::Strong, style) + "\n";
    for (const auto& [key, value] : view.metadata)
      out += fmt::format("  {}\n", one_line(key + "=" + value));
  }
  return out + config_text(view, style);
}

Json job_view_json(const JobView& view) {
  Json json{{"schema", "job.v1"}, {"name", view.name}, {"description", view.description}};
  json["tags"] = view.tags;
  json["metadata"] = view.metadata;
  json["nodes"] = Json::array();
  for (const auto& node : view.nodes) json["nodes"].push_back(node_json(node));
  json["resources"] = view.resources;
  json["config"] = Json::array();
  for (const auto& field : view.config) {
    Json entry{{"path", field.path}, {"type", field.type}, {"required", field.required}};
    if (!field.required) entry["default"] = field.default_value;
    if (!field.description.empty()) entry["description"] = field.description;
    json["config"].push_back(std::move(entry));
  }
  return json;
}

}  // namespace penstock
