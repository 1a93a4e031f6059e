// Items inside items, a value that all items share, and results per group.
//
// run: job run orders
// expect: SUCCESS  orders
// expect: price[bob,pear]
#include <penstock/penstock.h>

namespace ps = penstock;

// [ops]
using Basket = std::vector<std::string>;

ps::Dynamic<Basket> customers(ps::OpContext& op) {
  ps::Dynamic<Basket> baskets(op);
  baskets.yield("ann", {"fig"});
  baskets.yield("bob", {"pear", "plum", "fig"});
  return baskets;
}
ps::Dynamic<std::string> unpack(const Basket& basket) {
  ps::Dynamic<std::string> fruits;  // without the context: handed on when the op returns
  for (const auto& fruit : basket) fruits.yield(fruit, fruit);
  return fruits;
}
int base_price() { return 3; }
int price(const std::string& fruit, const int& base) { return base + int(fruit.size()); }
int add_up(const std::vector<int>& prices) {
  int sum = 0;
  for (const int each : prices) sum += each;
  return sum;
}
// [/ops]

// [job]
ps::Result<ps::Definitions> definitions() {
  ps::DefinitionsBuilder defs;
  defs.job("orders", [](ps::GraphBuilder& g) {
    auto base = g.op<base_price>();
    auto prices = g.op<customers>().map<unpack>().map<price>(base);  // price[bob,pear], …
    auto bills = prices.collect().map<add_up>();                     // add_up[ann], add_up[bob]
    g.with({.alias = "total"}).op<add_up>(bills.collect());
  });
  return defs.build();
}
// [/job]

int main(int argc, char** argv) { return ps::main(argc, argv, definitions); }
