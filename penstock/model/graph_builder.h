// Building a graph: typed references to outputs, connected by calling op() and map().
//
// The compiler checks every connection; what it cannot see is checked by DefinitionsBuilder::build.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "penstock/model/graph_def.h"
#include "penstock/model/op_traits.h"

namespace penstock {

class GraphBuilder;
template <class O, class... In>
class Graph;

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
    copy.options_ = std::move(options);
    return copy;
  }
  /// Run an op once per item; further inputs are the same for every item.
  template <auto Fn, class... Refs>
  auto map(const Refs&... others) const;
  /// Run a lambda once per item, under a name.
  template <class F, class... Refs>
  auto map(std::string name, F fn, const Refs&... others) const;
  /// Run a graph once per item.
  template <class O, class... In, class... Refs>
  auto map(const Graph<O, In...>& body, const Refs&... others) const;
  /// All items of the innermost dynamic output, in the order in which they were yielded.
  auto collect() const;

  GraphBuilder* graph() const { return graph_; }
  const SourceDef& source() const { return source_; }

 private:
  GraphBuilder* graph_;
  SourceDef source_;
  NodeOptions options_;
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
  static constexpr std::uint16_t kIndex = [] {
    if constexpr (kHere)
      return std::uint16_t(0);
    else
      return std::uint16_t(1 + PortOf<N, O...>::kIndex);
  }();
  using type = typename std::conditional_t<kHere, std::type_identity<T>, PortOf<N, O...>>::type;
};
template <Name N>
struct PortOf<N> {
  static_assert(N.view().size() == std::size_t(-1), "penstock: the op has no output of that name");
  static constexpr std::uint16_t kIndex = 0;
  using type = Nothing;
};

template <class T>
Value gather_vector(std::span<const Value> values) {
  std::vector<T> all;
  all.reserve(values.size());
  for (const auto& value : values) all.push_back(value.template as<T>());
  return Value::make<std::vector<T>>(std::move(all));
}

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

/// A reusable graph, made with DefinitionsBuilder::graph.
template <class O, class... In>
class Graph {
 public:
  using graph_output = O;
  explicit Graph(std::shared_ptr<GraphDef> def) : def_(std::move(def)) {}

  Graph& describe(std::string text) {
    def_->description = std::move(text);
    return *this;
  }
  /// Configure the whole graph by one small struct; `fill` sets the configs inside from it.
  template <Config C, class F>
  Graph& config(F fill);
  GraphDefPtr def() const { return def_; }

 private:
  std::shared_ptr<GraphDef> def_;
};

/// Sets the configs inside a graph or job from a small outer one.
class InnerConfig {
 public:
  /// Config of the op at a path such as `extract` or `state_year.extract`.
  template <Config C>
  InnerConfig& op(std::string_view path, const C& config) {
    return set(path, encode_config(config));
  }
  /// Config of a resource.
  template <Config C>
  InnerConfig& resource(std::string_view name, const C& config) {
    return set_resource(name, encode_config(config));
  }
  /// Config of a resource, as a document.
  InnerConfig& set_resource(std::string_view name, ConfigValue config);
  /// Config of the op or graph at a path, as a document.
  InnerConfig& set(std::string_view path, ConfigValue config);
  const ConfigValue& document() const { return document_; }

 private:
  ConfigValue document_ = ConfigValue::map();
};

