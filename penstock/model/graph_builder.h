// Building a graph: typed references to outputs, connected by calling op() and map().
//
// The compiler checks every connection; what it cannot see is checked by DefinitionsBuilder::build.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "penstock/model/graph.h"
#include "penstock/model/graph_data.h"
#include "penstock/model/graph_def.h"
#include "penstock/model/inner_config.h"
#include "penstock/model/op_traits.h"

namespace penstock {

class GraphBuilder;

/// A typed reference to an output in a graph under construction.
template <class T>
struct Ref {
  using type = T;
  GraphBuilder* graph;
  SourceDef source;
};

/// A dynamic output: map something over its items, collect what comes out. Depth counts the nested
/// dynamic outputs that the items stand in.
template <class T, int Depth = 1>
class DynamicRef {
 public:
  using type = Dynamic<T>;
  DynamicRef(GraphBuilder* graph, SourceDef source) : graph_(graph), source_(std::move(source)) {}

  /// Set options (alias, retry, …) of the op or graph that the next map() adds.
  DynamicRef with(NodeOptions options) const {
    DynamicRef copy = *this;
    copy.options_ = share(std::move(options));
    return copy;
  }
  /// Run an op once per item; further inputs are the same for every item.
  template <auto Fn, class... Refs>
  auto map(const Refs&... others) const;
  /// Run a lambda once per item, under a name.
  template <class F, class... Refs>
  auto map(std::string_view name, F fn, const Refs&... others) const;
  /// Run a graph once per item.
  template <class O, class... In, class... Refs>
  auto map(const Graph<O, In...>& body, const Refs&... others) const;
  /// All items of the innermost dynamic output, in the order in which they were yielded unless the
  /// options say otherwise.
  auto collect(CollectOptions options = {}) const;
  /// All items of the innermost dynamic output made into one by an associative op: `T f(const T&,
  /// const T&)` or `T f(const std::vector<T>&)`. It is run on neighbours while others are still
  /// being made, so that few values wait at a time.
  template <auto Fn>
  auto reduce(ReduceOptions options = {}) const;
  /// The same by a lambda, under a name.
  template <class F>
  auto reduce(std::string_view name, F fn, ReduceOptions options = {}) const;

  GraphBuilder* graph() const { return graph_; }
  const SourceDef& source() const { return source_; }

 private:
  const NodeOptions& node_options() const { return options_ ? *options_ : no_options(); }

  GraphBuilder* graph_;
  SourceDef source_;
  std::shared_ptr<const NodeOptions> options_;  // null: none
};

namespace detail {

template <class Expected, class Found>
struct Connect {
  static_assert(std::same_as<Expected, Found>,
                "penstock: this output cannot feed that input; the two types are the arguments of "
                "Connect<expected, found> above");
};

template <class T>
struct RefType {
  static_assert(sizeof(T) == 0,
                "penstock: an op is connected by the Ref that another op returned; a dynamic "
                "output is connected with map() and collect()");
  using type = T;
};
template <class T>
struct RefType<Ref<T>> {
  using type = T;
};
template <class T, int D>
struct RefType<DynamicRef<T, D>> {
  using type = Dynamic<T>;
};

/// What stands for the items of a join: one value per side.
template <class... T>
struct Joined;

template <class H>
inline constexpr bool is_dynamic_ref = false;
template <class T, int Depth>
inline constexpr bool is_dynamic_ref<DynamicRef<T, Depth>> = true;
template <class H>
inline constexpr int depth_of = 0;
template <class T, int Depth>
inline constexpr int depth_of<DynamicRef<T, Depth>> = Depth;
template <class H>
inline constexpr bool is_joined = false;
template <class... T, int Depth>
inline constexpr bool is_joined<DynamicRef<Joined<T...>, Depth>> = true;

template <class H>
inline constexpr bool is_nested = false;
template <class T, int Depth>
inline constexpr bool is_nested<DynamicRef<T, Depth>> = Depth > 1;

/// The handle of an output of type T, whose node is mapped `Depth` deep.
template <class T, int Depth>
struct HandleOf {
  using type = std::conditional_t<Depth == 0, Ref<T>, DynamicRef<T, Depth == 0 ? 1 : Depth>>;
};
template <class T, int Depth>
struct HandleOf<Dynamic<T>, Depth> {
  using type = DynamicRef<T, Depth + 1>;
};
template <class T, int Depth>
struct HandleOf<std::optional<T>, Depth> : HandleOf<T, Depth> {};

template <Name N, class... O>
struct PortOf;
template <Name N, Name M, class T, class... O>
struct PortOf<N, Out<M, T>, O...> {
  static constexpr bool kHere = N.view() == M.view();
  static constexpr std::uint32_t kIndex = [] {
    if constexpr (kHere)
      return std::uint32_t{0};
    else
      return 1 + PortOf<N, O...>::kIndex;
  }();
  using type = typename std::conditional_t<kHere, std::type_identity<T>, PortOf<N, O...>>::type;
};
template <Name N>
struct PortOf<N> {
  static_assert(N.view().size() == std::size_t(-1), "penstock: the op has no output of that name");
  static constexpr std::uint32_t kIndex = 0;
  using type = Nothing;
};

Value gather_list(std::span<const Value> values);  // the values as they are

template <class... T, std::size_t... I>
std::tuple<T...> tuple_of(const ValueList& sides, std::index_sequence<I...>) {
  return {sides.values[I].template as<T>()...};
}

/// What items of a type give when they are collected.
template <class T>
struct Items {
  using collected = std::vector<T>;
  static constexpr GatherFunction kGather = &gather_vector<T>;
};
template <class... T>
struct Items<Joined<T...>> {
  using collected = std::vector<std::tuple<T...>>;
  static Value gather(std::span<const Value> values) {
    collected all;
    all.reserve(values.size());
    for (const auto& value : values)
      all.push_back(tuple_of<T...>(value.as<ValueList>(), std::index_sequence_for<T...>()));
    return Value::make<collected>(std::move(all));
  }
  static constexpr GatherFunction kGather = &gather;
};

}  // namespace detail

namespace detail {
template <class T>
struct Items<Stream<T>> {
  static_assert(sizeof(T) == 0,
                "penstock: a stream is read by a step that takes it; map() that step, and "
                "collect() what it gives");
  using collected = std::vector<T>;
  static constexpr GatherFunction kGather = nullptr;
};
}  // namespace detail

/// The outputs of an op that gives several: `refs.get<"good">()`.
template <int Depth, class... O>
struct OutputRefs {
  GraphBuilder* graph;
  std::uint32_t node;

