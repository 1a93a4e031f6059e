// Stored values of all kinds in one place: those of the store, and those of IO managers.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

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

  /// Remember where an IO manager stored a value, for as long as the value lives.
  void note(const Value& value, StoredValue stored);
  /// Where it was stored; nothing when that was not noted.
  std::optional<StoredValue> place_of(const Value& value) const;
  /// Load what is stored by an IO manager of the reader's choice, an index into RunPlan::resources.
  /// NotFound or Corrupt when it is a file of an earlier run, and that is not as it was stored.
  Result<Value> load_by(std::uint32_t manager, const std::string& step, const StoredValue& stored,
                        const ValueType& type);

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
  struct Noted {
    std::weak_ptr<const void> object;  // tells whether it is the same that was noted
    StoredValue stored;
  };

  ResourcePool& managers_;
  ValueStore* store_;
  mutable std::mutex mutex_;
  std::unordered_map<const void*, Noted> noted_;  // by the object
  std::size_t most_noted_ = 64;                   // then those that are gone are let go
};

}  // namespace penstock