namespace detail {

/// Where ops are registered once and problems are gathered, shared by all builders.
class Registry {
 public:
  Registry();
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  /// The op of a function; `key` is the function's address, or null for a lambda.
  std::shared_ptr<OpDef> find(const void* key) const;
  std::shared_ptr<OpDef> add(const void* key, OpDef op);
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
  const auto* key = reinterpret_cast<const void*>(Fn);
  if (auto known = registry.find(key)) return known;
  using F = std::remove_cvref_t<decltype(Fn)>;
  return registry.add(key,
                      make_op(std::string(function_name<Fn>()), Fn, typename Signature<F>::args{}));
}

template <class C, class F>
ConfigMapping make_mapping(F fill) {
  return {config_type_of<C>(), [fill = std::move(fill)](const void* outer) -> Result<ConfigValue> {
            InnerConfig inner;
            if constexpr (std::is_void_v<decltype(fill(*static_cast<const C*>(outer), inner))>)
              fill(*static_cast<const C*>(outer), inner);
            else
              PENSTOCK_TRY(fill(*static_cast<const C*>(outer), inner));
            return inner.document();
          }};
}

}  // namespace detail

template <class O, class... In>
template <Config C, class F>
Graph<O, In...>& Graph<O, In...>::config(F fill) {
  def_->mapping = detail::make_mapping<C>(std::move(fill));
  return *this;
}

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
    WithOptions(GraphBuilder& graph, NodeOptions options)
        : graph_(graph), options_(std::move(options)) {}
    template <auto Fn, class... Refs>
    auto op(const Refs&... inputs) {
      return graph_.add_op<Fn>(std::move(options_), inputs...);
    }
    template <class F, class... Refs>
    auto op(std::string name, F fn, const Refs&... inputs) {
      return graph_.add_lambda(std::move(options_), std::move(name), std::move(fn), inputs...);
    }
    template <class O, class... In, class... Refs>
    auto graph(const Graph<O, In...>& body, const Refs&... inputs) {
      return graph_.add_graph(std::move(options_), body, inputs...);
    }

   private:
    GraphBuilder& graph_;
    NodeOptions options_;
  };

  /// Set options (alias, tags, retry, trigger, config, …) of the op or graph that is added next.
  WithOptions with(NodeOptions options) { return {*this, std::move(options)}; }
  /// Add an op that is a named function; the op takes its name. Inputs are connected by position.
  template <auto Fn, class... Refs>
  auto op(const Refs&... inputs) {
    return add_op<Fn>({}, inputs...);
  }
  /// Add an op under another name, or one that is a lambda.
  template <class F, class... Refs>
  auto op(std::string name, F fn, const Refs&... inputs) {
    return add_lambda({}, std::move(name), std::move(fn), inputs...);
  }
  /// Add a graph made with DefinitionsBuilder::graph.
  template <class O, class... In, class... Refs>
  auto graph(const Graph<O, In...>& body, const Refs&... inputs) {
    return add_graph({}, body, inputs...);
  }
  /// Several values of one type as the vector that an op takes, in this order.
  template <class T, class... More>
  Ref<std::vector<T>> fan_in(const Ref<T>& first, const Ref<More>&... more) {
    static_assert((std::same_as<T, More> && ...),
                  "penstock: fan_in joins outputs of one type into a vector");
    SourceDef source{SourceDef::Kind::FanIn, 0, 0, {own(first), own(more)...}};
    source.gather = &detail::gather_vector<T>;
    return {this, std::move(source)};
  }
  /// Let the node of `later` wait for `earlier` without taking its value.
  template <class T, class U>
  void order(const Ref<T>& earlier, const Ref<U>& later) {
    add_order(own(earlier), own(later));
  }

  // What maps and handles need; not for users.
  template <int Depth, class O, class... In, class... Refs>
  auto connect(NodeDef node, detail::Types<In...>, const Refs&... inputs) {
    static_assert(sizeof...(In) == sizeof...(Refs),
                  "penstock: the op takes another number of inputs than are connected here "
                  "(contexts, configs and resources do not count)");
    if constexpr (sizeof...(In) == sizeof...(Refs))
      (void)std::tuple<detail::Connect<In, typename detail::RefType<Refs>::type>...>{};
    node.inputs = {own(inputs)...};
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
  NodeDef op_node(NodeOptions options) {
    return node_of(detail::op_of<Fn>(registry_), std::move(options));
  }
  template <class F>
  NodeDef lambda_node(NodeOptions options, std::string name, F fn) {
    auto op =
        detail::make_op(std::move(name), std::move(fn), typename detail::Signature<F>::args{});
    return node_of(registry_.add(nullptr, std::move(op)), std::move(options));
  }
  static NodeDef node_of(std::shared_ptr<const OpDef> op, NodeOptions options);
  static NodeDef node_of(GraphDefPtr graph, NodeOptions options);
  SourceDef add_input(const ValueType* type);
  void set_output(OutputDef output, SourceDef source);
  std::shared_ptr<GraphDef> finish() { return std::move(def_); }

 private:
  template <auto Fn, class... Refs>
  auto add_op(NodeOptions options, const Refs&... inputs) {
    using F = std::remove_cvref_t<decltype(Fn)>;
    return connect<0, detail::Output<F>>(op_node<Fn>(std::move(options)), detail::Inputs<F>{},
                                         inputs...);
  }
  template <class F, class... Refs>
  auto add_lambda(NodeOptions options, std::string name, F fn, const Refs&... inputs) {
    return connect<0, detail::Output<F>>(
        lambda_node(std::move(options), std::move(name), std::move(fn)), detail::Inputs<F>{},
        inputs...);
  }
  template <class O, class... In, class... Refs>
  auto add_graph(NodeOptions options, const Graph<O, In...>& body, const Refs&... inputs) {
    return connect<0, O>(node_of(body.def(), std::move(options)), detail::Types<In...>{},
                         inputs...);
  }
  std::uint32_t add_node(NodeDef node);
  void add_order(SourceDef earlier, SourceDef later);
  void check_owner(const GraphBuilder* owner);

  detail::Registry& registry_;
  std::shared_ptr<GraphDef> def_;
  std::map<std::string, int> uses_;
};

