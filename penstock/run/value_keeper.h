// Stores the values that a run is to keep. Never called under the engine's lock: it writes files.
#pragma once

#include <optional>
#include <string>

#include "penstock/event/value_store.h"
#include "penstock/run/step_task.h"

namespace penstock {

/// The values of one run on their way to the store. Thread-safe.
class ValueKeeper {
 public:
  /// Null: nothing is stored.
  ValueKeeper(const RunPlan& plan, RunId run, ValueStore* store)
      : plan_(plan), run_(run), store_(store) {}

  /// Store what is to be kept of an attempt that succeeded, before anybody is told that it did. An
  /// output that cannot be stored makes the attempt one that failed.
  void store_outputs(const StepTask& task, StepResult& result) const;
  /// Store an item of a dynamic output, if it is to be kept.
  Result<std::optional<HandledOutput>> store_item(const StepTask& task, std::uint16_t port,
                                                  const std::string& key, const Value& value) const;
  /// Store a value that a reader needed; what is to be told about it, without a time.
  Event store_needed(const NeededValue& needed) const;
  /// Remove what was stored of an attempt that came too late.
  void discard(const std::vector<HandledOutput>& handled) const;

 private:
  Result<HandledOutput> store(const ValueKey& key, Keep keep, const Value& value) const;
  ValueKey key_of(const StepTask& task, std::size_t port, std::string mapping_key) const;
  bool is_stored(const StepTask& task, std::size_t port, const Value& value) const;

  const RunPlan& plan_;
  const RunId run_;
  ValueStore* store_;
};

}  // namespace penstock
