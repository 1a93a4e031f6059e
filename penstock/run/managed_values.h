// Stored values of all kinds in one place: those of the store, and those of IO managers.
#pragma once

#include "penstock/event/value_store.h"
#include "penstock/plan/run_plan.h"
#include "penstock/run/resource_pool.h"

namespace penstock {

/// Loads a value through the IO manager that stored it, if it is a resource of the plan; all else
/// goes to the store, which may be null: then there is nothing. Thread-safe.
class ManagedValues final : public ValueStore {
 public:
  /// All of it must outlive this object.
  ManagedValues(const RunPlan& plan, RunId run, ResourcePool& managers, ValueStore* store)
      : plan_(plan), run_(run), managers_(managers), store_(store) {}

  Result<StoredValue> save(const ValueKey& key, const Value& value) override;
  Result<Value> load(const StoredValue& stored, const ValueType& type) override;
  bool has(const StoredValue& stored, const ValueType& type) override;
  Status remove(const StoredValue& stored) override;
  Status verify(const StoredValue& stored) override;
  bool is_file(const StoredValue& stored) const override;
  Result<std::vector<ValueFile>> files(const RunId& run) override;

 private:
  const RunPlan& plan_;
  const RunId run_;
  ResourcePool& managers_;
  ValueStore* store_;
};

}  // namespace penstock
