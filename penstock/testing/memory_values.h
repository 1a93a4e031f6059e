// Stored values in memory, for tests of runs that keep values.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "penstock/event/value_store.h"

namespace penstock::testing {

/// A ValueStore that can be looked into, and that refuses what a test wants it to.
class MemoryValues final : public ValueStore {
 public:
  Result<StoredValue> save(const ValueKey& key, const Value& value) override;
  Result<Value> load(const StoredValue& stored, const ValueType& type) override;
  bool has(const StoredValue& stored, const ValueType& type) override;
  Status remove(const StoredValue& stored) override;
  Status verify(const StoredValue& stored) override;
  bool is_file(const StoredValue&) const override { return true; }
  Result<std::vector<ValueFile>> files(const RunId& run = {}) override;

  /// Names of what is stored: `step.attempt.output[key]`.
  std::vector<std::string> names() const;
  /// From now on, nothing can be stored.
  void fill_up() { full_ = true; }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::string> bytes_;
  bool full_ = false;
};

}  // namespace penstock::testing
