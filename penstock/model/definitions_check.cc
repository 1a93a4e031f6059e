#include "penstock/model/definitions_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <utility>

#include "penstock/base/text.h"
#include "penstock/model/hook.h"
#include "penstock/model/io_manager.h"
#include "penstock/model/run_tags.h"

namespace penstock {
namespace {

class Checker {
 public:
  explicit Checker(const Definitions& definitions) : definitions_(definitions) {}

  std::vector<std::string> run() {
    check_resources();
    check_ops();
    check_jobs();
    return std::move(problems_);
  }

 private:
  template <class... A>
  void problem(fmt::format_string<A...> format, A&&... args) {
    problems_.push_back(fmt::format(format, std::forward<A>(args)...));
  }

  void check_resources() {
    std::set<std::string> names;
    for (const auto& resource : definitions_.resources()) {
      if (!is_name(resource->name))
        problem("resource {} has a name that is not [A-Za-z0-9_]+", quote(resource->name));
      if (!names.insert(resource->name).second)
        problem("resource {} is declared twice; give each its own name", quote(resource->name));
      check_needs("resource " + quote(resource->name), resource->resources);
      check_config_type("resource " + quote(resource->name), resource->config);
      check_scope(*resource);
      for (const auto& mistake : resource->mistakes)
        problem("resource {}: {}", quote(resource->name), mistake);
    }
    for (const auto& resource : definitions_.resources()) check_cycle(*resource);
  }

  /// What lives longer cannot hold on to what is closed with a step.
  void check_scope(const ResourceDef& resource) {
    if (resource.scope == ResourceScope::Step) return;
    for (const auto& need : resource.resources) {
      const auto* needed = definitions_.find_resource(need);
      if (needed != nullptr && needed->scope == ResourceScope::Step)
        problem(
            "resource {} has the scope {} and needs {}, which is closed with each step; give it "
            "the scope step as well",
            quote(resource.name), to_string(resource.scope), quote(needed->name));
    }
  }

  void check_pools(const std::string& who, const PoolAmounts& pools, std::int64_t least) {
    for (const auto& [name, amount] : pools) {
      if (!is_name(name)) problem("{} names the pool {}, which is no name", who, quote(name));
      if (amount < least)
        problem("{} says {} of pool {}; expected at least {}", who, amount, quote(name), least);
    }
  }

  void check_needs(const std::string& who, const std::vector<ResourceNeed>& needs) {
    for (const auto& need : needs) {
      if (definitions_.find_resource(need) != nullptr) continue;
      std::size_t same_type = 0;
      for (const auto& resource : definitions_.resources())
        same_type += *resource->type == *need.type;
      if (!need.name.empty())
        problem(
            "{} needs resource {} of type {}, which is not declared; add "
            "defs.resource<{}>(\"{}\", …)",
            who, quote(need.name), need.type_name, need.type_name, need.name);
      else if (same_type == 0)
        problem(
            "{} needs a resource of type {}, and none is declared; add "
            "defs.resource<{}>(\"name\", …)",
            who, need.type_name, need.type_name);
      else
        problem(
            "{} needs a resource of type {}, and {} have it; name the one that is meant: "
            "Resource<{}, \"name\">",
            who, need.type_name, same_type, need.type_name);
    }
  }

  void check_cycle(const ResourceDef& first) {
    std::vector<std::string> path;
    const std::function<bool(const ResourceDef&)> reaches_first = [&](const ResourceDef& at) {
      path.push_back(at.name);
      if (path.size() > definitions_.resources().size()) return path.pop_back(), false;
      for (const auto& need : at.resources) {
        const auto* next = definitions_.find_resource(need);
        if (next == nullptr) continue;
        if (next == &first || reaches_first(*next)) return true;
      }
      return path.pop_back(), false;
    };
    if (reaches_first(first))
      problem("resource {} needs itself: {}; remove one of these needs", quote(first.name),
              join(path, " → ") + " → " + first.name);
  }

