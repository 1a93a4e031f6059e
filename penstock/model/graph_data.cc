#include "penstock/model/graph_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "penstock/base/text.h"
#include "penstock/model/graph_builder.h"
#include "penstock/model/graph_items.h"

namespace penstock {

DataSource fan_in(std::vector<DataSource> parts) {
  return {DataSource::Form::FanIn, 0, {}, {}, std::move(parts)};
}

DataNode DataGraph::add(std::string op, std::vector<DataSource> inputs, NodeOptions options,
                        std::source_location where) {
  Node node{std::move(op), std::move(options), where, {}};
  for (auto& input : inputs) node.connections.push_back({{}, std::move(input), where});
  nodes_.push_back(std::move(node));
  return DataNode(nodes_.size() - 1);
}

void DataGraph::connect(DataNode reader, std::string input, DataSource source,
                        std::source_location where) {
  nodes_.at(reader.index()).connections.push_back({std::move(input), std::move(source), where});
}

/// Resolves names into nodes, in an order in which each comes after what it reads.
class DataGraphCheck {
 public:
  DataGraphCheck(const DataGraph& data, GraphBuilder& builder, const GraphDef& graph,
                 detail::Registry& registry)
      : data_(data), builder_(builder), graph_(graph), registry_(registry) {
    placed_.resize(data.nodes_.size());
    state_.resize(data.nodes_.size(), State::New);
  }

  void run() {
    for (std::size_t i = 0; i < data_.nodes_.size(); ++i) visit(i);
  }

 private:
  enum class State : std::uint8_t { New, Open, Done };
  using Connection = DataGraph::Connection;
  using Given = std::vector<const Connection*>;

  std::string name_of(std::size_t index) const {
    const auto& node = data_.nodes_[index];
    return node.options.alias.empty() ? node.op : node.options.alias;
  }

  void problem(std::size_t node, const std::source_location& where, const std::string& text) {
    registry_.problem(fmt::format("{}.{} ({}:{}): {}", graph_.name, name_of(node),
                                  where.file_name(), where.line(), text));
  }

  /// The nodes that a source reads.
  static void add_reads(const DataSource& source, std::vector<std::size_t>& reads) {
    if (source.form != DataSource::Form::FanIn) return reads.push_back(source.node);
    for (const auto& part : source.parts) add_reads(part, reads);
  }

  void visit(std::size_t index) {
    if (state_[index] == State::Done) return;
    if (state_[index] == State::Open) return tell_cycle(index);
    state_[index] = State::Open;
    way_.push_back(index);
    std::vector<std::size_t> reads;
    for (const auto& connection : data_.nodes_[index].connections)
      add_reads(connection.source, reads);
    for (const auto read : reads) visit(read);
    way_.pop_back();
    state_[index] = State::Done;
    place(index);
  }

  void tell_cycle(std::size_t index) {
    std::vector<std::string> names;
    for (auto at = std::ranges::find(way_, index); at != way_.end(); ++at)
      names.push_back(name_of(*at));
    names.push_back(name_of(index));
    std::ranges::reverse(names);
    problem(index, data_.nodes_[index].where,
            "it needs itself: " + join(names, " → ") + "; remove one of these connections");
  }

  OpDefPtr op_named(std::size_t index) {
    const auto& node = data_.nodes_[index];
    OpDefPtr found;
    std::vector<std::string> names;
    for (const auto& op : registry_.ops()) {
      names.push_back(op->name);
      if (op->name != node.op) continue;
      if (found) {
        problem(index, node.where,
                "there are several ops " + quote(node.op) + "; give each its own name");
        return nullptr;
      }
      found = op;
    }
    if (found) return found;
    const auto near = closest_name(node.op, names);
    problem(index, node.where,
            "there is no op " + quote(node.op) +
                (near ? "; did you mean " + quote(*near) + "?"
                      : "; register it before the job: defs.op<function>()"));
    return nullptr;
  }

  /// Add a node, if everything about it is sound.
  void place(std::size_t index) {
    const auto op = op_named(index);
    if (!op) return;
    auto node = GraphBuilder::node_of(op, data_.nodes_[index].options);
    const auto given = assign(index, *op);
    bool is_sound = given.has_value();
    for (std::uint32_t i = 0; given && i < given->size(); ++i) {
      const auto& connection = *(*given)[i];
      auto source = resolve(index, op->inputs[i], connection);
      is_sound = is_sound && source;
      if (connection.source.form == DataSource::Form::Each && !node.mapped) {
        node.mapped = true;
        node.mapped_input = i;
      }
      node.inputs.push_back(source.value_or(SourceDef()));
    }
    if (is_sound && stands_right(index, node, *given))
      placed_[index] = builder_.add_node(std::move(node));
  }

  /// The connection of each input; nothing when some are missing or unknown, which is told.
  std::optional<Given> assign(std::size_t index, const OpDef& op) {
    const auto& node = data_.nodes_[index];
    std::vector<std::string> names;
    for (const auto& input : op.inputs) names.push_back(input.name);
    Given given(names.size());
    bool is_sound = true;
    std::size_t position = 0;
    for (const auto& connection : node.connections) {
      const auto at = connection.input.empty()
                          ? position++
                          : std::size_t(std::ranges::find(names, connection.input) - names.begin());
      if (at < given.size() && !given[at]) {
        given[at] = &connection;
        continue;
      }
      is_sound = false;
      problem(index, connection.where, refusal(op, names, connection, at));
    }
    for (std::size_t i = 0; i < given.size() && is_sound; ++i)
      if (!given[i])
        problem(index, node.where,
                "input " + quote(names[i]) + " of type " + op.inputs[i].type->name +
                    " is not connected");
    is_sound = is_sound && std::ranges::find(given, nullptr) == given.end();
    return is_sound ? std::optional(given) : std::nullopt;
  }

