// A declared graph and job with their C++ types erased: nodes and where their inputs come from.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <vector>

#include "penstock/model/config_type.h"
#include "penstock/model/input_loader.h"
#include "penstock/model/op_def.h"
#include "penstock/model/resource.h"

namespace penstock {

struct GraphDef;
using GraphDefPtr = std::shared_ptr<const GraphDef>;

/// In which order the items of a collect() stand.
enum class CollectOrder : std::uint8_t {
  Yielded,   ///< as they were yielded
  Completed  ///< as their steps ended: the first to be done is the first
};

/// How the items of a dynamic output are gathered.
struct CollectOptions {
  /// Items that may fail and are then left out. With more failures what reads them does not run.
  std::uint32_t drop_failed = 0;
  CollectOrder order = CollectOrder::Yielded;
  friend bool operator==(const CollectOptions&, const CollectOptions&) = default;
};

/// How the items of a dynamic output are made into one.
struct ReduceOptions {
  std::uint32_t fan_in = 16;      ///< values that one step takes, at least 2
  std::uint32_t drop_failed = 0;  ///< as of CollectOptions
};

/// How the items of several dynamic outputs are joined.
enum class JoinKind : std::uint8_t {
  None,    ///< not a join
  Zip,     ///< one item per key that all sides have
  Product  ///< one item per choice of an item of each side
};

/// Where an input comes from.
struct SourceDef {
  enum class Kind : std::uint8_t {
    Output,   ///< an output of a node of this graph
    Input,    ///< an input of this graph
    Unbound,  ///< an unbound input of this graph: the run's config gives it
    Collect,  ///< all items of the one part, gathered
    FanIn     ///< the parts, gathered in order
  };
  explicit SourceDef(Kind kind = Kind::Output, std::uint32_t node = 0, std::uint32_t port = 0,
                     std::vector<SourceDef> parts = {});
  // Copied, moved and destroyed in the source file: programs that include this compile faster.
  SourceDef(const SourceDef& other);
  SourceDef(SourceDef&& other) noexcept;
  SourceDef& operator=(const SourceDef& other);
  SourceDef& operator=(SourceDef&& other) noexcept;
  ~SourceDef();
  /// All items of what `items` refers to.
  static SourceDef collect_of(SourceDef items, GatherFunction gather, CollectOptions options = {});

  Kind kind;
  std::uint32_t node;  ///< Output: index of the node
  std::uint32_t port;  ///< Output, Input, Unbound: which one
  std::vector<SourceDef> parts;
  GatherFunction gather = {};
  CollectOptions collect;  ///< Collect: how
};

/// What one use of an op or graph sets for itself.
struct NodeOptions {
  std::string alias = {};  ///< empty: the name of the op or graph
  std::map<std::string, std::string> tags = {};
  std::optional<RetryPolicy> retry = {};
  std::optional<std::int32_t> priority = {};
  std::optional<TriggerRule> trigger = {};
  std::optional<std::int32_t> cpu = {};  ///< worker slots that a step occupies
  MemoryEstimate memory = {};            ///< bytes that a step needs at most
  std::optional<Micros> timeout = {};
  std::optional<Keep> keep = {};  ///< of its outputs that say nothing for themselves
  std::string io = {};            ///< stores its outputs, instead of what the op says
  /// By input: the IO manager that loads it, instead of what the op says. See InputDef::loader.
  std::map<std::string, std::string> load = {};
  std::optional<ExecutorKind> executor = {};  ///< nothing: the op's, else the run's
  PoolAmounts pools = {};  ///< beside those of the op; an amount of the same pool replaces it
  /// Fixes the fields of its config that it gives: of an op's struct, of a graph's outer struct, or
  /// of the document `{ops: …}` of a graph that has none.
  std::optional<ConfigValue> config = {};
  /// Items of each of its dynamic outputs that may be under way at a time; 0: any number.
  std::uint32_t max_in_flight = 0;
  std::uint32_t buffer = 0;  ///< batches that each of its streams holds for its readers; 0: 4
  std::vector<HookDefPtr> hooks = {};  ///< success_hook<f>(), failure_hook<f>(); for all inside
};
/// Options that set nothing.
const NodeOptions& no_options();
std::shared_ptr<const NodeOptions> share(NodeOptions&& options);

/// One use of an op or a graph inside a graph.
struct NodeDef {
  NodeDef();
  // Copied, moved and destroyed in the source file: programs that include this compile faster.
  NodeDef(const NodeDef& other);
  NodeDef(NodeDef&& other) noexcept;
  NodeDef& operator=(const NodeDef& other);
  NodeDef& operator=(NodeDef&& other) noexcept;
  ~NodeDef();
  void add_input(SourceDef source);

