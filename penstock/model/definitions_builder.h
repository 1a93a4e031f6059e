// Where a program declares what it has: resources, ops, graphs, jobs.
#pragma once

#include <memory>
#include <source_location>
#include <string>
#include <utility>
#include <vector>

#include "penstock/base/text.h"
#include "penstock/model/definitions.h"
#include "penstock/model/graph_builder.h"
#include "penstock/model/hook_traits.h"

namespace penstock {

/// Says more about an op, for all its uses.
class OpBuilder {
 public:
  explicit OpBuilder(std::shared_ptr<OpDef> op) : op_(std::move(op)) {}

  OpBuilder& describe(std::string text);
  OpBuilder& tag(std::string key, std::string value);
  /// Name the inputs, in order; they are in0, in1, … otherwise.
  OpBuilder& inputs(std::vector<std::string> names);
  /// Say what an input is, after it was named.
  OpBuilder& describe_input(std::string_view name, std::string text, Metadata metadata = {});
  /// Say what an output is; an only one is named `result`.
  OpBuilder& describe_output(std::string_view name, std::string text, Metadata metadata = {});
  OpBuilder& retry(RetryPolicy policy);
  OpBuilder& trigger(TriggerRule rule);
  /// Higher runs first.
  OpBuilder& priority(std::int32_t priority);
  /// Worker slots that one step of the op occupies.
  OpBuilder& cpu(std::int32_t slots);
  /// Bytes that one step of the op needs at most; admission keeps the sum within the budget.
  OpBuilder& memory(std::uint64_t bytes);
  /// The same, computed from the op's first input, which must be a T that is not collected.
  template <class T, class F>
  OpBuilder& memory(F estimate) {
    return set_memory(value_type_of<T>(), [estimate](std::span<const Value> inputs) {
      return inputs.empty() || !inputs[0] ? std::uint64_t(0)
                                          : std::uint64_t(estimate(inputs[0].as<T>()));
    });
  }
  /// For how long values of all outputs are kept, or of the named one.
  OpBuilder& keep(Keep policy, std::string_view output = "");
  /// The resource of type IoManager that stores all outputs, or the named one.
  OpBuilder& io(std::string manager, std::string_view output = "");
  /// Load an input by a resource of type IoManager of its own choice: from what is stored of the
  /// output that feeds it, which must have a manager, too. The input must have its name by now.
  OpBuilder& load(std::string_view input, std::string manager);
  /// An attempt that takes longer is asked to stop, and counts as failed however it ends.
  OpBuilder& timeout(Micros limit);
  /// Run the op there, wherever the rest of its run goes. Processes needs inputs and outputs that
  /// can leave their process: see value_codec.h.
  OpBuilder& executor(ExecutorKind kind);
  /// Call a function when a step of the op has succeeded and its result is in the log: a hook takes
  /// a HookContext&, Resource<T>s, and at most one config, which documents give below `hooks`.
  template <auto Fn>
  OpBuilder& on_success() {
    return add_hook(success_hook<Fn>());
  }
  /// Call a hook when a step of the op has failed and is not tried again.
  template <auto Fn>
  OpBuilder& on_failure() {
    return add_hook(failure_hook<Fn>());
  }
  /// Fix fields of its config, for all uses; documents may give the others.
  OpBuilder& configured(const ConfigValue& fixed);
  /// Take some of a pool while a step of the op runs. A resource with tokens is a pool of its name.
  OpBuilder& pool(std::string name, std::int64_t amount = 1);

 private:
  template <class Port>
  OpBuilder& describe_port(std::vector<Port>& ports, std::string_view what, std::string_view name,
                           std::string text, Metadata metadata);
  OpBuilder& add_hook(HookDefPtr hook);
  OpBuilder& set_memory(const ValueType& first_input, MemoryEstimate estimate);
  std::vector<OutputDef*> outputs_named(std::string_view name, const char* who);
  std::shared_ptr<OpDef> op_;
};

/// Says more about a resource.
class ResourceBuilder {
 public:
  explicit ResourceBuilder(std::shared_ptr<ResourceDef> resource)
      : resource_(std::move(resource)) {}

  ResourceBuilder& describe(std::string text);
  /// Fix fields of its config; documents may give the others.
  ResourceBuilder& configured(const ConfigValue& fixed);
  /// How long it lives and who shares it; run_worker unless this says otherwise.
  ResourceBuilder& scope(ResourceScope scope);
  /// It cannot be used by two steps at a time: steps that need it run one after another.
  ResourceBuilder& exclusive();
  /// It has so many tokens (licences, connections). A step that needs the resource takes one while
  /// it runs, or what its op's `pool(name, amount)` says.
  ResourceBuilder& tokens(std::int64_t count);

 private:
  std::shared_ptr<ResourceDef> resource_;
};

/// Says more about a job.
class JobBuilder {
 public:
  explicit JobBuilder(std::shared_ptr<JobDef> job) : job_(std::move(job)) {}