  template <Name N>
  auto get() const {
    using Port = detail::PortOf<N, O...>;
    using Handle = typename detail::HandleOf<typename Port::type, Depth>::type;
    return Handle{graph, SourceDef{SourceDef::Kind::Output, node, Port::kIndex}};
  }
};

namespace detail {
template <int Depth, class... O>
struct HandleOf<Outputs<O...>, Depth> {
  using type = OutputRefs<Depth, O...>;
};
}  // namespace detail

namespace detail {

/// Where ops are registered once and problems are gathered, shared by all builders.
class Registry {
 public:
  Registry();
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  /// The op of the function at that address, declared when it is first asked for.
  std::shared_ptr<OpDef> op_of(const void* function, std::string_view name,
                               void (*declare)(OpDef&));
  std::shared_ptr<OpDef> add(OpDef op);
  void problem(std::string text) { problems_.push_back(std::move(text)); }
  const std::vector<std::string>& problems() const { return problems_; }
  const std::vector<std::shared_ptr<OpDef>>& ops() const { return ops_; }

 private:
  std::map<const void*, std::shared_ptr<OpDef>> by_function_;
  std::vector<std::shared_ptr<OpDef>> ops_;
  std::vector<std::string> problems_;
};

template <auto Fn>
std::shared_ptr<OpDef> op_of(Registry& registry) {
  using F = std::remove_cvref_t<decltype(Fn)>;
  return registry.op_of(reinterpret_cast<const void*>(Fn), function_name<Fn>(),
                        [](OpDef& op) { declare_op(op, Fn, typename Signature<F>::args{}); });
}

}  // namespace detail

namespace detail {
template <class H>
struct SideOf {
  using type = H;
};
template <class T, int Depth>
struct SideOf<DynamicRef<T, Depth>> {
  using type = T;
};
}  // namespace detail

/// Builds one graph. Handed to the function that describes it; lives only during that call.
class GraphBuilder {
 public:
  GraphBuilder(std::string name, detail::Registry& registry);
  ~GraphBuilder();
  GraphBuilder(const GraphBuilder&) = delete;
  GraphBuilder& operator=(const GraphBuilder&) = delete;

