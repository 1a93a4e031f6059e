// Stores the values that a run is to keep. Never called under the engine's lock: it writes files.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "penstock/event/value_store.h"
#include "penstock/model/io_manager.h"
#include "penstock/run/managed_values.h"
#include "penstock/run/step_task.h"

namespace penstock {

/// The values of one run on their way to the store. Thread-safe.
class ValueKeeper {
 public:
  /// No store: only IO managers store values. `record` is told which managers were opened.
  ValueKeeper(const RunPlan& plan, RunId run, ValueStore* store, const Clock& clock,
              std::function<void(EventBody)> record)
      : plan_(plan),
        run_(run),
        store_(store),
        managers_(plan, clock, std::move(record)),
        loads_(plan, run, managers_, store) {}

  /// Store what is to be kept of an attempt that succeeded, before anybody is told that it did. An
  /// output that cannot be stored makes the attempt one that failed.
  void store_outputs(const StepTask& task, StepResult& result);
  /// Store an item of a dynamic output, if it is to be kept.
  Result<std::optional<HandledOutput>> store_item(const StepTask& task, std::uint16_t port,
                                                  const std::string& key, const Value& value);
  /// Store a value that a reader needed; what is to be told about it, without a time.
  Event store_needed(const NeededValue& needed) const;
  /// Remove what was stored of an attempt that came too late; what IO managers stored stays.
  void discard(const std::vector<HandledOutput>& handled) const;
  /// Where stored values of this and earlier runs are loaded.
  ValueStore& stored() { return loads_; }
  /// Close the IO managers.
  void close() { managers_.close(); }

 private:
  /// Through the output's manager, or as far as it is to be kept; nothing when neither.
  Result<std::optional<HandledOutput>> store_port(const StepTask& task, std::size_t port,
                                                  const std::string& mapping_key,
                                                  const Value& value, const Metadata& facts);
  Result<HandledOutput> manage(std::uint32_t manager, const OutputContext& output,
                               const Value& value);
  Result<HandledOutput> store(const ValueKey& key, Keep keep, const Value& value) const;
  OutputContext context_of(const StepTask& task, std::size_t port, const std::string& mapping_key,
                           const Metadata& facts) const;

  const RunPlan& plan_;
  const RunId run_;
  ValueStore* store_;
  ResourcePool managers_;
  ManagedValues loads_;
};

}  // namespace penstock