  JobBuilder& describe(std::string text);
  /// A tag of the job, which its runs have too.
  JobBuilder& tag(std::string key, std::string value);
  /// A tag of its runs only; of the same key it goes before that of the job.
  JobBuilder& run_tag(std::string key, std::string value);
  /// A fact about the job, for whoever looks at it.
  JobBuilder& metadata(std::string name, MetadataValue value);
  /// Which steps go first: depth first, unless said otherwise here or for one run.
  JobBuilder& order(DispatchOrder order);
  /// Retry policy of ops that have none of their own.
  JobBuilder& retry(RetryPolicy policy);
  /// For how long values between steps are kept, where neither output nor launch says it.
  JobBuilder& keep(Keep policy);
  /// A run that takes longer is stopped and fails. A launch may say otherwise.
  JobBuilder& max_runtime(Micros limit);
  /// Call a hook for every step that has succeeded.
  template <auto Fn>
  JobBuilder& on_success() {
    job_->hooks.push_back(success_hook<Fn>());
    return *this;
  }
  /// Call a hook for every step that has failed and is not tried again.
  template <auto Fn>
  JobBuilder& on_failure() {
    job_->hooks.push_back(failure_hook<Fn>());
    return *this;
  }
  /// Configure the whole job by one small struct; `fill(outer, inner)` sets the configs inside.
  template <Config C, class F>
  JobBuilder& config(F fill) {
    job_->mapping = detail::make_mapping<C>(std::move(fill));
    return *this;
  }
  /// Limit what steps that run at the same time take of a pool; a launch may set another limit.
  JobBuilder& pool(std::string name, std::int64_t limit);
  /// Fix fields of its document, as seen from outside; launches may give the others.
  JobBuilder& configured(ConfigValue fixed);
  /// Config that applies where a launch says nothing.
  JobBuilder& default_config(ConfigValue document);

 private:
  std::shared_ptr<JobDef> job_;
};

/// Collects declarations; build() checks them all at once.
class DefinitionsBuilder {
 public:
  DefinitionsBuilder();
  ~DefinitionsBuilder();
  DefinitionsBuilder(const DefinitionsBuilder&) = delete;
  DefinitionsBuilder& operator=(const DefinitionsBuilder&) = delete;

  /// Declare a resource by the function that opens it: from at most one config and other
  /// Resource<U>s to T or Result<T>. Its destructor closes it.
  template <class T, class F>
  ResourceBuilder resource(std::string_view name, F open) {
    using Made = detail::Output<F>;
    static_assert(std::same_as<Made, T>,
                  "penstock: the function that opens a resource must return it (or Result of it)");
    return add_resource(
        detail::make_resource<T>(name, std::move(open), typename detail::Signature<F>::args{}));
  }
  /// Declare how config feeds unbound inputs of type T under a name: a function that takes no
  /// inputs, but one config where it needs any, and returns T or Result<T>.
  template <class T, class F>
  OpBuilder loader(std::string name, F load) {
    static_assert(std::same_as<detail::Output<F>, T>,
                  "penstock: a loader must return the type that it loads (or Result of it)");
    static_assert(std::same_as<detail::Inputs<F>, detail::Types<>>,
                  "penstock: a loader takes no inputs: only a config, resources and the context");
    return add_loader(std::move(name), &value_type_of<T>(),
                      detail::make_op("load", std::move(load)));
  }
  /// Say more about an op that is a named function.
  template <auto Fn>
  OpBuilder op() {
    return OpBuilder(detail::op_of<Fn>(registry_));
  }
  /// Register an op that is a lambda, under a name, for graphs that are built from data.
  template <class F>
  OpBuilder op(std::string_view name, F fn) {
    return OpBuilder(registry_.add(detail::make_op(name, std::move(fn))));
  }
  /// Declare a reusable graph. The body takes a GraphBuilder& and one Ref per input, and returns
  /// the Ref of its output.
  template <class F>
  auto graph(std::string name, F body) {
    return make_graph(std::move(name), body, typename detail::Signature<F>::args{});
  }
  /// Declare a job: the body takes a GraphBuilder&.
  template <class F>
  JobBuilder job(std::string name, F body,
                 std::source_location where = std::source_location::current()) {
    GraphBuilder graph(name, registry_);
    body(graph);
    return add_job(std::move(name), graph.finish(), where);
  }
  /// Check everything: names, resources, config defaults. All problems at once, one a line.
  Result<Definitions> build();

 private:
  template <class F, class... R>
  auto make_graph(std::string name, F& body, detail::Types<GraphBuilder&, R...>) {
    GraphBuilder graph(std::move(name), registry_);
    auto out = body(graph, R{&graph, graph.add_input(&value_type_of<typename R::type>())}...);
    using Out = typename decltype(out)::type;
    static_assert(!detail::is_nested<decltype(out)>,
                  "penstock: a graph cannot return what is mapped over two dynamic outputs; "
                  "collect() the inner one first");
    static_assert(!detail::is_joined<decltype(out)>,
                  "penstock: a graph cannot return what zip() or product() gives; map() something "
                  "over it first");
    graph.set_output(detail::Port<Out>::shape(), graph.own(out));
    return Graph<Out, typename R::type...>(graph.finish());
  }
  JobBuilder add_job(std::string name, std::shared_ptr<GraphDef> graph, std::source_location where);
  OpBuilder add_loader(std::string name, const ValueType* type, OpDef op);
  ResourceBuilder add_resource(ResourceDef resource);

  detail::Registry registry_;
  std::vector<std::shared_ptr<JobDef>> jobs_;
  std::vector<std::shared_ptr<ResourceDef>> resources_;
  std::vector<LoaderDef> loaders_;
};

}  // namespace penstock