  /// Adds a node with options set for it.
  class WithOptions {
   public:
    WithOptions(GraphBuilder& graph, std::shared_ptr<const NodeOptions> options)
        : graph_(graph), options_(std::move(options)) {}
    template <auto Fn, class... Refs>
    auto op(const Refs&... inputs) {
      return graph_.add_op<Fn>(*options_, inputs...);
    }
    template <class F, class... Refs>
    auto op(std::string_view name, F fn, const Refs&... inputs) {
      return graph_.add_lambda(*options_, name, std::move(fn), inputs...);
    }
    template <class O, class... In, class... Refs>
    auto graph(const Graph<O, In...>& body, const Refs&... inputs) {
      return graph_.add_graph(*options_, body, inputs...);
    }
    template <class... Refs>
    auto zip(const Refs&... sides) {
      return graph_.join(*options_, JoinKind::Zip, sides...);
    }
    template <class... Refs>
    auto product(const Refs&... sides) {
      return graph_.join(*options_, JoinKind::Product, sides...);
    }

   private:
    GraphBuilder& graph_;
    std::shared_ptr<const NodeOptions> options_;
  };

  /// Set options (alias, tags, retry, trigger, config, …) of the op or graph that is added next.
  WithOptions with(NodeOptions options);
  /// Add an op that is a named function; the op takes its name. Inputs are connected by position.
  template <auto Fn, class... Refs>
  auto op(const Refs&... inputs) {
    return add_op<Fn>(no_options(), inputs...);
  }
  /// Add an op under another name, or one that is a lambda.
  template <class F, class... Refs>
  auto op(std::string_view name, F fn, const Refs&... inputs) {
    return add_lambda(no_options(), name, std::move(fn), inputs...);
  }
  /// Add a graph made with DefinitionsBuilder::graph.
  template <class O, class... In, class... Refs>
  auto graph(const Graph<O, In...>& body, const Refs&... inputs) {
    return add_graph(no_options(), body, inputs...);
  }
  /// An input that the run's config feeds, below `inputs`: by a loader, or with the value itself.
  template <class T>
  Ref<T> input(std::string name, InputOptions<T> options = {}) {
    return {this, add_unbound(detail::make_unbound<T>(std::move(name), std::move(options)))};
  }
  /// Several values of one type as the vector that an op takes, in this order.
  template <class T, class... More>
  Ref<std::vector<T>> fan_in(const Ref<T>& first, const Ref<More>&... more) {
    static_assert(!detail::StreamArg<T>::value,
                  "penstock: streams are not joined into a vector; each is read by a step that "
                  "takes it");
    static_assert((std::same_as<T, More> && ...),
                  "penstock: fan_in joins outputs of one type into a vector");
    SourceDef source(SourceDef::Kind::FanIn);
    source.gather = &detail::gather_vector<T>;
    source.parts.reserve(1 + sizeof...(More));
    source.parts.push_back(own(first));
    (source.parts.push_back(own(more)), ...);
    return {this, std::move(source)};
  }
  /// Pair the items of several dynamic outputs by their keys; a key that one side lacks is a
  /// failure. What is mapped over it takes one input per side.
  template <class... Refs>
  auto zip(const Refs&... sides) {
    return join(no_options(), JoinKind::Zip, sides...);
  }
  /// Every choice of one item per side, under the keys joined by a comma.
  template <class... Refs>
  auto product(const Refs&... sides) {
    return join(no_options(), JoinKind::Product, sides...);
  }
  /// Let the node of `later` wait for `earlier` without taking its value.
  template <class T, class U>
  void order(const Ref<T>& earlier, const Ref<U>& later) {
    add_order(own(earlier), own(later));
  }
  /// The same for what is mapped: every copy waits.
  template <class T, class U, int D>
  void order(const Ref<T>& earlier, const DynamicRef<U, D>& later) {
    add_order(own(earlier), own(later));
  }
  /// The same after what is mapped: `later` waits for every copy.
  template <class T, class U>
  void order(const DynamicRef<T>& earlier, const Ref<U>& later) {
    add_order(own(earlier.collect()), own(later));
  }