namespace detail {

/// The inputs after the first: those that a map() connects for all items.
template <class L>
struct MapInputs {
  static_assert(sizeof(L) == 0, "penstock: what is mapped must take the item as its first input");
};
template <class Item, class... More>
struct MapInputs<Types<Item, More...>> {
  using item = Item;
};

template <class T, int Depth, class O, class L, class... Refs>
auto map_node(const DynamicRef<T, Depth>& items, NodeDef node, const Refs&... others) {
  (void)Connect<typename MapInputs<L>::item, T>{};
  node.mapped = true;
  const Ref<T> item{items.graph(), items.source()};
  return items.graph()->template connect<Depth, O>(std::move(node), L{}, item, others...);
}

}  // namespace detail

template <class T, int Depth>
template <auto Fn, class... Refs>
auto DynamicRef<T, Depth>::map(const Refs&... others) const {
  using F = std::remove_cvref_t<decltype(Fn)>;
  return detail::map_node<T, Depth, detail::Output<F>, detail::Inputs<F>>(
      *this, graph_->template op_node<Fn>(options_), others...);
}

template <class T, int Depth>
template <class F, class... Refs>
auto DynamicRef<T, Depth>::map(std::string name, F fn, const Refs&... others) const {
  return detail::map_node<T, Depth, detail::Output<F>, detail::Inputs<F>>(
      *this, graph_->lambda_node(options_, std::move(name), std::move(fn)), others...);
}

template <class T, int Depth>
template <class O, class... In, class... Refs>
auto DynamicRef<T, Depth>::map(const Graph<O, In...>& body, const Refs&... others) const {
  return detail::map_node<T, Depth, O, detail::Types<In...>>(
      *this, GraphBuilder::node_of(body.def(), options_), others...);
}

template <class T, int Depth>
auto DynamicRef<T, Depth>::collect() const {
  SourceDef source{SourceDef::Kind::Collect, 0, 0, {source_}};
  source.gather = &detail::gather_vector<T>;
  using Handle = typename detail::HandleOf<std::vector<T>, Depth - 1>::type;
  return Handle{graph_, std::move(source)};
}

}  // namespace penstock
