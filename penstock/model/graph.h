// A reusable graph, as definitions hold it: what it takes and gives is in its type.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "penstock/model/graph_def.h"
#include "penstock/model/inner_config.h"

namespace penstock {

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
  Graph& config(F fill) {
    def_->mapping = detail::make_mapping<C>(std::move(fill));
    return *this;
  }
  /// Fix fields of its config, for all uses: of its outer struct, or of `{ops: …}` without one.
  Graph& configured(ConfigValue fixed) {
    def_->fixed = std::move(fixed);
    return *this;
  }
  GraphDefPtr def() const { return def_; }

 private:
  std::shared_ptr<GraphDef> def_;
};

}  // namespace penstock
