// Jobs whose ops do nothing, in the shapes that engines are compared by.
#pragma once

#include <string>

#include <penstock/penstock.h>

namespace bench {

/// An op that does nothing after another one.
inline void noop(const penstock::Nothing&) {}
/// An op that does nothing.
inline void start() {}
/// The number that it was given.
inline int one(const int& number) { return number; }

/// Add a job of `steps` steps, each after the one before.
inline void add_chain(penstock::DefinitionsBuilder& defs, const std::string& name, int steps) {
  defs.job(name, [steps](penstock::GraphBuilder& g) {
    auto last = g.op<start>();
    for (int i = 1; i < steps; ++i) last = g.op<noop>(last);
  });
}

/// Add a job of `steps` steps, all after the first.
inline void add_fan(penstock::DefinitionsBuilder& defs, const std::string& name, int steps) {
  defs.job(name, [steps](penstock::GraphBuilder& g) {
    const auto first = g.op<start>();
    for (int i = 1; i < steps; ++i) g.op<noop>(first);
  });
}

/// Add a job whose first step hands on `items` numbers, with one step for each.
inline void add_dynamic(penstock::DefinitionsBuilder& defs, const std::string& name, int items) {
  defs.job(name, [items](penstock::GraphBuilder& g) {
    g.op("parts", [items](penstock::OpContext& op) {
       penstock::Dynamic<int> numbers(op);
       for (int i = 0; i < items; ++i) numbers.yield("p" + std::to_string(i), i);
       return numbers;
     }).map<one>();
  });
}

}  // namespace bench
