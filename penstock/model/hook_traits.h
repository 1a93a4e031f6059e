// Reads the signature of a hook and makes a HookDef of it.
#pragma once

#include <concepts>
#include <string>
#include <type_traits>
#include <utility>

#include "penstock/model/hook.h"
#include "penstock/model/op_traits.h"

namespace penstock {
namespace detail {

template <class A>
void declare_hook_argument(HookDef& hook) {
  using T = std::remove_cvref_t<A>;
  static_assert(std::same_as<T, HookContext> || ResourceArg<T>::value || Config<T>,
                "penstock: a hook takes a HookContext&, at most one config, and Resource<T> for "
                "each resource that it needs");
  if constexpr (ResourceArg<T>::value)
    ResourceArg<T>::add_to(hook.resources);
  else if constexpr (Config<T>)
    hook.config = config_type_of<T>();
}

template <class A, std::size_t Rank>
decltype(auto) pass_to_hook(HookCall& call) {
  using T = std::remove_cvref_t<A>;
  if constexpr (std::same_as<T, HookContext>)
    return static_cast<HookContext&>(*call.context);
  else if constexpr (Config<T>)
    return static_cast<const T&>(*static_cast<const T*>(call.config));
  else
    return T(*static_cast<const typename ResourceArg<T>::type*>(call.resources[Rank]));
}

template <auto Fn, class... A, std::size_t... I>
Status call_hook(HookCall& call, Types<A...>, std::index_sequence<I...>) {
  using R = typename Signature<std::remove_cvref_t<decltype(Fn)>>::result;
  static_assert(std::is_void_v<R> || std::same_as<R, Status>,
                "penstock: a hook returns nothing, or a Status");
  if constexpr (std::is_void_v<R>) {
    Fn(pass_to_hook<A, Args<A...>::rank(I)>(call)...);
    return {};
  } else {
    return Fn(pass_to_hook<A, Args<A...>::rank(I)>(call)...);
  }
}

template <auto Fn, class... A>
HookDefPtr make_hook(HookDef::When when, Types<A...> args) {
  HookDef hook;
  hook.name = std::string(function_name<Fn>());
  hook.when = when;
  static_assert(Args<A...>::count(ArgKind::Config) <= 1,
                "penstock: a hook takes at most one config; join the two structs into one");
  (declare_hook_argument<A>(hook), ...);
  hook.call = [args](HookCall& call) {
    return call_hook<Fn>(call, args, std::make_index_sequence<sizeof...(A)>());
  };
  return std::make_shared<const HookDef>(std::move(hook));
}
template <auto Fn>
HookDefPtr make_hook(HookDef::When when) {
  return make_hook<Fn>(when, typename Signature<std::remove_cvref_t<decltype(Fn)>>::args{});
}

}  // namespace detail

/// A hook for NodeOptions::hooks: called when the step has succeeded.
template <auto Fn>
HookDefPtr success_hook() {
  return detail::make_hook<Fn>(HookDef::When::Success);
}
/// A hook for NodeOptions::hooks: called when the step has failed and is not tried again.
template <auto Fn>
HookDefPtr failure_hook() {
  return detail::make_hook<Fn>(HookDef::When::Failure);
}

}  // namespace penstock