  static std::string refusal(const OpDef& op, const std::vector<std::string>& names,
                             const Connection& connection, std::size_t at) {
    if (at < names.size()) return "input " + quote(names[at]) + " is connected twice";
    if (connection.input.empty())
      return fmt::format("op {} takes {} inputs and is given more", quote(op.name), names.size());
    const auto near = closest_name(connection.input, names);
    return fmt::format(
        "op {} has no input {}; {}", quote(op.name), quote(connection.input),
        near ? "did you mean " + quote(*near) + "?" : "it has: " + join(names, ", "));
  }

  struct Found {
    SourceDef source;
    const OutputDef* output = nullptr;
  };

  /// An output of a node; nothing when there is none, which is told.
  std::optional<Found> output_of(std::size_t index, const Connection& connection,
                                 const DataSource& source) {
    if (!placed_[source.node]) return {};  // what is wrong with it is told there
    const auto& op = *graph_.nodes[*placed_[source.node]].op;
    std::vector<std::string> names;
    for (std::uint32_t port = 0; port < op.outputs.size(); ++port) {
      names.push_back(op.outputs[port].name);
      if (source.output.empty() || op.outputs[port].name == source.output)
        return Found{SourceDef{SourceDef::Kind::Output, *placed_[source.node], port},
                     &op.outputs[port]};
    }
    problem(index, connection.where,
            "op " + quote(op.name) + " has no output " + quote(source.output) +
                "; it has: " + join(names, ", "));
    return {};
  }

  std::optional<SourceDef> resolve(std::size_t index, const InputDef& input,
                                   const Connection& connection) {
    const auto form = connection.source.form;
    if (form == DataSource::Form::FanIn) return resolve_fan_in(index, input, connection);
    auto found = output_of(index, connection, connection.source);
    if (!found) return {};
    const auto from = name_of(connection.source.node);
    if (form == DataSource::Form::Value && found->output->dynamic) {
      problem(index, connection.where,
              "input " + quote(input.name) + " is given the dynamic output of " + from +
                  " as one value; take each() or collect() of it");
      return {};
    }
    if (form != DataSource::Form::Value && items_of(graph_, found->source).empty()) {
      problem(index, connection.where,
              "input " + quote(input.name) + " is given items of " + from +
                  ", which is neither a dynamic output nor mapped over one; take its value");
      return {};
    }
    const bool gathers = form == DataSource::Form::Collect;
    if (!fits(index, input, connection, *found->output, from, gathers)) return {};
    if (!gathers) return std::move(found->source);
    SourceDef all{SourceDef::Kind::Collect, 0, 0, {std::move(found->source)}};
    all.gather = input.gather;
    all.collect = connection.source.options;
    return all;
  }

  std::optional<SourceDef> resolve_fan_in(std::size_t index, const InputDef& input,
                                          const Connection& connection) {
    SourceDef all{SourceDef::Kind::FanIn};
    all.gather = input.gather;
    bool is_sound = true;
    for (const auto& part : connection.source.parts) {
      auto found = output_of(index, connection, part);
      is_sound = found &&
                 fits(index, input, connection, *found->output, name_of(part.node), true) &&
                 is_sound;
      if (found) all.parts.push_back(std::move(found->source));
    }
    return is_sound ? std::optional(std::move(all)) : std::nullopt;
  }

  bool fits(std::size_t index, const InputDef& input, const Connection& connection,
            const OutputDef& found, const std::string& from, bool is_element) {
    const auto* expected = is_element ? input.element : input.type;
    if (expected == found.type && (is_element ? !found.stream : input.stream == found.stream))
      return true;
    problem(index, connection.where,
            fmt::format("input {} expects {}{} and is given {}{}{}, from {}", quote(input.name),
                        input.stream ? "stream of " : "", input.type->name,
                        is_element ? "list of " : "", found.stream ? "stream of " : "",
                        found.type->name, from));
    return false;
  }

  /// Whether every input can be read where the node stands.
  bool stands_right(std::size_t index, const NodeDef& node, const Given& given) {
    const auto own = node.mapped ? items_of(graph_, node.inputs[node.mapped_input]) : ItemChain();
    bool is_right = true;
    for (std::size_t i = 0; i < given.size(); ++i) {
      if (is_prefix(items_of(graph_, node.inputs[i]), own)) continue;
      is_right = false;
      problem(index, given[i]->where,
              "input " + quote(node.op->inputs[i].name) +
                  " is given a value that stands in items which this step does not stand in; take "
                  "each() or collect() of it");
    }
    return is_right;
  }

  const DataGraph& data_;
  GraphBuilder& builder_;
  const GraphDef& graph_;
  detail::Registry& registry_;
  std::vector<std::optional<std::uint32_t>> placed_;  // index in the graph, when it is sound
  std::vector<State> state_;
  std::vector<std::size_t> way_;
};

void DataGraph::add_nodes(GraphBuilder& builder, const GraphDef& graph,
                          detail::Registry& registry) const {
  DataGraphCheck(*this, builder, graph, registry).run();
}

}  // namespace penstock
