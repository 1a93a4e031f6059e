#include "penstock/model/graph_def.h"

#include "penstock/base/text.h"

namespace penstock {

SourceDef::SourceDef(Kind kind_of, std::uint32_t node_index, std::uint32_t port_index,
                     std::vector<SourceDef> gathered)
    : kind(kind_of), node(node_index), port(port_index), parts(std::move(gathered)) {}
SourceDef::SourceDef(const SourceDef& other) = default;
SourceDef::SourceDef(SourceDef&& other) noexcept = default;
SourceDef& SourceDef::operator=(const SourceDef& other) = default;
SourceDef& SourceDef::operator=(SourceDef&& other) noexcept = default;
SourceDef::~SourceDef() = default;

SourceDef SourceDef::collect_of(SourceDef items, GatherFunction gather, CollectOptions options) {
  SourceDef source(Kind::Collect);
  source.parts.push_back(std::move(items));
  source.gather = gather;
  source.collect = options;
  return source;
}

const NodeOptions& no_options() {
  static const NodeOptions none;
  return none;
}

std::shared_ptr<const NodeOptions> share(NodeOptions&& options) {
  return std::make_shared<const NodeOptions>(std::move(options));
}

NodeDef::NodeDef() = default;
NodeDef::NodeDef(const NodeDef& other) = default;
NodeDef::NodeDef(NodeDef&& other) noexcept = default;
NodeDef& NodeDef::operator=(const NodeDef& other) = default;
NodeDef& NodeDef::operator=(NodeDef&& other) noexcept = default;
NodeDef::~NodeDef() = default;

void NodeDef::add_input(SourceDef source) { inputs.push_back(std::move(source)); }

std::string_view to_string(DispatchOrder order) {
  return order == DispatchOrder::DepthFirst ? "depth_first" : "breadth_first";
}

Result<DispatchOrder> parse_dispatch_order(std::string_view name) {
  for (const auto order : {DispatchOrder::DepthFirst, DispatchOrder::BreadthFirst})
    if (to_string(order) == name) return order;
  return make_error(ErrorCode::Config,
                    quote(name) + " is not an order; expected depth_first or breadth_first");
}

}  // namespace penstock
