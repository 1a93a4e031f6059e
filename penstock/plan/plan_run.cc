#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "penstock/base/json_text.h"
#include "penstock/base/md5.h"
#include "penstock/base/narrow.h"
#include "penstock/base/text.h"
#include "penstock/event/outgoing_event.h"
#include "penstock/model/combine_ops.h"
#include "penstock/model/config_document.h"
#include "penstock/model/hook.h"
#include "penstock/model/io_manager.h"
#include "penstock/model/loggers_config.h"
#include "penstock/plan/check_keep.h"
#include "penstock/plan/find_units.h"
#include "penstock/plan/limit_plan.h"
#include "penstock/plan/plan_pools.h"
#include "penstock/plan/resolve_config.h"
#include "penstock/plan/run_plan.h"

namespace penstock {
namespace {

/// A source inside a graph, resolved to outputs of templates.
struct Resolved {
  PlannedInput input;
  std::uint32_t scope = 0;  // where the value stands: of a dynamic output, the scope of its items
};

/// One graph that is being flattened.
struct Frame {
  const GraphDef* graph = nullptr;
  std::string prefix;
  std::uint32_t scope = 0;
  std::vector<Resolved> inputs;
  std::vector<Resolved> unbound;               // inputs that the config feeds
  std::vector<Resolved> after;                 // what every step of the graph waits for
  std::vector<std::vector<Resolved>> outputs;  // per node done so far, per port
  const ConfigValue* config = nullptr;         // `{ops: …}` or null
  NodeOptions use = {};                        // what uses of graphs around say of their steps
};

class Planner {
 public:
  Planner(const Definitions& definitions, const JobDef& job, const ConfigEnvironment& environment)
      : definitions_(definitions), job_(job), environment_(environment) {
    plan_.scopes.push_back({});
  }

  /// What an error says is masked: it may quote a secret that was looked up.
  Result<RunPlan> run(const RunRequest& request) {
    auto planned = plan(request);
    if (planned.ok()) return planned;
    auto error = std::move(planned).error();
    mask_error(error, Masker(plan_.secrets));
    return error;
  }

 private:
  Result<RunPlan> plan(const RunRequest& request) {
    auto config = PENSTOCK_TRY(resolve_job_config(definitions_, job_, request.config,
                                                  request.supplied, launch_policy(request.defaults),
                                                  environment_, plan_.secrets));
    plan_.job = job_.name;
    keep_ = request.keep.value_or(job_.keep.value_or(request.defaults.keep.value_or(Keep::Failed)));
    plan_.order = job_.order;
    plan_.tags = job_.tags;
    for (const auto& [key, value] : job_.run_tags) plan_.tags[key] = value;
    for (const auto& [key, value] : request.tags) plan_.tags[key] = value;
    plan_.max_runtime = PENSTOCK_TRY(max_runtime());
    PENSTOCK_TRY(add_resources(config.inner.find("resources")));
    PENSTOCK_TRY(read_hook_configs(config.inner.find("hooks")));
    Frame frame;
    frame.graph = job_.graph.get();
    frame.config = &config.inner;
    PENSTOCK_TRY(flatten(frame));
    link_readers();
    PENSTOCK_TRY(find_units(plan_));
    PENSTOCK_TRY(check_keep(plan_));
    PENSTOCK_TRY(plan_pools(plan_, job_, request.pools, request.defaults.pools));
    plan_.execution = read_execution(config.inner.find("execution"));
    plan_.console_level = read_console_level(config.inner.find("loggers"));
    for (auto& step : plan_.steps) step.signature = signature_of(step);
    plan_.config = std::move(config.launch);
    plan_.on_worker_loss = request.on_worker_loss;
    plan_.keep = request.keep;
    if (!request.selection.empty()) PENSTOCK_TRY(limit_to_selection(plan_, request.selection));
    return std::move(plan_);
  }

  Result<Micros> max_runtime() const {
    const auto tag = plan_.tags.find(kMaxRuntimeTag);
    if (tag == plan_.tags.end()) return job_.max_runtime;
    auto limit = parse_duration(tag->second);
    if (!limit.ok()) return std::move(limit).error().within(kMaxRuntimeTag);
    return limit;
  }