  // What maps and handles need; not for users.
  template <int Depth, class O, class... In, class... Refs>
  auto connect(NodeDef node, detail::Types<In...>, const Refs&... inputs) {
    static_assert(sizeof...(In) == sizeof...(Refs),
                  "penstock: the op takes another number of inputs than are connected here "
                  "(contexts, configs and resources do not count)");
    if constexpr (sizeof...(In) == sizeof...(Refs))
      (void)std::tuple<detail::Connect<In, typename detail::RefType<Refs>::type>...>{};
    (node.add_input(own(inputs)), ...);
    const auto index = add_node(std::move(node));
    using Handle = typename detail::HandleOf<O, Depth>::type;
    if constexpr (requires { Handle{this, index}; })
      return Handle{this, index};
    else
      return Handle{this, SourceDef{SourceDef::Kind::Output, index, 0}};
  }
  template <class T>
  SourceDef own(const Ref<T>& ref) {
    check_owner(ref.graph);
    return ref.source;
  }
  template <class T, int D>
  SourceDef own(const DynamicRef<T, D>& ref) {
    check_owner(ref.graph());
    return ref.source();
  }
  template <auto Fn>
  NodeDef op_node(const NodeOptions& options) {
    return node_of(detail::op_of<Fn>(registry_), options);
  }
  template <class F>
  NodeDef lambda_node(const NodeOptions& options, std::string_view name, F fn) {
    return node_of(registry_.add(detail::make_op(name, std::move(fn))), options);
  }
  static NodeDef node_of(std::shared_ptr<const OpDef> op, const NodeOptions& options);
  static NodeDef node_of(GraphDefPtr graph, const NodeOptions& options);
  std::uint32_t add_node(NodeDef node);
  SourceDef add_input(const ValueType* type);
  void set_output(const OutputShape& output, SourceDef source);
  std::shared_ptr<GraphDef> finish();

  /// Add a use of an op that was registered before, by `defs.op<f>()`, under its name: for graphs
  /// that are built from data, see graph_data.h. Inputs are connected in order, or later by name.
  DataNode add(std::string op, std::vector<DataSource> inputs = {}, NodeOptions options = {},
               std::source_location where = std::source_location::current());
  /// Connect an input of such a node by its name.
  void connect(DataNode reader, std::string input, DataSource source,
               std::source_location where = std::source_location::current());

 private:
  template <auto Fn, class... Refs>
  auto add_op(const NodeOptions& options, const Refs&... inputs) {
    using F = std::remove_cvref_t<decltype(Fn)>;
    return connect<0, detail::Output<F>>(op_node<Fn>(options), detail::Inputs<F>{}, inputs...);
  }
  template <class F, class... Refs>
  auto add_lambda(const NodeOptions& options, std::string_view name, F fn, const Refs&... inputs) {
    return connect<0, detail::Output<F>>(lambda_node(options, name, std::move(fn)),
                                         detail::Inputs<F>{}, inputs...);
  }
  template <class O, class... In, class... Refs>
  auto add_graph(const NodeOptions& options, const Graph<O, In...>& body, const Refs&... inputs) {
    return connect<0, O>(node_of(body.def(), options), detail::Types<In...>{}, inputs...);
  }
  template <class... Refs>
  auto join(const NodeOptions& options, JoinKind kind, const Refs&... sides) {
    static_assert(sizeof...(Refs) >= 2,
                  "penstock: zip() and product() join two dynamic outputs or more");
    static_assert((detail::is_dynamic_ref<Refs> && ...),
                  "penstock: zip() and product() join dynamic outputs; a single value is given to "
                  "map() as a further input");
    static_assert(!(detail::is_joined<Refs> || ...),
                  "penstock: a join is not joined once more; name all sides in one zip() or "
                  "product(), or map() something over the first");
    constexpr int kDepth = std::max({detail::depth_of<Refs>...});
    static_assert(((detail::depth_of<Refs> == kDepth) && ...),
                  "penstock: zip() and product() join items of one depth; collect() those that "
                  "stand deeper first");
    return DynamicRef<detail::Joined<typename detail::SideOf<Refs>::type...>, kDepth>(
        this, add_join(options, kind, {own(sides)...},
                       {&value_type_of<typename detail::SideOf<Refs>::type>()...}));
  }
  SourceDef add_join(const NodeOptions& options, JoinKind kind, std::vector<SourceDef> sides,
                     const std::vector<const ValueType*>& types);
  SourceDef add_unbound(UnboundInput input);
  void add_order(SourceDef earlier, SourceDef later);
  void check_owner(const GraphBuilder* owner);

