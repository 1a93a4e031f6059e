// How a graph or job sets the configs inside from a small struct of its own.
#pragma once

#include <string_view>
#include <utility>

#include "penstock/model/config_schema.h"
#include "penstock/model/graph_def.h"

namespace penstock {

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
  /// Config of a hook, for all its uses.
  template <Config C>
  InnerConfig& hook(std::string_view name, const C& config) {
    return set_hook(name, encode_config(config));
  }
  /// Config of a hook, as a document.
  InnerConfig& set_hook(std::string_view name, ConfigValue config);
  /// Config of the op or graph at a path, as a document.
  InnerConfig& set(std::string_view path, ConfigValue config);
  /// What feeds an unbound input, at a path such as `table` or `state_year.table`.
  InnerConfig& input(std::string_view path, ConfigValue source);
  const ConfigValue& document() const { return document_; }

 private:
  ConfigValue& below(std::string_view path);
  InnerConfig& set_in(std::string_view section, std::string_view name, ConfigValue config);
  ConfigValue document_ = ConfigValue::map();
};

namespace detail {

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

}  // namespace penstock