  /// The hooks of a step: its op's, those of its use and of what it stands in, its job's.
  std::vector<PlannedHook> plan_hooks(const OpDef& op, const NodeOptions& options) const {
    std::vector<PlannedHook> planned;
    for (const auto* hooks : {&op.hooks, &options.hooks, &job_.hooks})
      for (const auto& hook : *hooks) {
        auto& added = planned.emplace_back(PlannedHook{hook, {}});
        if (hook->config) added.config = hook_configs_.at(hook->name);
        for (const auto& need : hook->resources) added.resources.push_back(resource_index(need));
      }
    return planned;
  }

  /// All uses of a hook share its config.
  Status read_hook_configs(const ConfigValue* configs) {
    for (const auto& hook : hooks_of(job_)) {
      if (!hook->config || hook_configs_.contains(hook->name)) continue;
      const auto* own = configs ? configs->find(hook->name) : nullptr;
      hook_configs_[hook->name] = PENSTOCK_TRY(
          decode(*hook->config, own ? own->find("config") : nullptr, "hooks." + hook->name));
    }
    return {};
  }

  Status add_resources(const ConfigValue* configs) {
    for (const auto* resource : resources_of(definitions_, job_)) {
      PlannedResource planned;
      for (const auto& known : definitions_.resources())
        if (known.get() == resource) planned.def = known;
      const auto* own = configs ? configs->find(resource->name) : nullptr;
      if (resource->config)
        planned.config = PENSTOCK_TRY(decode(*resource->config, own ? own->find("config") : nullptr,
                                             "resources." + resource->name));
      for (const auto& need : resource->resources) planned.needs.push_back(resource_index(need));
      plan_.resources.push_back(std::move(planned));
    }
    return {};
  }

  std::uint32_t resource_index(const ResourceNeed& need) const {
    const auto* wanted = definitions_.find_resource(need);
    for (std::size_t i = 0; i < plan_.resources.size(); ++i)
      if (plan_.resources[i].def.get() == wanted) return narrow<std::uint32_t>(i);
    PENSTOCK_CHECK(false, "a resource that a step needs was not planned");
    return 0;
  }

  Result<std::shared_ptr<const void>> decode(const ConfigType& type, const ConfigValue* value,
                                             const std::string& path) {
    auto decoded = decode_erased(type, value ? *value : ConfigValue::map(), environment_,
                                 kInnerConfig, &plan_.secrets);
    if (!decoded.ok()) return std::move(decoded).error().within(path);
    return decoded;
  }

  /// Inputs that the config feeds have a step each, outside of all items: it runs once.
  Status add_unbound(Frame& frame) {
    const auto* inputs = frame.config ? frame.config->find("inputs") : nullptr;
    for (const auto& input : frame.graph->unbound) {
      const auto* given = inputs ? inputs->find(input.name) : nullptr;
      PENSTOCK_CHECK(given != nullptr, "an input that nothing feeds was not refused");
      PlannedStep step;
      step.path = frame.prefix + "inputs." + input.name;
      auto source = make_input_source(definitions_.loaders(), input, *given, environment_);
      if (!source.ok()) return std::move(source).error().within(step.path);
      const OpDef& op = *(step.op = source->op);
      if (op.config) step.config = PENSTOCK_TRY(decode(*op.config, source->config, step.path));
      for (const auto& need : op.resources) step.resources.push_back(resource_index(need));
      step.tags = op.tags;
      step.retry = op.retry.value_or(job_.retry);
      step.priority = op.priority;
      step.cpu = op.cpu;
      step.memory = op.memory;
      step.timeout = op.timeout;
      step.keep.push_back(op.outputs[0].keep.value_or(keep_));
      step.fed = true;
      step.reason = "feeds the input " + input.name + ", which the config gives";
      step.pools = op.pools;
      frame.unbound.push_back(outputs_of(add(std::move(step)))[0]);
    }
    return {};
  }

  Status flatten(Frame& frame) {
    PENSTOCK_TRY(add_unbound(frame));
    for (const auto& node : frame.graph->nodes) {
      std::vector<Resolved> inputs;
      for (const auto& source : node.inputs) inputs.push_back(resolve(frame, source));
      auto after = frame.after;
      for (const auto& source : node.after) after.push_back(resolve(frame, source));
      const auto scope = node.mapped ? inputs[node.mapped_input].scope : frame.scope;
      if (node.join != JoinKind::None)
        add_join(frame, node, inputs, after);
      else if (node.reduce)
        PENSTOCK_TRY(add_reduce(frame, node, inputs[0], after));
      else if (node.op)
        PENSTOCK_TRY(add_step(frame, node, scope, inputs, after));
      else
        PENSTOCK_TRY(add_graph(frame, node, scope, std::move(inputs), std::move(after)));
    }
    return {};
  }

