#include "tests/sim/random_graph.h"

#include "penstock/model/graph_builder.h"

namespace penstock::sim {
namespace {

/// An output that further nodes may be connected to.
struct Handle {
  SourceDef source;
  int depth = 0;
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
  explicit RandomGraph(Random& random) : random_(random) {
    const auto nodes = 3 + below(random, 12);
    for (std::uint64_t i = 0; i < nodes; ++i) add_node();
  }

  std::shared_ptr<GraphDef> take() { return std::move(graph_); }

 private:
  void add_node() {
    NodeDef node;
    auto op = std::make_shared<OpDef>();
    op->name = node.name = "n" + std::to_string(graph_->nodes.size());
    const int depth = connect(node);
    for (std::size_t i = 0; i < node.inputs.size(); ++i)
      op->inputs.push_back({"in" + std::to_string(i), &value_type_of<Payload>(), true});
    const bool dynamic = depth < 3 && chance(random_, 0.35);
    op->outputs.push_back({"result", &value_type_of<Payload>(), false, dynamic, false});
    RetryPolicy retry;
    retry.max_retries = std::int32_t(below(random_, 3));
    retry.delay = Micros(std::int64_t(below(random_, 50)));
    node.options.retry = retry;
    op->trigger = TriggerRule(below(random_, 10) < 6 ? 0 : below(random_, 5));
    op->priority = std::int32_t(below(random_, 3));
    op->cpu = chance(random_, 0.1) ? 2 : 1;
    op->memory = [bytes = below(random_, 60)](std::span<const Value>) { return bytes; };
    if (chance(random_, 0.2)) op->timeout = Micros(std::int64_t(2 + below(random_, 20)));
    node.op = op;
    graph_->nodes.push_back(std::move(node));
    const SourceDef out{SourceDef::Kind::Output, std::uint32_t(graph_->nodes.size() - 1), 0};
    offer({out, depth + int(dynamic)});
  }

  /// Gives the node inputs; returns how deep inside items it stands.
  int connect(NodeDef& node) {
    int depth = 0;
    const auto mapped = pick([](const Handle& handle) { return handle.depth > 0; });
    if (mapped && chance(random_, 0.6)) {
      node.mapped = true;
      node.inputs.push_back(mapped->source);
      depth = mapped->depth;
    }
    for (auto more = below(random_, 3); more > 0; --more)
      if (const auto value = pick([](const Handle& handle) { return handle.depth == 0; }))
        node.inputs.push_back(value->source);
    return depth;
  }

  /// A collected value may be read, but it is a list: it is not collected once more.
  void offer(const Handle& handle) {
    handles_.push_back(handle);
    if (handle.depth == 0 || !chance(random_, 0.6)) return;
    SourceDef all{SourceDef::Kind::Collect, 0, 0, {handle.source}};
    all.gather = &detail::gather_vector<Payload>;
    if (handle.depth == 1) handles_.push_back({all, 0});
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
  std::shared_ptr<GraphDef> graph_ = std::make_shared<GraphDef>();
  std::vector<Handle> handles_;
};

}  // namespace

Definitions random_definitions(Random& random) {
  return definitions_of(RandomGraph(random).take());
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
