#include "penstock/model/combine_ops.h"

#include <array>

namespace penstock {

OpDefPtr join_op(JoinKind kind, const std::vector<const ValueType*>& sides) {
  OpDef op;
  op.name = kind == JoinKind::Zip ? "zip" : "product";
  op.description = kind == JoinKind::Zip ? "pairs items of equal keys"
                                         : "makes an item of every choice of one item per side";
  for (const auto* side : sides) {
    const auto number = std::to_string(op.inputs.size());
    op.inputs.push_back({"in" + number, side, false});
    op.outputs.push_back({"side" + number, side, true, true, false});
  }
  return std::make_shared<const OpDef>(std::move(op));
}

OpDefPtr reducing_op(const OpDefPtr& declared) {
  if (declared->inputs.size() == 1) return declared;
  OpDef op = *declared;
  op.inputs = {{"values", &value_type_of<ValueList>(), false}};
  op.call = [declared](OpCall& call) -> Status {
    const auto& values = call.inputs[0].as<ValueList>().values;
    if (values.empty()) return Skip("there are no items to reduce");
    auto result = values[0];
    for (std::size_t i = 1; i < values.size(); ++i) {
      const std::array<Value, 2> pair{std::move(result), values[i]};
      OpCall two{call.context, pair, call.config, call.resources, std::vector<Value>(1)};
      PENSTOCK_TRY(declared->call(two));
      result = std::move(two.outputs[0]);
    }
    call.outputs[0] = std::move(result);
    return {};
  };
  return std::make_shared<const OpDef>(std::move(op));
}

}  // namespace penstock