  /// The document of a node inside its graph's document, or null.
  static const ConfigValue* config_of(const Frame& frame, const NodeDef& node) {
    const auto* ops = frame.config ? frame.config->find("ops") : nullptr;
    return ops ? ops->find(node.name) : nullptr;
  }

  /// The config of a node, with what is fixed; null for none.
  static const ConfigValue* given_config(const Frame& frame, const NodeDef& node) {
    const auto* own = config_of(frame, node);
    return own ? own->find("config") : nullptr;
  }

  Status add_step(Frame& frame, const NodeDef& node, std::uint32_t scope,
                  const std::vector<Resolved>& inputs, const std::vector<Resolved>& after) {
    auto step = PENSTOCK_TRY(step_of(frame, node, scope, after));
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const auto& input = inputs[i];
      const bool gathered_outside = input.input.kind == PlannedInput::Kind::Collect &&
                                    home_of(input.input.sources[0]) != scope;
      step.inputs.push_back(gathered_outside ? gathered(input).input : input.input);
      if (const auto& loader = loader_of(node, i); !loader.empty())
        PENSTOCK_TRY(set_loader(step, i, loader));
    }
    frame.outputs.push_back(outputs_of(add(std::move(step))));
    return {};
  }

  /// An input that chooses who loads it: what feeds it must be stored.
  Status set_loader(PlannedStep& step, std::size_t input, const std::string& loader) const {
    auto& planned = step.inputs[input];
    planned.loader = resource_index(manager_need(loader));
    for (const auto& source : planned.sources) {
      const auto& from = plan_.steps[source.step];
      if (from.io_of(source.port)) continue;
      return make_error(
          ErrorCode::Config,
          fmt::format("step {}: input {} is to be loaded by {}, and output {} of step {}, which "
                      "feeds it, has no IO manager that stores it; give it one with io(\"…\")",
                      quote(step.path), quote(step.op->inputs[input].name), quote(loader),
                      quote(from.op->outputs[source.port].name), quote(from.path)));
    }
    return {};
  }

  std::uint32_t add(PlannedStep step) {
    step.depth = depth_of(step);
    step.readers.resize(step.op->outputs.size());
    plan_.steps.push_back(std::move(step));
    return narrow<std::uint32_t>(plan_.steps.size() - 1);
  }

  /// What a node's options come to inside a graph whose use has options too: the nearer one
  /// decides.
  static NodeOptions inside(const NodeOptions& use, NodeOptions own) {
    for (const auto& [key, value] : use.tags) own.tags.emplace(key, value);
    if (!own.retry) own.retry = use.retry;
    if (!own.priority) own.priority = use.priority;
    if (!own.cpu) own.cpu = use.cpu;
    if (!own.memory) own.memory = use.memory;
    if (!own.timeout) own.timeout = use.timeout;
    if (!own.keep) own.keep = use.keep;
    if (!own.executor) own.executor = use.executor;
    own.hooks.insert(own.hooks.end(), use.hooks.begin(), use.hooks.end());
    for (const auto& [pool, amount] : use.pools) own.pools.emplace(pool, amount);
    return own;
  }

