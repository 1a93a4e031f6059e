// What an op may put on record: facts about its output, checks, what it made, how far it is.
//
// run: job run orders
// expect: 1 passed, 1 warned
// expect: SUCCESS  orders
#include <penstock/penstock.h>

namespace ps = penstock;

// [op]
std::vector<double> load_orders(ps::OpContext& op) {
  const std::vector<double> prices = {4.5, 3.0, 120.0};
  for (std::size_t i = 0; i < prices.size(); ++i)
    op.progress(std::int64_t(i + 1), std::int64_t(prices.size()), "orders");

  op.add_metadata("source", ps::MetadataValue::path("orders.csv"));  // a fact about the output
  op.add_metadata("mean", 42.5);

  op.record(ps::CheckResult{.asset = "orders",
                            .check = "not_empty",
                            .partition = "year=2017",
                            .passed = !prices.empty()});
  op.record(ps::CheckResult{.asset = "orders",
                            .check = "plausible_prices",
                            .partition = "year=2017",
                            .passed = prices.back() < 100,
                            .severity = ps::CheckSeverity::Warn,
                            .description = "1 price is above 100",
                            .metadata = {{"example", prices.back()}}});
  op.record(ps::Materialization{
      .asset = "orders", .partition = "year=2017", .metadata = {{"rows", prices.size()}}});
  return prices;
}
// [/op]

ps::Result<ps::Definitions> definitions() {
  ps::DefinitionsBuilder defs;
  defs.job("orders", [](ps::GraphBuilder& g) { g.op<load_orders>(); });
  return defs.build();
}

int main(int argc, char** argv) { return ps::main(argc, argv, definitions); }