  void check_retry(const std::string& who, const RetryPolicy& retry) {
    if (retry.delay.count() == 0 &&
        (retry.backoff != Backoff::None || retry.jitter != Jitter::None))
      problem("{} has a retry policy with backoff or jitter but without delay; set delay", who);
    if (retry.max_retries < 0) problem("{} has a negative max_retries", who);
    if (retry.delay.count() < 0) problem("{} has a retry policy with a negative delay", who);
    if (retry.max_delay.count() < 0)
      problem("{} has a retry policy with a negative max_delay", who);
  }

  void check_amounts(const std::string& who, std::int32_t cpu, Micros timeout) {
    if (cpu < 1) problem("{} occupies {} slots; expected at least 1", who, cpu);
    if (timeout.count() < 0) problem("{} has a negative timeout; 0 is none", who);
  }

  void check_hooks(const std::string& who, const std::vector<HookDefPtr>& hooks) {
    for (const auto& hook : hooks)
      check_needs("hook " + quote(hook->name) + " of " + who, hook->resources);
  }

  /// Hooks are configured by their names.
  void check_hook_configs(const JobDef& job) {
    std::map<std::string, ConfigTypePtr> types;
    std::set<std::string> told;
    for (const auto& hook : hooks_of(job)) {
      if (!hook->config) continue;
      const auto [at, fresh] = types.emplace(hook->name, hook->config);
      if (fresh)
        check_config_type("hook " + quote(hook->name), hook->config);
      else if (at->second != hook->config && told.insert(hook->name).second)
        problem(
            "job {} has two hooks named {} with different configs, which its document could not "
            "tell apart; rename one of the functions",
            quote(job.name), quote(hook->name));
    }
  }

  void check_config_type(const std::string& who, const ConfigTypePtr& type) {
    if (!type) return;
    for (const auto& mistake : mistakes_in(*type)) problem("config of {}: {}", who, mistake);
  }

  /// What runs in a process of its own takes and gives values that can cross.
  void check_executor(const std::string& who, const OpDef& op, std::optional<ExecutorKind> kind) {
    if (kind != ExecutorKind::Processes) return;
    for (const auto& mistake : not_portable(op))
      problem("{} runs in processes, and {}", who, mistake);
  }

  /// A rule that lets a step run without all its values needs inputs that may be missing. What is
  /// gathered is never missing, only shorter.
  void check_trigger(const std::string& where, const NodeDef& node) {
    if (node.options.trigger.value_or(node.op->trigger) == TriggerRule::AllSuccess) return;
    if (node.reduce || node.join != JoinKind::None) return;  // what they take may be missing
    for (std::size_t i = 0; i < node.op->inputs.size(); ++i) {
      const auto& input = node.op->inputs[i];
      const bool gathered = node.inputs[i].kind == SourceDef::Kind::Collect ||
                            node.inputs[i].kind == SourceDef::Kind::FanIn;
      if (!input.optional && !gathered && input.type != &value_type_of<Nothing>())
        problem("{} may run without its input {}, by its trigger rule; take it as std::optional",
                where, quote(input.name));
    }
  }

  void check_managers(const std::string& where, const NodeDef& node) {
    for (std::size_t port = 0; port < node.op->outputs.size(); ++port)
      if (const auto& io = manager_of(node, port); !io.empty())
        check_needs(fmt::format("{}: output {}", where, quote(node.op->outputs[port].name)),
                    {manager_need(io)});
  }

  /// Inputs that choose who loads them.
  void check_loaders(const std::string& where, const NodeDef& node) {
    if (node.graph) {
      if (!node.options.load.empty())
        problem("{} is a graph, and who loads an input is said of an op; set it on the op inside",
                where);
      return;
    }
    for (const auto& [name, manager] : node.options.load)
      if (std::ranges::find(node.op->inputs, name, &InputDef::name) == node.op->inputs.end())
        problem("{}: load names the input {}, which op {} does not have{}", where, quote(name),
                quote(node.op->name), nearest_input(*node.op, name));
    for (std::size_t i = 0; i < node.op->inputs.size(); ++i) {
      const auto& manager = loader_of(node, i);
      if (manager.empty()) continue;
      const auto input = fmt::format("{}: input {}", where, quote(node.op->inputs[i].name));
      if (const auto why = not_loadable(node, i); !why.empty())
        problem("{} cannot be loaded by {}: {}", input, quote(manager), why);
      check_loader(input, manager);
    }
  }