  detail::Registry& registry_;
  std::shared_ptr<GraphDef> def_;
  std::map<std::string, int> uses_;
  DataGraph data_;
};

namespace detail {

/// What a map() hands over per item: the first inputs of whatever is mapped.
template <class T, class L>
struct FirstInput {
  static_assert(sizeof(L) == 0, "penstock: what is mapped must take the item as its first input");
};
template <class T, class Item, class... More>
struct FirstInput<T, Types<Item, More...>> : Connect<Item, T> {};
template <class T, class L>
struct MapInputs : FirstInput<T, L> {};
template <class... T, class... In>
struct MapInputs<Joined<T...>, Types<In...>> {
  static_assert(sizeof...(In) >= sizeof...(T),
                "penstock: what is mapped over zip() or product() takes one input per side first");
};

/// The references that one item gives: itself, or one per side of a join.
template <class T, int Depth>
std::tuple<Ref<T>> item_refs(const DynamicRef<T, Depth>& items) {
  return {Ref<T>{items.graph(), items.source()}};
}
template <class... T, int Depth>
std::tuple<Ref<T>...> item_refs(const DynamicRef<Joined<T...>, Depth>& items) {
  auto side = items.source();
  const auto next = [&](auto type) {
    Ref<typename decltype(type)::type> ref{items.graph(), side};
    ++side.port;
    return ref;
  };
  return std::tuple<Ref<T>...>{next(std::type_identity<T>())...};
}

template <class T, int Depth, class O, class L, class... Refs>
auto map_node(const DynamicRef<T, Depth>& items, NodeDef node, const Refs&... others) {
  (void)MapInputs<T, L>{};
  node.mapped = true;
  return std::apply(
      [&](const auto&... item) {
        return items.graph()->template connect<Depth, O>(std::move(node), L{}, item..., others...);
      },
      item_refs(items));
}

/// Whether an op with inputs L and output O makes one T of several.
template <class T, class L, class O>
inline constexpr bool is_reducer = false;
template <class T>
inline constexpr bool is_reducer<T, Types<T, T>, T> = true;
template <class T>
inline constexpr bool is_reducer<T, Types<std::vector<T>>, T> = true;

template <class T, int Depth, class L, class O>
auto reduce_node(const DynamicRef<T, Depth>& items, NodeDef node, ReduceOptions options) {
  static_assert(is_reducer<T, L, O>,
                "penstock: reduce() takes an op that makes one item of two, T f(const T&, const "
                "T&), or of several, T f(const std::vector<T>&)");
  if constexpr (is_reducer<T, L, O>) {
    constexpr bool kPairs = std::same_as<L, Types<T, T>>;
    node.add_input(SourceDef::collect_of(items.graph()->own(items),
                                         kPairs ? &gather_list : &gather_vector<T>));
    node.reduce = options;
    using Handle = typename HandleOf<T, Depth - 1>::type;
    const auto index = items.graph()->add_node(std::move(node));
    return Handle{items.graph(), SourceDef{SourceDef::Kind::Output, index, 0}};
  }
}

}  // namespace detail

template <class T, int Depth>
template <auto Fn, class... Refs>
auto DynamicRef<T, Depth>::map(const Refs&... others) const {
  using F = std::remove_cvref_t<decltype(Fn)>;
  return detail::map_node<T, Depth, detail::Output<F>, detail::Inputs<F>>(
      *this, graph_->template op_node<Fn>(node_options()), others...);
}

template <class T, int Depth>
template <class F, class... Refs>
auto DynamicRef<T, Depth>::map(std::string_view name, F fn, const Refs&... others) const {
  return detail::map_node<T, Depth, detail::Output<F>, detail::Inputs<F>>(
      *this, graph_->lambda_node(node_options(), name, std::move(fn)), others...);
}

template <class T, int Depth>
template <class O, class... In, class... Refs>
auto DynamicRef<T, Depth>::map(const Graph<O, In...>& body, const Refs&... others) const {
  return detail::map_node<T, Depth, O, detail::Types<In...>>(
      *this, GraphBuilder::node_of(body.def(), node_options()), others...);
}

template <class T, int Depth>
auto DynamicRef<T, Depth>::collect(CollectOptions options) const {
  using Handle = typename detail::HandleOf<typename detail::Items<T>::collected, Depth - 1>::type;
  return Handle{graph_, SourceDef::collect_of(source_, detail::Items<T>::kGather, options)};
}

template <class T, int Depth>
template <auto Fn>
auto DynamicRef<T, Depth>::reduce(ReduceOptions options) const {
  using F = std::remove_cvref_t<decltype(Fn)>;
  return detail::reduce_node<T, Depth, detail::Inputs<F>, detail::Output<F>>(
      *this, graph_->template op_node<Fn>(node_options()), options);
}

template <class T, int Depth>
template <class F>
auto DynamicRef<T, Depth>::reduce(std::string_view name, F fn, ReduceOptions options) const {
  return detail::reduce_node<T, Depth, detail::Inputs<F>, detail::Output<F>>(
      *this, graph_->lambda_node(node_options(), name, std::move(fn)), options);
}

}  // namespace penstock