  /// What a node says of its step; the inputs are yet to be added.
  Result<PlannedStep> step_of(const Frame& frame, const NodeDef& node, std::uint32_t scope,
                              const std::vector<Resolved>& after) {
    const auto& op = *node.op;
    PlannedStep step;
    step.path = frame.prefix + node.name;
    step.op = node.op;
    step.scope = scope;
    for (const auto& before : after) step.after.push_back(gathered(before).input.sources[0]);
    if (op.config) {
      const auto* given = given_config(frame, node);
      step.config = PENSTOCK_TRY(decode(*op.config, given, step.path));
      step.config_key = short_digest(given ? json_to_text(to_json(*given)) : "");
    }
    for (const auto& need : op.resources) step.resources.push_back(resource_index(need));
    const auto options = inside(frame.use, node.options);
    step.tags = op.tags;
    for (const auto& [key, value] : options.tags) step.tags[key] = value;
    step.retry = options.retry.value_or(op.retry.value_or(job_.retry));
    step.trigger = options.trigger.value_or(op.trigger);
    step.priority = options.priority.value_or(op.priority);
    step.cpu = options.cpu.value_or(op.cpu);
    step.memory = options.memory ? options.memory : op.memory;
    step.timeout = options.timeout.value_or(op.timeout);
    step.max_in_flight = options.max_in_flight;
    if (options.buffer > 0) step.buffer = options.buffer;
    step.executor = options.executor ? options.executor : op.executor;
    step.hooks = plan_hooks(op, options);
    for (const auto& output : op.outputs)
      step.keep.push_back(output.keep.value_or(options.keep.value_or(keep_)));
    for (std::size_t port = 0; port < op.outputs.size(); ++port) {
      const auto& io = manager_of(node, port);
      step.io.push_back(io.empty() ? std::nullopt
                                   : std::optional(resource_index(manager_need(io))));
    }
    step.pools = op.pools;
    for (const auto& [pool, amount] : options.pools) step.pools[pool] = amount;
    step.reason = "requested";
    return step;
  }

  /// A join makes items of its own in the scope that all its sides stand in.
  void add_join(Frame& frame, const NodeDef& node, const std::vector<Resolved>& inputs,
                const std::vector<Resolved>& after) {
    PlannedStep step;
    step.path = frame.prefix + node.name;
    step.op = node.op;
    step.join = node.join;
    step.scope = plan_.scopes[inputs[0].scope].parent;
    for (const auto& side : inputs)
      step.inputs.push_back({PlannedInput::Kind::Collect, gathered(side).input.sources, nullptr});
    for (const auto& before : after) step.after.push_back(gathered(before).input.sources[0]);
    step.reason = "joins items";
    step.executor = ExecutorKind::Threads;  // the engine itself does it
    const auto index = add(std::move(step));
    auto sides = outputs_of(index);
    for (auto& side : sides) side.scope = sides[0].scope;
    frame.outputs.push_back(std::move(sides));
  }

  /// A reduction becomes two templates: one combines neighbours in a scope of its own, the other
  /// what is left, where the result is read.
  Status add_reduce(Frame& frame, const NodeDef& node, const Resolved& items,
                    const std::vector<Resolved>& after) {
    const auto& leaves = items.input.sources[0];
    PlannedReduce reduce{leaves, 0, 0, narrow<std::uint32_t>(plan_.scopes.size()), *node.reduce};
    const auto home = items.scope;
    plan_.scopes.push_back({home, leaves, plan_.scopes[home].level + 1, true});
    auto root = PENSTOCK_TRY(step_of(frame, node, home, after));
    root.op = reducing_op(node.op);
    if (root.op != node.op) root.executor = ExecutorKind::Threads;  // values as they are, no list
    root.inputs.push_back(items.input);
    root.inputs[0].collect.drop_failed = node.reduce->drop_failed;
    auto parts = root;
    parts.path += "_parts";
    parts.scope = reduce.scope;
    parts.after.clear();
    parts.keep.clear();  // a re-execution combines anew
    parts.trigger = TriggerRule::AllSuccess;
    parts.reason = "combines neighbouring items";
    parts.internal = true;
    reduce.parts = add(std::move(parts));
    reduce.root = add(std::move(root));
    plan_.steps[reduce.root].depth = plan_.steps[reduce.parts].depth + 1;
    plan_.reduces.push_back(reduce);
    frame.outputs.push_back(outputs_of(reduce.root));
    return {};
  }

  /// The scope outside the items that a collected source gathers.
  std::uint32_t home_of(const PlannedSource& source) const {
    auto items = plan_.steps[source.step].scope;
    for (std::uint32_t scope = 1; scope < plan_.scopes.size(); ++scope)
      if (plan_.scopes[scope].source == source && !plan_.scopes[scope].parts) items = scope;
    return plan_.scopes[items].parent;
  }