  /// Why what feeds an input cannot be loaded from what is stored; empty when it can.
  static std::string not_loadable(const NodeDef& node, std::size_t input) {
    const auto& declared = node.op->inputs[input];
    if (declared.stream) return "a stream is not stored";
    if (declared.type == &value_type_of<Nothing>()) return "it has no value";
    if (node.reduce) return "a reduction takes values as they are made";
    return {};
  }

  void check_loader(const std::string& input, const std::string& manager) {
    if (definitions_.find_resource(manager_need(manager)) != nullptr) return;
    std::vector<std::string> managers;
    for (const auto& resource : definitions_.resources()) {
      if (resource->name == manager)
        return problem(
            "{} is to be loaded by {}, which is a resource of type {}; expected one of "
            "type {}",
            input, quote(manager), resource->type_name, manager_need("").type_name);
      if (*resource->type == typeid(IoManager)) managers.push_back(resource->name);
    }
    const auto near = closest_name(manager, managers);
    problem("{} is to be loaded by {}, and no IO manager has that name; {}", input, quote(manager),
            near               ? "did you mean " + quote(*near) + "?"
            : managers.empty() ? "add defs.resource<penstock::IoManager>(" + quote(manager) + ", …)"
                               : "there are: " + join(managers, ", "));
  }

  void check_ops() {
    for (const auto& op : definitions_.ops()) {
      const auto who = "op " + quote(op->name);
      check_needs(who, op->resources);
      check_hooks(who, op->hooks);
      if (op->retry) check_retry(who, *op->retry);
      for (const auto& mistake : op->mistakes) problem("{}: {}", who, mistake);
      check_config_type(who, op->config);
      check_executor(who, *op, op->executor);
      check_pools(who, op->pools, 1);
      check_amounts(who, op->cpu, op->timeout);
      for (const auto& input : op->inputs)
        if (!is_name(input.name))
          problem("{} has an input {} that is not a name", who, quote(input.name));
      std::set<std::string> outputs;
      for (const auto& output : op->outputs)
        if (!is_name(output.name) || !outputs.insert(output.name).second)
          problem("{} has an output {} that is not a name or is there twice", who,
                  quote(output.name));
    }
  }

  void check_jobs() {
    std::map<std::string, const JobDef*> names;
    for (const auto& job : definitions_.jobs()) {
      const auto [at, fresh] = names.emplace(job->name, job.get());
      if (!fresh)
        problem("job {} is declared twice, at {}:{} and {}:{}; give each its own name",
                quote(job->name), at->second->where.file_name(), at->second->where.line(),
                job->where.file_name(), job->where.line());
      if (job->graph->nodes.empty())
        problem("job {} has no ops; add them in its body with g.op<function>()", quote(job->name));
      check_retry("job " + quote(job->name), job->retry);
      check_hooks("job " + quote(job->name), job->hooks);
      check_hook_configs(*job);
      if (job->max_runtime.count() < 0)
        problem("job {} has a negative max_runtime; 0 is none", quote(job->name));
      check_limits(*job);
      for (const auto* tags : {&job->tags, &job->run_tags})
        for (const auto& mistake : mistakes_in_user_tags(*tags))
          problem("job {}: {}", quote(job->name), mistake);
      if (job->mapping) check_config_type("job " + quote(job->name), job->mapping->outer);
      check_unbound(*job->graph, "job " + quote(job->name));
      check_nodes(*job->graph, job->name);
    }
    if (problems_.empty())  // the composed type needs sound definitions
      for (const auto& job : definitions_.jobs()) check_default_config(*job);
  }

  void check_limits(const JobDef& job) {
    check_pools("job " + quote(job.name), job.pools, 1);
    const auto taken = pools_of(definitions_, job);
    for (const auto& [name, limit] : job.pools) {
      if (std::ranges::find(taken, name) != taken.end()) continue;
      problem("job {} limits the pool {}, of which no step takes anything; {}", quote(job.name),
              quote(name),
              taken.empty() ? "say so with op.pool()" : "there are: " + join(taken, ", "));
    }
  }

