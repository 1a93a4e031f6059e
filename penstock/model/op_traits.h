// Reads a function's signature and makes an OpDef of it. Users do not include this.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

#include "penstock/model/config_schema.h"
#include "penstock/model/name.h"
#include "penstock/model/op_context.h"
#include "penstock/model/op_def.h"
#include "penstock/model/resource.h"
#include "penstock/model/stream.h"

namespace penstock {

/// One named output among several: `Outputs<Out<"good", Frame>, Out<"bad", Frame>>`.
template <Name N, class T>
struct Out {
  T value;
};
/// Several named outputs of one op; made as `{{good}, {bad}}`, read with get<"good">().
template <class... O>
struct Outputs : O... {
  template <Name N>
  const auto& get() const {
    return pick<N>(*this);
  }

 private:
  template <Name N, class T>
  static const T& pick(const Out<N, T>& out) {
    return out.value;
  }
};

namespace detail {

template <class... T>
struct Types {};

template <class F>
struct Signature : Signature<decltype(&F::operator())> {};
template <class R, class... A>
struct Signature<R (*)(A...)> {
  using result = R;
  using args = Types<A...>;
};
template <class R, class... A>
struct Signature<R (*)(A...) noexcept> : Signature<R (*)(A...)> {};
template <class R, class... A>
struct Signature<R(A...)> : Signature<R (*)(A...)> {};
template <class R, class O, class... A>
struct Signature<R (O::*)(A...) const> : Signature<R (*)(A...)> {};
template <class R, class O, class... A>
struct Signature<R (O::*)(A...)> : Signature<R (*)(A...)> {};

// ---- arguments -------------------------------------------------------------------------------

enum class ArgKind { Context, Config, Resource, Input };

template <class T>
struct ResourceArg : std::false_type {};
template <class T, Name N>
struct ResourceArg<Resource<T, N>> : std::true_type {
  using type = T;
  static void add_to(std::vector<ResourceNeed>& needs) {
    add_need(needs, N.view(), typeid(T), raw_type_name<T>());
  }
};

template <class T>
struct StreamArg : std::false_type {};
template <class T>
struct StreamArg<Stream<T>> : std::true_type {
  static InputShape shape() { return {.type = &value_type_of<T>(), .stream = true}; }
};

template <class T>
struct OptionalArg : std::false_type {
  using type = T;
};
template <class T>
struct OptionalArg<std::optional<T>> : std::true_type {
  using type = T;
};

template <class A>
consteval ArgKind arg_kind() {
  using T = std::remove_cvref_t<A>;
  if (std::same_as<T, OpContext>) return ArgKind::Context;
  if (ResourceArg<T>::value) return ArgKind::Resource;
  if (Config<T>) return ArgKind::Config;
  return ArgKind::Input;
}

template <class... A>
struct Args {
  static constexpr std::size_t kCount = sizeof...(A);
  static constexpr std::array<ArgKind, kCount + 1> kKinds = {arg_kind<A>()..., ArgKind::Context};
  /// How many arguments of the same kind stand before argument i.
  static consteval std::size_t rank(std::size_t i) {
    std::size_t before = 0;
    for (std::size_t j = 0; j < i; ++j) before += kKinds[j] == kKinds[i];
    return before;
  }
  static consteval std::size_t count(ArgKind kind) {
    std::size_t n = 0;
    for (std::size_t j = 0; j < kCount; ++j) n += kKinds[j] == kind;
    return n;
  }
};

template <class A>
consteval bool readable_input() {
  return !std::is_lvalue_reference_v<A> || std::is_const_v<std::remove_reference_t<A>>;
}

template <class... L>
struct Concat;
template <>
struct Concat<> {
  using type = Types<>;
};
template <class... A>
struct Concat<Types<A...>> {
  using type = Types<A...>;
};
template <class... A, class... B, class... L>
struct Concat<Types<A...>, Types<B...>, L...> : Concat<Types<A..., B...>, L...> {};

template <class L>
struct InputsOf;
template <class... A>
struct InputsOf<Types<A...>> {
  using type =
      typename Concat<std::conditional_t<arg_kind<A>() == ArgKind::Input,
                                         Types<typename OptionalArg<std::remove_cvref_t<A>>::type>,
                                         Types<>>...>::type;
};
/// The value types of a function's inputs, in order.
template <class F>
using Inputs = typename InputsOf<typename Signature<std::remove_cvref_t<F>>::args>::type;

// ---- results ---------------------------------------------------------------------------------

template <class R>
struct Unwrap {
  using type = R;
};
template <class R>
struct Unwrap<Result<R>> {
  using type = R;
};
template <>
struct Unwrap<void> {
  using type = Nothing;
};
template <>
struct Unwrap<Result<void>> {
  using type = Nothing;
};
/// What a function gives, without Result; Nothing for void.
template <class F>
using Output = typename Unwrap<typename Signature<std::remove_cvref_t<F>>::result>::type;

/// How one output of type T is declared and stored.
template <class T>
struct Port {
  using value = T;
  static OutputShape shape() {
    return {.type = &value_type_of<T>(), .nothing = std::same_as<T, Nothing>};
  }
  static void store(OpCall& call, std::size_t port, std::string_view, T&& result) {
    call.outputs[port] = Value::make<T>(std::move(result));
  }
};
template <class T>
struct Port<std::optional<T>> {
  using value = T;
  static OutputShape shape() { return {.type = &value_type_of<T>(), .required = false}; }
  static void store(OpCall& call, std::size_t port, std::string_view, std::optional<T>&& result) {
    if (result) call.outputs[port] = Value::make<T>(std::move(*result));
  }
};
template <class T>
struct Port<Dynamic<T>> {
  using value = Dynamic<T>;
  static OutputShape shape() { return {.type = &value_type_of<T>(), .dynamic = true}; }
  static void store(OpCall& call, std::size_t, std::string_view name, Dynamic<T>&& result) {
    auto* host = call.context->host();
    for (auto& item : result.items())
      if (host) host->yield(name, std::move(item.key), Value::make<T>(std::move(item.value)));
  }
};

template <class T>
struct Port<Stream<T>> {
  using value = Stream<T>;
  static OutputShape shape() { return {.type = &value_type_of<T>(), .stream = true}; }
  static void store(OpCall& call, std::size_t, std::string_view name, Stream<T>&& result) {
    auto* host = call.context->host();
    for (const auto& batch : result.batches())
      if (host && !host->write(name, batch)) return;
  }
};

/// The outputs of an op whose function gives R.
template <class R>
struct Ports {
  static void add_to(OpDef& op) { op.add_output("result", Port<R>::shape()); }
  static void store(OpCall& call, R&& result) {
    Port<R>::store(call, 0, "result", std::move(result));
  }
};
template <Name... N, class... T>
struct Ports<Outputs<Out<N, T>...>> {
  static void add_to(OpDef& op) { (op.add_output(N.view(), Port<T>::shape()), ...); }
  static void store(OpCall& call, Outputs<Out<N, T>...>&& result) {
    std::size_t port = 0;
    (Port<T>::store(call, port++, N.view(), std::move(static_cast<Out<N, T>&>(result).value)), ...);
  }
};

template <class T>
Value gather_vector(std::span<const Value> values) {
  std::vector<T> all;
  all.reserve(values.size());
  for (const auto& value : values) all.push_back(value.template as<T>());
  return Value::make<std::vector<T>>(std::move(all));
}

// ---- the call --------------------------------------------------------------------------------

template <class A, ArgKind Kind, std::size_t Rank>
decltype(auto) pass(OpCall& call) {
  using T = std::remove_cvref_t<A>;
  if constexpr (Kind == ArgKind::Context) {
    return static_cast<OpContext&>(*call.context);
  } else if constexpr (Kind == ArgKind::Config) {
    return static_cast<const T&>(*static_cast<const T*>(call.config));
  } else if constexpr (Kind == ArgKind::Resource) {
    return T(*static_cast<const typename ResourceArg<T>::type*>(call.resources[Rank]));
  } else if constexpr (StreamArg<T>::value) {
    return T(call.inputs[Rank].template as<StreamReader>());
  } else if constexpr (OptionalArg<T>::value) {
    const Value& value = call.inputs[Rank];
    return value ? T(value.template as<typename OptionalArg<T>::type>()) : T();
  } else {
    return static_cast<const T&>(call.inputs[Rank].template as<T>());
  }
}

template <class F, class... A, std::size_t... I>
Status call_function(F& fn, OpCall& call, Types<A...>, std::index_sequence<I...>) {
  using List = Args<A...>;
  using R = typename Signature<F>::result;
  const auto run = [&]() -> R { return fn(pass<A, List::kKinds[I], List::rank(I)>(call)...); };
  if constexpr (std::is_void_v<R>) {
    run();
    call.outputs[0] = Value::make(Nothing{});
  } else if constexpr (std::same_as<R, Status>) {
    PENSTOCK_TRY(run());
    call.outputs[0] = Value::make(Nothing{});
  } else if constexpr (std::same_as<R, typename Unwrap<R>::type>) {
    Ports<R>::store(call, run());
  } else {
    R result = run();
    if (!result.ok()) return std::move(result).error();
    Ports<typename Unwrap<R>::type>::store(call, std::move(*result));
  }
  return {};
}

/// Of an input that is a vector: what it has, and how it is made of that.
template <class T>
void say_elements(const std::vector<T>*, InputShape& input) {
  if constexpr (std::copy_constructible<T>) {
    input.element = &value_type_of<T>();
    input.gather = &gather_vector<T>;
  }
}
inline void say_elements(const void*, InputShape&) {}

template <class A>
void declare_argument(OpDef& op) {
  using T = std::remove_cvref_t<A>;
  constexpr auto kKind = arg_kind<A>();
  if constexpr (kKind == ArgKind::Resource) ResourceArg<T>::add_to(op.resources);
  if constexpr (kKind == ArgKind::Config) op.config = config_type_of<T>();
  if constexpr (kKind == ArgKind::Input && StreamArg<T>::value) {
    op.add_input(StreamArg<T>::shape());
  } else if constexpr (kKind == ArgKind::Input) {
    using Taken = typename OptionalArg<T>::type;
    InputShape shape{.type = &value_type_of<Taken>(), .optional = OptionalArg<T>::value};
    say_elements(static_cast<const Taken*>(nullptr), shape);
    op.add_input(shape);
  }
}

/// Declare what a function takes and gives.
template <class F, class... A>
void declare_op(OpDef& op, F fn, Types<A...> args) {
  static_assert(Args<A...>::count(ArgKind::Config) <= 1,
                "penstock: an op takes at most one config; join the two structs into one");
  static_assert((readable_input<A>() && ...) ||
                    ((readable_input<A>() || arg_kind<A>() == ArgKind::Context) && ...),
                "penstock: an op takes its inputs, config and resources by value or by const "
                "reference; they are shared with other steps");
  (declare_argument<A>(op), ...);
  Ports<Output<F>>::add_to(op);
  op.call = [fn = std::move(fn), args](OpCall& call) mutable -> Status {
    return call_function(fn, call, args, std::make_index_sequence<sizeof...(A)>());
  };
}

/// The op of a lambda.
template <class F>
OpDef make_op(std::string_view name, F fn) {
  OpDef op(name);
  declare_op(op, std::move(fn), typename Signature<F>::args{});
  return op;
}

template <class A>
void declare_need(ResourceDef& resource) {
  using T = std::remove_cvref_t<A>;
  constexpr auto kKind = arg_kind<A>();
  static_assert(kKind == ArgKind::Resource || kKind == ArgKind::Config,
                "penstock: the function that opens a resource takes at most one config, and "
                "Resource<U> for each resource it needs");
  if constexpr (kKind == ArgKind::Resource) ResourceArg<T>::add_to(resource.resources);
  if constexpr (kKind == ArgKind::Config) resource.config = config_type_of<T>();
}

template <class F, class... A, std::size_t... I>
auto open_function(F& open, const ResourceCall& call, Types<A...>, std::index_sequence<I...>) {
  using List = Args<A...>;
  OpCall arguments;
  arguments.config = call.config;
  arguments.resources = call.resources;
  return open(pass<A, List::kKinds[I], List::rank(I)>(arguments)...);
}

/// Hand an opened object to whoever called for it, by a pointer that closes it and keeps what its
/// destructor throws.
void give_resource(ResourceCall& call, void* object, void (*close)(void*));
template <class T>
void give_resource(ResourceCall& call, T made) {
  give_resource(call, new T(std::move(made)), [](void* object) { delete static_cast<T*>(object); });
}

template <class T, class F, class... A>
ResourceDef make_resource(std::string_view name, F open, Types<A...> args) {
  ResourceDef resource(name, typeid(T), raw_type_name<T>());
  (declare_need<A>(resource), ...);
  resource.open = [open = std::move(open), args](ResourceCall& call) mutable -> Status {
    auto made = open_function(open, call, args, std::make_index_sequence<sizeof...(A)>());
    if constexpr (std::same_as<decltype(made), T>) {
      give_resource<T>(call, std::move(made));
    } else {
      if (!made.ok()) return std::move(made).error();
      give_resource<T>(call, std::move(*made));
    }
    return {};
  };
  return resource;
}

/// The bare name of a function given as a template argument: op<cems::extract>() is "extract".
template <auto Fn>
consteval std::string_view function_name() {
  std::string_view all = __PRETTY_FUNCTION__;  // "... [with auto Fn = cems::extract; ...]"
  all.remove_prefix(all.find("Fn = ") + 5);
  all = all.substr(0, all.find_first_of(";]("));
  if (auto colon = all.rfind("::"); colon != all.npos) all.remove_prefix(colon + 2);
  if (all.starts_with('&')) all.remove_prefix(1);
  return all;
}

}  // namespace detail
}  // namespace penstock