  std::string name;
  OpDefPtr op;        ///< either an op
  GraphDefPtr graph;  ///< or a graph
  std::vector<SourceDef> inputs;
  bool mapped = false;  ///< runs once per item of inputs[mapped_input]
  std::uint32_t mapped_input = 0;
  JoinKind join = JoinKind::None;       ///< joins its inputs, each a dynamic output or mapped
  std::optional<ReduceOptions> reduce;  ///< makes one value of the items of inputs[0]
  std::vector<SourceDef> after;         ///< steps that must succeed before, without a value
  NodeOptions options;
};

/// The IO manager of an output of a node that is an op; empty: its values stay in memory.
inline const std::string& manager_of(const NodeDef& node, std::size_t port) {
  return node.options.io.empty() ? node.op->outputs[port].io : node.options.io;
}

/// The IO manager that loads an input of a node that is an op; empty: none is chosen.
inline const std::string& loader_of(const NodeDef& node, std::size_t input) {
  const auto& declared = node.op->inputs[input];
  const auto chosen = node.options.load.find(declared.name);
  return chosen == node.options.load.end() ? declared.loader : chosen->second;
}

/// Fills inner configs from a small outer one.
struct ConfigMapping {
  ConfigTypePtr outer;
  /// From the outer struct to `{ops: …, resources: …, inputs: …}` as seen from inside the graph.
  UserFunction<Result<ConfigValue>(const void*)> inner;
};

/// A declared graph.
struct GraphDef {
  std::string name;
  std::string description;
  std::vector<InputDef> inputs;
  std::vector<OutputDef> outputs;         ///< one at most
  std::vector<SourceDef> output_sources;  ///< parallel to outputs
  std::vector<UnboundInput> unbound;
  std::vector<NodeDef> nodes;
  std::optional<ConfigMapping> mapping;
  std::optional<ConfigValue> fixed;  ///< as NodeOptions::config, for every use
};

/// Which of the steps that could start goes first, among those of one priority.
enum class DispatchOrder : std::uint8_t {
  DepthFirst,   ///< the one furthest from the sources: what was begun is finished
  BreadthFirst  ///< the one nearest to the sources: every item takes a step before any the next
};
std::string_view to_string(DispatchOrder order);
/// The order of that name (`depth_first`, `breadth_first`), or Config.
Result<DispatchOrder> parse_dispatch_order(std::string_view name);

/// A declared job: a graph that can be run.
struct JobDef {
  std::string name;
  std::string description;
  GraphDefPtr graph;
  std::map<std::string, std::string> tags;      ///< of the job, and of its runs
  std::map<std::string, std::string> run_tags;  ///< of its runs only
  Metadata metadata;
  ConfigValue default_config = ConfigValue::map();
  std::optional<ConfigMapping> mapping;
  std::optional<ConfigValue> fixed;  ///< fields of its document that no launch may give
  RetryPolicy retry;                 ///< for ops that have none
  std::vector<HookDefPtr> hooks;     ///< of every step
  Micros max_runtime{0};             ///< of a run; 0: none
  std::optional<Keep> keep = {};     ///< of outputs where nothing else is said
  DispatchOrder order = DispatchOrder::DepthFirst;
  PoolAmounts pools;  ///< limits, where a launch says nothing
  std::source_location where;
};

}  // namespace penstock
