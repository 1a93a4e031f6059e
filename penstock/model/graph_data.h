// Graphs that are built from data: by names, where the typed builder has C++ types.
//
//   auto list = g.add("list_files");
//   auto rows = g.add("load", {list.each()}, {.alias = "rows"});
//   g.add("total", {rows.collect()});
//
// Nothing is refused at once. DefinitionsBuilder::build() checks names, types, items and cycles,
// and tells all that is wrong, each with the line that said so.
#pragma once

#include <cstdint>
#include <memory>
#include <source_location>
#include <string>
#include <utility>
#include <vector>

#include "penstock/model/graph_def.h"

namespace penstock {

class GraphBuilder;
namespace detail {
class Registry;
}

/// How an input of a node in a graph built from data takes a value.
struct DataSource {
  enum class Form : std::uint8_t {
    Value,    ///< the value of an output
    Each,     ///< one item at a time: the reader is mapped
    Collect,  ///< all items as a list
    FanIn     ///< the parts as a list
  };
  Form form = Form::Value;
  std::size_t node = 0;
  std::string output = {};  ///< empty: the first
  CollectOptions options = {};
  std::vector<DataSource> parts = {};  ///< FanIn
};

/// Several values as the list that an op takes, in this order.
DataSource fan_in(std::vector<DataSource> parts);

/// A node of a graph built from data, or one of its outputs. Handed out by GraphBuilder::add.
class DataNode {
 public:
  explicit DataNode(std::size_t index, std::string output = {})
      : index_(index), output_(std::move(output)) {}

  /// One of several outputs, by name.
  DataNode output(std::string name) const { return DataNode(index_, std::move(name)); }
  /// One item at a time.
  DataSource each() const { return source(DataSource::Form::Each); }
  /// All items of the innermost dynamic output.
  DataSource collect(CollectOptions options = {}) const {
    auto all = source(DataSource::Form::Collect);
    all.options = options;
    return all;
  }
  /// The value itself.
  operator DataSource() const { return source(DataSource::Form::Value); }
  std::size_t index() const { return index_; }

 private:
  DataSource source(DataSource::Form form) const { return {form, index_, output_, {}, {}}; }

  std::size_t index_;
  std::string output_;
};

/// What was said of a graph by names, until it is whole and can be checked.
class DataGraph {
 public:
  DataNode add(std::string op, std::vector<DataSource> inputs, NodeOptions options,
               std::source_location where);
  void connect(DataNode reader, std::string input, DataSource source, std::source_location where);
  /// Check everything, tell the registry what is wrong, and add to the graph what is sound.
  void add_nodes(GraphBuilder& builder, const GraphDef& graph, detail::Registry& registry) const;

 private:
  friend class DataGraphCheck;
  struct Connection {
    std::string input;  ///< empty: by position
    DataSource source;
    std::source_location where;
  };
  struct Node {
    std::string op;
    NodeOptions options;
    std::source_location where;
    std::vector<Connection> connections;
  };
  std::vector<Node> nodes_;
};

}  // namespace penstock