  /// A source that is one value: what is gathered from several gets a step of its own, which hands
  /// the gathered value on, so that it is gathered once for all its readers.
  Resolved gathered(const Resolved& source) {
    if (source.input.kind == PlannedInput::Kind::One) return source;
    static const OpDefPtr kGather = [] {
      OpDef op;
      op.name = "collect";
      op.description = "gathers the items of a dynamic output";
      op.inputs.push_back({"in0", &value_type_of<Nothing>(), false});
      op.outputs.push_back({"result", &value_type_of<Nothing>(), true, false, false});
      op.call = [](OpCall& call) -> Status {
        call.outputs[0] = call.inputs[0];
        return {};
      };
      return std::make_shared<const OpDef>(std::move(op));
    }();
    for (std::uint32_t i = 0; i < plan_.steps.size(); ++i) {
      const auto& known = plan_.steps[i];
      if (known.op == kGather && known.scope == source.scope &&
          known.inputs[0].kind == source.input.kind &&
          known.inputs[0].collect == source.input.collect &&
          known.inputs[0].sources == source.input.sources)
        return {{PlannedInput::Kind::One, {{i, 0}}, nullptr}, source.scope};
    }
    const auto& from = plan_.steps[source.input.sources[0].step];
    PlannedStep step;
    step.path = from.path + "_collect";
    step.op = kGather;
    step.scope = source.scope;
    step.inputs.push_back(source.input);
    step.priority = from.priority;
    step.keep = {keep_ == Keep::Failed ? Keep::Failed : Keep::None};
    step.reason = "gathers for several readers";
    step.executor = ExecutorKind::Threads;  // it only hands on what is in this process
    step.internal = true;
    return {{PlannedInput::Kind::One, {{add(std::move(step)), 0}}, nullptr}, source.scope};
  }

  std::uint32_t depth_of(const PlannedStep& step) const {
    std::uint32_t depth = 0;
    const auto below = [&](const PlannedSource& source) {
      depth = std::max(depth, plan_.steps[source.step].depth + 1);
    };
    for (const auto& input : step.inputs)
      for (const auto& source : input.sources) below(source);
    for (const auto& source : step.after) below(source);
    return depth;
  }

  std::vector<Resolved> outputs_of(std::uint32_t index) {
    std::vector<Resolved> outputs;
    const auto count = plan_.steps[index].op->outputs.size();
    for (std::uint32_t port = 0; port < count; ++port) {
      const PlannedSource source{index, port};
      const bool dynamic = plan_.steps[index].op->outputs[port].dynamic &&
                           (port == 0 || plan_.steps[index].join == JoinKind::None);
      outputs.push_back({{PlannedInput::Kind::One, {source}, nullptr},
                         dynamic ? scope_of_items(source) : plan_.steps[index].scope});
    }
    return outputs;
  }

  std::uint32_t scope_of_items(const PlannedSource& source) {
    const auto parent = plan_.steps[source.step].scope;
    plan_.scopes.push_back({parent, source, plan_.scopes[parent].level + 1});
    return narrow<std::uint32_t>(plan_.scopes.size() - 1);
  }

  Status add_graph(Frame& frame, const NodeDef& node, std::uint32_t scope,
                   std::vector<Resolved> inputs, std::vector<Resolved> after) {
    Frame inner;
    inner.graph = node.graph.get();
    inner.prefix = frame.prefix + node.name + ".";
    inner.scope = scope;
    inner.inputs = std::move(inputs);
    inner.after = std::move(after);
    inner.use = inside(frame.use, node.options);
    ConfigValue mapped;
    if (node.graph->mapping) {
      auto filled = apply_mapping(*node.graph->mapping, given_config(frame, node), environment_,
                                  plan_.secrets);
      if (!filled.ok()) return std::move(filled).error().within(frame.prefix + node.name);
      mapped = PENSTOCK_TRY(check_mapped(*inner_config_type(definitions_, *node.graph), *filled,
                                         "graph " + quote(node.graph->name)));
      inner.config = &mapped;
    } else {
      inner.config = config_of(frame, node);
    }
    PENSTOCK_TRY(flatten(inner));
    std::vector<Resolved> outputs;
    for (const auto& source : node.graph->output_sources) outputs.push_back(resolve(inner, source));
    frame.outputs.push_back(std::move(outputs));
    return {};
  }

