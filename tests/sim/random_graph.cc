#include "tests/sim/random_graph.h"

#include <algorithm>

#include "penstock/model/combine_ops.h"
#include "penstock/model/graph_builder.h"

namespace penstock::sim {
namespace {

/// An output that further nodes may be connected to.
struct Handle {
  SourceDef source;
  std::vector<std::uint32_t> chain = {};  // the dynamic outputs that it stands in, outermost first
  std::size_t sides = 1;                  // of a join
  std::size_t depth() const { return chain.size(); }
};

Definitions definitions_of(std::shared_ptr<GraphDef> graph) {
  graph->name = "random";
  auto job = std::make_shared<JobDef>();
  job->name = "random";
  job->graph = std::move(graph);
  Definitions::Parts parts;
  parts.jobs.push_back(job);
  return Definitions(std::move(parts));
}

class RandomGraph {
 public:
  RandomGraph(Random& random, Collects collects) : random_(random), collects_(collects) {
    const auto nodes = 3 + below(random, 12);
    for (std::uint64_t i = 0; i < nodes; ++i) add_node();
  }

  std::shared_ptr<GraphDef> take() { return std::move(graph_); }

 private:
  void add_node() {
    NodeDef node;
    auto op = std::make_shared<OpDef>();
    op->name = node.name = "n" + std::to_string(graph_->nodes.size());
    if (joins_ < 2 && chance(random_, 0.15) && add_join(node)) return;
    auto chain = connect(node);
    const bool writes = collects_ == Collects::Any && !node.reduce && chance(random_, 0.1);
    for (std::size_t i = 0; i < node.inputs.size(); ++i)
      op->inputs.push_back({"in" + std::to_string(i), &value_type_of<Payload>(), true});
    const bool dynamic = !writes && !node.reduce && chain.size() < 3 && chance(random_, 0.35);
    if (dynamic && chance(random_, 0.3))
      node.options.max_in_flight = std::uint32_t(1 + below(random_, 3));
    op->outputs.push_back({"result", &value_type_of<Payload>(), false, dynamic, false});
    op->outputs[0].stream = writes;
    op->trigger = TriggerRule(below(random_, 10) < 6 ? 0 : below(random_, 5));
    choose_limits(node, *op);
    node.op = op;
    graph_->nodes.push_back(std::move(node));
    const auto index = std::uint32_t(graph_->nodes.size() - 1);
    if (writes) return add_stream_reader(index, std::move(chain));
    if (dynamic) chain.push_back(index);
    offer({SourceDef{SourceDef::Kind::Output, index, 0}, std::move(chain)});
  }

  void choose_limits(NodeDef& node, OpDef& op) {
    RetryPolicy retry;
    retry.max_retries = std::int32_t(below(random_, 3));
    retry.delay = Micros(std::int64_t(below(random_, 50)));
    node.options.retry = retry;
    op.priority = std::int32_t(below(random_, 3));
    op.cpu = chance(random_, 0.1) ? 2 : 1;
    op.memory = [bytes = below(random_, 60)](std::span<const Value>) { return bytes; };
    if (chance(random_, 0.2)) op.timeout = Micros(std::int64_t(2 + below(random_, 20)));
  }

  /// A step that reads the stream of another, beside it.
  void add_stream_reader(std::uint32_t writer, std::vector<std::uint32_t> chain) {
    NodeDef node;
    auto op = std::make_shared<OpDef>();
    op->name = node.name = "n" + std::to_string(graph_->nodes.size());
    node.mapped = !chain.empty();
    node.inputs = {SourceDef{SourceDef::Kind::Output, writer, 0}};
    op->inputs.push_back({"in0", &value_type_of<Payload>(), false});
    op->inputs[0].stream = true;
    op->outputs.push_back({"result", &value_type_of<Payload>(), false, false, false});
    choose_limits(node, *op);
    node.op = std::move(op);
    graph_->nodes.push_back(std::move(node));
    const auto index = std::uint32_t(graph_->nodes.size() - 1);
    offer({SourceDef{SourceDef::Kind::Output, index, 0}, std::move(chain)});
  }