  void check_nodes(const GraphDef& graph, const std::string& path) {
    for (const auto& node : graph.nodes) {
      const auto where = path + "." + node.name;
      check_pools(where, node.options.pools, 0);
      check_amounts(where, node.options.cpu.value_or(1), node.options.timeout.value_or(Micros(0)));
      if (node.options.retry) check_retry(where, *node.options.retry);
      check_hooks(where, node.options.hooks);
      check_fixed_config(node, where);
      if (node.graph) check_unbound(*node.graph, where);
      if (node.op) check_trigger(where, node);
      if (node.op) check_executor(where, *node.op, node.options.executor);
      if (node.op) check_managers(where, node);
      check_loaders(where, node);
      if (node.graph && (node.options.trigger || node.options.max_in_flight > 0))
        problem("{} is a graph, and {} is of one step; set it on the op inside", where,
                node.options.trigger ? "a trigger rule" : "max_in_flight");
      if (node.op && node.options.max_in_flight > 0 &&
          std::ranges::none_of(node.op->outputs, &OutputDef::dynamic))
        problem("{} has max_in_flight and no dynamic output; set it on the op that yields", where);
      const auto streams = [](const auto& port) { return port.stream; };
      if (node.op && node.options.max_in_flight > 0 &&
          (std::ranges::any_of(node.op->inputs, streams) ||
           std::ranges::any_of(node.op->outputs, streams)))
        problem("{} has max_in_flight and a stream; whoever shares the stream would wait with it",
                where);
      if (node.reduce && node.reduce->fan_in < 2)
        problem("{} reduces with fan_in {}; expected at least 2", where, node.reduce->fan_in);
      if (node.graph && node.graph->mapping)
        check_config_type("graph " + quote(node.graph->name), node.graph->mapping->outer);
      if (node.graph) check_nodes(*node.graph, where);
    }
  }

  void check_fixed(const std::string& where, const ConfigTypePtr& type, const ConfigValue& fixed) {
    if (!type) {
      problem("{} is given a config and takes none", where);
      return;
    }
    for (const auto& found : fix_config(type, fixed).problems)
      problem("{}: {}", where, to_string(found));
  }

  /// What its graph fixes for all uses, and what this use fixes beyond that.
  void check_fixed_config(NodeDef node, const std::string& where) {
    const auto own = std::exchange(node.options.config, {});
    if (own) check_fixed(where, node_config_type(definitions_, node), *own);
    if (!node.graph || !node.graph->fixed || !fixed_graphs_.insert(node.graph.get()).second) return;
    auto graph = *node.graph;
    const auto fixed = std::exchange(graph.fixed, {});
    node.graph = std::make_shared<const GraphDef>(std::move(graph));
    check_fixed("graph " + quote(node.graph->name), node_config_type(definitions_, node), *fixed);
  }

  /// Inputs that no config could feed.
  void check_unbound(const GraphDef& graph, const std::string& where) {
    for (const auto& input : graph.unbound)
      if (loader_names(definitions_.loaders(), input).empty())
        problem(
            "{} has the input {} of type {}, which nothing feeds: no loader gives the type, and "
            "config cannot say it; connect it, or add defs.loader<{}>(\"name\", function)",
            where, quote(input.name), input.type->name, input.type->name);
    for (const auto& node : graph.nodes)
      if (!graph.unbound.empty() && node.name == "inputs")
        problem("{} has inputs fed by config and a node named \"inputs\"; rename the node", where);
  }

  void check_default_config(const JobDef& job) {
    if (job.fixed) {
      const auto open = job.mapping ? job.mapping->outer : inner_config_type(definitions_, job);
      check_fixed("job " + quote(job.name), open, *job.fixed);
    }
    const auto outcome = validate_config(*job_config_type(definitions_, job), job.default_config);
    for (const auto& found : outcome.problems)
      if (found.code != ConfigCode::MissingField)
        problem("job {}: default config: {}", quote(job.name), to_string(found));
  }

  const Definitions& definitions_;
  std::vector<std::string> problems_;
  std::set<const GraphDef*> fixed_graphs_;  // whose fixed config was checked
};

}  // namespace

std::vector<std::string> check_definitions(const Definitions& definitions) {
  return Checker(definitions).run();
}

}  // namespace penstock