  Resolved resolve(const Frame& frame, const SourceDef& source) {
    switch (source.kind) {
      case SourceDef::Kind::Output:
        return frame.outputs[source.node][source.port];
      case SourceDef::Kind::Input:
        return frame.inputs[source.port];
      case SourceDef::Kind::Unbound:
        return frame.unbound[source.port];
      case SourceDef::Kind::Collect: {
        const auto items = gathered(resolve(frame, source.parts[0]));
        PENSTOCK_CHECK(items.scope != 0, "collect() of a value that is not mapped");
        return {{PlannedInput::Kind::Collect, items.input.sources, source.gather, source.collect},
                plan_.scopes[items.scope].parent};
      }
      case SourceDef::Kind::FanIn:
        break;
    }
    Resolved all{{PlannedInput::Kind::FanIn, {}, source.gather}, frame.scope};
    for (const auto& part : source.parts)
      all.input.sources.push_back(gathered(resolve(frame, part)).input.sources[0]);
    return all;
  }

  static std::string short_digest(const std::string& text) { return md5_hex(text).substr(0, 16); }

  std::string name_of(const PlannedSource& source) const {
    const auto& step = plan_.steps[source.step];
    return step.path + "." + step.op->outputs[source.port].name;
  }

  std::string signature_of(const PlannedStep& step) const {
    auto text = step.op->name;
    if (step.scope != 0) text += "@" + name_of(plan_.scopes[step.scope].source);
    for (const auto& input : step.inputs) {
      text += fmt::format("|{}", number_of(input.kind));
      for (const auto& source : input.sources) text += " " + name_of(source);
      if (input.loader) text += " by " + plan_.resources[*input.loader].def->name;
    }
    for (const auto& source : step.after) text += "|after " + plan_.steps[source.step].path;
    for (const auto& output : step.op->outputs)
      text += fmt::format("|{}:{}:{}", output.name, output.type->name, output.dynamic);
    return short_digest(text);
  }

  void link_readers() {
    for (std::uint32_t i = 0; i < plan_.steps.size(); ++i) {
      for (const auto& input : plan_.steps[i].inputs)
        for (const auto& source : input.sources) link(source, i, input);
      for (const auto& source : plan_.steps[i].after) link(source, i, {});
    }
  }

  /// How a step reads what it gathers: as a whole, to join it, or to reduce it.
  PlannedReader::Kind gathering_kind(std::uint32_t reader) const {
    if (plan_.steps[reader].join != JoinKind::None) return PlannedReader::Kind::Join;
    for (const auto& reduce : plan_.reduces) {
      if (reduce.parts == reader) return PlannedReader::Kind::Part;
      if (reduce.root == reader) return PlannedReader::Kind::Reduced;
    }
    return PlannedReader::Kind::Collect;
  }

  void link(const PlannedSource& source, std::uint32_t reader, const PlannedInput& input) {
    auto& from = plan_.steps[source.step];
    const auto reader_scope = plan_.steps[reader].scope;
    PlannedReader link{reader, PlannedReader::Kind::Same};
    if (input.kind == PlannedInput::Kind::Collect) {
      link.kind = gathering_kind(reader);
      link.drop_failed = input.collect.drop_failed;
    } else if (from.op->outputs[source.port].stream && !input.sources.empty()) {
      link.kind = PlannedReader::Kind::Stream;
    } else if (from.op->outputs[source.port].dynamic) {
      link.kind = PlannedReader::Kind::Item;
    } else if (reader_scope != from.scope) {
      link.kind = PlannedReader::Kind::Inner;
    }
    // Steps are linked in their order, so those of one reader stand together at the end.
    auto& readers = from.readers[source.port];
    for (auto known = readers.rbegin(); known != readers.rend() && known->step == reader; ++known)
      if (*known == link) return;
    readers.push_back(link);
  }

  const Definitions& definitions_;
  const JobDef& job_;
  const ConfigEnvironment& environment_;
  Keep keep_ = Keep::Failed;
  std::map<std::string, std::shared_ptr<const void>> hook_configs_;  // by name
  RunPlan plan_;
};

}  // namespace

bool RunPlan::contains(std::uint32_t outer, std::uint32_t scope) const {
  while (scope != outer && scope != 0) scope = scopes[scope].parent;
  return scope == outer;
}

Result<RunPlan> plan_run(const Definitions& definitions, const RunRequest& request,
                         const ConfigEnvironment& environment) {
  const auto job = PENSTOCK_TRY(definitions.find_job(request.job));
  return Planner(definitions, *job, environment).run(request);
}

}  // namespace penstock
