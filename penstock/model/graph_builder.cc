#include "penstock/model/graph_builder.h"

#include <fmt/format.h>

#include "penstock/base/narrow.h"
#include "penstock/base/text.h"
#include "penstock/model/combine_ops.h"
#include "penstock/model/graph_items.h"
#include "penstock/model/graph_order.h"

namespace penstock {

/// The document of the op or graph at a path, made where it is missing.
ConfigValue& InnerConfig::below(std::string_view path) {
  ConfigValue* at = &document_;
  for (const auto& name : split(path, '.')) {
    ConfigValue* ops = at->find("ops");
    if (ops == nullptr) ops = &at->set("ops", ConfigValue::map());
    at = ops->find(name);
    if (at == nullptr) at = &ops->set(name, ConfigValue::map());
  }
  return *at;
}

InnerConfig& InnerConfig::set(std::string_view path, ConfigValue config) {
  below(path).set("config", std::move(config));
  return *this;
}

InnerConfig& InnerConfig::input(std::string_view path, ConfigValue source) {
  const auto dot = path.rfind('.');
  ConfigValue& graph = dot == path.npos ? document_ : below(path.substr(0, dot));
  ConfigValue* inputs = graph.find("inputs");
  if (inputs == nullptr) inputs = &graph.set("inputs", ConfigValue::map());
  inputs->set(std::string(dot == path.npos ? path : path.substr(dot + 1)), std::move(source));
  return *this;
}

InnerConfig& InnerConfig::set_in(std::string_view section, std::string_view name,
                                 ConfigValue config) {
  ConfigValue* entries = document_.find(section);
  if (entries == nullptr) entries = &document_.set(std::string(section), ConfigValue::map());
  entries->set(std::string(name), ConfigValue::map({{"config", std::move(config)}}));
  return *this;
}

InnerConfig& InnerConfig::set_resource(std::string_view name, ConfigValue config) {
  return set_in("resources", name, std::move(config));
}

InnerConfig& InnerConfig::set_hook(std::string_view name, ConfigValue config) {
  return set_in("hooks", name, std::move(config));
}

namespace detail {

Value gather_list(std::span<const Value> values) {
  return Value::make(ValueList{{values.begin(), values.end()}});
}

Registry::Registry() = default;
Registry::~Registry() = default;

std::shared_ptr<OpDef> Registry::op_of(const void* function, std::string_view name,
                                       void (*declare)(OpDef&)) {
  auto& known = by_function_[function];
  if (!known) {
    OpDef op(name);
    declare(op);
    known = add(std::move(op));
  }
  return known;
}

std::shared_ptr<OpDef> Registry::add(OpDef op) {
  auto shared = std::make_shared<OpDef>(std::move(op));
  if (!is_name(shared->name))
    problem(
        fmt::format("op {} has a name that is not [A-Za-z0-9_]+; give it one with "
                    "op(\"name\", function)",
                    quote(shared->name)));
  ops_.push_back(shared);
  return shared;
}

}  // namespace detail

GraphBuilder::GraphBuilder(std::string name, detail::Registry& registry)
    : registry_(registry), def_(std::make_shared<GraphDef>()) {
  def_->name = std::move(name);
  if (!is_name(def_->name))
    registry_.problem(fmt::format("{} is not a name; expected [A-Za-z0-9_]+", quote(def_->name)));
}

GraphBuilder::~GraphBuilder() = default;

GraphBuilder::WithOptions GraphBuilder::with(NodeOptions options) {
  return {*this, share(std::move(options))};
}

NodeDef GraphBuilder::node_of(std::shared_ptr<const OpDef> op, const NodeOptions& options) {
  NodeDef node;
  node.name = options.alias.empty() ? op->name : options.alias;
  node.op = std::move(op);
  node.options = options;
  return node;
}

NodeDef GraphBuilder::node_of(GraphDefPtr graph, const NodeOptions& options) {
  NodeDef node;
  node.name = options.alias.empty() ? graph->name : options.alias;
  node.graph = std::move(graph);
  node.options = options;
  return node;
}

std::uint32_t GraphBuilder::add_node(NodeDef node) {
  const int use = ++uses_[node.name];
  if (use > 1 && !node.options.alias.empty())
    registry_.problem(fmt::format("graph {}: the alias {} is used twice; give each its own",
                                  quote(def_->name), quote(node.name)));
  if (!is_name(node.name))
    registry_.problem(fmt::format("graph {}: the alias {} is not [A-Za-z0-9_]+", quote(def_->name),
                                  quote(node.name)));
  if (use > 1) node.name += "_" + std::to_string(use);
  def_->nodes.push_back(std::move(node));
  return narrow<std::uint32_t>(def_->nodes.size() - 1);
}

SourceDef GraphBuilder::add_join(const NodeOptions& options, JoinKind kind,
                                 std::vector<SourceDef> sides,
                                 const std::vector<const ValueType*>& types) {
  auto node = node_of(join_op(kind, types), options);
  node.join = kind;
  node.inputs = std::move(sides);
  if (!stand_together(*def_, node.inputs))
    registry_.problem(fmt::format(
        "graph {}: {} joins items of different items; its sides must be outputs of the graph "
        "itself, or be mapped over the same items",
        quote(def_->name), node.name));
  return SourceDef{SourceDef::Kind::Output, add_node(std::move(node)), 0};
}

void GraphBuilder::add_order(SourceDef earlier, SourceDef later) {
  if (later.kind != SourceDef::Kind::Output) {
    registry_.problem(
        fmt::format("graph {}: order() needs the output of an op as its second "
                    "argument",
                    quote(def_->name)));
    return;
  }
  if (later.node >= def_->nodes.size()) return;  // of another graph, which was reported
  std::vector<std::uint32_t> nodes;
  detail::add_nodes_of(earlier, nodes);
  for (const auto node : nodes) {
    if (!detail::comes_after(*def_, node, later.node)) continue;
    const auto& first = def_->nodes[node].name;
    const auto& second = def_->nodes[later.node].name;
    registry_.problem(
        node == later.node
            ? fmt::format("graph {}: order({}, {}) makes a cycle: a step cannot wait for itself",
                          quote(def_->name), first, second)
            : fmt::format("graph {}: order({}, {}) makes a cycle: {} comes after {} already; "
                          "remove this order, or what connects them",
                          quote(def_->name), first, second, first, second));
    return;
  }
  def_->nodes[later.node].after.push_back(std::move(earlier));
}

SourceDef GraphBuilder::add_unbound(UnboundInput input) {
  const auto port = narrow<std::uint32_t>(def_->unbound.size());
  if (!is_name(input.name))
    registry_.problem(fmt::format("graph {}: the input {} is not [A-Za-z0-9_]+", quote(def_->name),
                                  quote(input.name)));
  for (const auto& known : def_->unbound)
    if (known.name == input.name)
      registry_.problem(fmt::format("graph {}: the input {} is declared twice; use one Ref twice",
                                    quote(def_->name), quote(input.name)));
  def_->unbound.push_back(std::move(input));
  return SourceDef{SourceDef::Kind::Unbound, 0, port};
}

void GraphBuilder::check_owner(const GraphBuilder* owner) {
  if (owner == this) return;
  registry_.problem(fmt::format(
      "graph {}: an input is connected to an output of another graph; pass it in as an input of "
      "this graph",
      quote(def_->name)));
}

SourceDef GraphBuilder::add_input(const ValueType* type) {
  const auto port = narrow<std::uint32_t>(def_->inputs.size());
  def_->inputs.push_back({"in" + std::to_string(port), type, false});
  return SourceDef{SourceDef::Kind::Input, 0, port};
}

DataNode GraphBuilder::add(std::string op, std::vector<DataSource> inputs, NodeOptions options,
                           std::source_location where) {
  return data_.add(std::move(op), std::move(inputs), std::move(options), where);
}

void GraphBuilder::connect(DataNode reader, std::string input, DataSource source,
                           std::source_location where) {
  data_.connect(std::move(reader), std::move(input), std::move(source), where);
}

std::shared_ptr<GraphDef> GraphBuilder::finish() {
  data_.add_nodes(*this, *def_, registry_);
  detail::sort_nodes(*def_);
  return std::move(def_);
}

void GraphBuilder::set_output(const OutputShape& output, SourceDef source) {
  def_->outputs.push_back(make_output("result", output));
  def_->output_sources.push_back(std::move(source));
}

}  // namespace penstock