  /// Joins two outputs that stand side by side, if there are such.
  bool add_join(NodeDef& node) {
    const auto is_side = [](const Handle& handle) {
      return handle.depth() > 0 && handle.depth() < 3 && handle.sides == 1;
    };
    const auto first = pick(is_side);
    if (!first) return false;
    const auto second = pick([&](const Handle& handle) {
      return is_side(handle) && handle.depth() == first->depth() &&
             std::equal(handle.chain.begin(), handle.chain.end() - 1, first->chain.begin());
    });
    node.join = chance(random_, 0.6) ? JoinKind::Zip : JoinKind::Product;
    if (collects_ == Collects::Repeat && first->chain != second->chain)
      node.join = JoinKind::Product;  // a zip of different keys fails
    node.op = join_op(node.join, {2, &value_type_of<Payload>()});
    node.inputs = {first->source, second->source};
    graph_->nodes.push_back(std::move(node));
    ++joins_;
    const auto index = std::uint32_t(graph_->nodes.size() - 1);
    auto chain = first->chain;
    chain.back() = index;
    handles_.push_back({SourceDef{SourceDef::Kind::Output, index, 0}, std::move(chain), 2});
    return true;
  }

  /// Gives the node inputs; returns the items that it stands in.
  std::vector<std::uint32_t> connect(NodeDef& node) {
    const auto mapped = pick([](const Handle& handle) { return handle.depth() > 0; });
    if (mapped && mapped->sides == 1 && chance(random_, 0.2)) {
      node.inputs.push_back(gathered(*mapped));
      node.reduce =
          ReduceOptions{std::uint32_t(2 + below(random_, 3)), node.inputs[0].collect.drop_failed};
      return {mapped->chain.begin(), mapped->chain.end() - 1};
    }
    std::vector<std::uint32_t> chain;
    if (mapped && chance(random_, 0.7)) {
      node.mapped = true;
      for (std::uint32_t side = 0; side < mapped->sides; ++side) {
        node.inputs.push_back(mapped->source);
        node.inputs.back().port = side;
      }
      chain = mapped->chain;
    }
    for (auto more = below(random_, 3); more > 0; --more)
      if (const auto value = pick([](const Handle& handle) { return handle.depth() == 0; }))
        node.inputs.push_back(value->source);
    return chain;
  }

  SourceDef gathered(const Handle& handle) {
    SourceDef all{SourceDef::Kind::Collect, 0, 0, {handle.source}};
    all.gather = &detail::gather_vector<Payload>;
    if (collects_ == Collects::Repeat) return all;
    if (chance(random_, 0.4)) all.collect.drop_failed = std::uint32_t(1 + below(random_, 3));
    if (chance(random_, 0.2)) all.collect.order = CollectOrder::Completed;
    return all;
  }

  /// A collected value may be read, but it is a list: it is not collected once more.
  void offer(const Handle& handle) {
    handles_.push_back(handle);
    if (handle.depth() == 1 && chance(random_, 0.6)) handles_.push_back({gathered(handle)});
  }

  template <class Wanted>
  std::optional<Handle> pick(Wanted wanted) {
    std::vector<Handle> fitting;
    for (const auto& handle : handles_)
      if (wanted(handle)) fitting.push_back(handle);
    if (fitting.empty()) return {};
    return fitting[below(random_, fitting.size())];
  }

  Random& random_;
  const Collects collects_;
  std::shared_ptr<GraphDef> graph_ = std::make_shared<GraphDef>();
  std::vector<Handle> handles_;
  int joins_ = 0;
};

}  // namespace

Definitions random_definitions(Random& random, Collects collects) {
  return definitions_of(RandomGraph(random, collects).take());
}

Definitions chain_definitions(std::uint32_t length) {
  auto graph = std::make_shared<GraphDef>();
  for (std::uint32_t i = 0; i <= length; ++i) {
    auto op = std::make_shared<OpDef>();
    op->outputs.push_back({"result", &value_type_of<Payload>(), true, i == 0, false});
    if (i > 0) op->inputs.push_back({"in", &value_type_of<Payload>(), false});
    NodeDef node;
    op->name = node.name = "n" + std::to_string(i);
    node.mapped = i > 0;
    if (i > 0) node.inputs.push_back(SourceDef{SourceDef::Kind::Output, i - 1, 0});
    node.op = std::move(op);
    graph->nodes.push_back(std::move(node));
  }
  return definitions_of(std::move(graph));
}

}  // namespace penstock::sim
