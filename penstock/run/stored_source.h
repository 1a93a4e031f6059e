// A value that an earlier run stored, on its way to a reader: read when the first one asks.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>

#include "penstock/event/value_store.h"
#include "penstock/plan/run_plan.h"

namespace penstock {

/// Stands in for the value among the outputs of a reused step, until readers take what it loads.
/// What it loaded lives as long as it is held. Thread-safe.
class StoredSource {
 public:
  static constexpr bool kPortable = false;

  /// `reused` must outlive it.
  StoredSource(const ReusedValue& reused, const ValueType& type)
      : state_(std::make_unique<State>(reused, type)) {}

  /// The value; `loaded` is told how long it took, once, by the reader that came first.
  Result<Value> load(ValueStore& store, const Clock& clock,
                     const std::function<void(const StoredValue&, Micros)>& loaded) const;
  /// Where it is stored.
  const StoredValue& stored() const { return state_->reused.stored; }
  bool is_loaded() const { return state_->is_loaded; }
  /// What was loaded; empty when nothing was.
  Value value() const { return is_loaded() ? state_->value : Value(); }
  /// What it takes in memory, or will take.
  std::uint64_t size() const { return state_->reused.bytes; }

  /// The source that a value is, or null.
  static const StoredSource* of(const Value& value) {
    return value.type() == &value_type_of<StoredSource>() ? &value.as<StoredSource>() : nullptr;
  }
  /// Call visit(source) for the source that a value is, or for those in a list of values.
  template <class Visit>
  static void each_in(const Value& value, Visit visit) {
    if (const auto* source = of(value)) visit(*source);
    if (value.type() == &value_type_of<ValueList>())
      for (const auto& each : value.as<ValueList>().values) each_in(each, visit);
  }

 private:
  struct State {
    State(const ReusedValue& from, const ValueType& value_type) : reused(from), type(value_type) {}
    const ReusedValue& reused;
    const ValueType& type;
    std::mutex loading;
    Value value;
    std::atomic<bool> is_loaded = false;
  };
  std::unique_ptr<State> state_;
};

}  // namespace penstock
