// Stores the values that a run is to keep. Never called under the engine's lock: it writes files.
#pragma once

#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "penstock/event/value_store.h"
#include "penstock/model/io_manager.h"
#include "penstock/run/managed_values.h"
#include "penstock/run/step_task.h"
#include "penstock/run/stored_places.h"

namespace penstock {

/// What a ValueKeeper wants of the run.
struct KeeperPorts {
  /// Told which managers were opened.
  std::function<void(EventBody)> record;
  /// Before files that managers wrote are put in their places: have the log name them. An error
  /// when the attempt does not count any more. False when what it gave is not wanted; of an item,
  /// `port` says which output gave it.
  std::function<Result<bool>(const StepTask&, std::optional<std::uint32_t> port,
                             std::vector<HandledOutput>)>
      announce;
  /// Wait until the log names them; an error when the run is not ours any more.
  std::function<Status()> confirm;
  /// Settle what killed processes left in a folder.
  std::function<Status(const std::filesystem::path&)> settle;
};

/// The values of one run on their way to the store. Thread-safe.
class ValueKeeper {
 public:
  /// No store: only IO managers store values.
  ValueKeeper(const RunPlan& plan, RunId run, ValueStore* store, const Clock& clock,
              KeeperPorts ports)
      : plan_(plan),
        run_(run),
        store_(store),
        ports_(std::move(ports)),
        managers_(plan, clock, ports_.record),
        loads_(plan, run, managers_, store) {
    for (const auto& step : plan.steps)
      for (const auto& input : step.inputs)
        if (input.loader)
          for (const auto& source : input.sources) chosen_.emplace(source.step, source.port);
  }

  /// Store what is to be kept of an attempt that succeeded, before anybody is told that it did. An
  /// output that cannot be stored makes the attempt one that failed. What the log is yet to name is
  /// left in the result.
  void store_outputs(const StepTask& task, StepResult& result);
  /// Store an item of a dynamic output, if it is to be kept; what the log is yet to name.
  Result<std::optional<HandledOutput>> store_item(const StepTask& task, std::uint32_t port,
                                                  const std::string& key, const Value& value);
  /// Store a value that a reader needed; what is to be told about it, without a time.
  Event store_needed(const NeededValue& needed) const;
  /// Remove what was stored of an attempt that came too late; what IO managers stored stays.
  void discard(const std::vector<HandledOutput>& handled) const;
  /// Of a run that goes on: take in what it had stored; its events, in order.
  void recall(const Event& event);
  /// Where stored values of this and earlier runs are loaded.
  ManagedValues& stored() { return loads_; }
  /// Close the IO managers.
  void close() { managers_.close(); }

 private:
  /// What was stored, and the file that is yet to be put in its place; null for none.
  struct Stored {
    HandledOutput told;
    std::shared_ptr<OutputStage> stage = {};
  };
  /// Through the output's manager, or as far as it is to be kept; nothing when neither.
  Result<std::optional<Stored>> store_port(const StepTask& task, std::size_t port,
                                           const std::string& mapping_key, const Value& value,
                                           const Metadata& facts);
  Result<Stored> manage(std::uint32_t manager, const OutputContext& output, const Value& value);
  /// Files that were not put in their places leave them to others.
  void give_back(const StepTask& task, const std::vector<Stored>& files);
  /// Have files named by the log, then put them in their places.
  Status publish(const StepTask& task, std::optional<std::uint32_t> port,
                 const std::vector<Stored>& files);
  Result<HandledOutput> store(const ValueKey& key, Keep keep, const Value& value) const;
  OutputContext context_of(const StepTask& task, std::size_t port, const std::string& mapping_key,
                           const Metadata& facts);
  /// Before the first file in a folder.
  Status settle(const std::filesystem::path& folder);

  const RunPlan& plan_;
  const RunId run_;
  ValueStore* store_;
  const KeeperPorts ports_;
  ResourcePool managers_;
  ManagedValues loads_;
  StoredPlaces places_;
  std::filesystem::path recalled_folder_;  // where the run worked then
  std::mutex settling_;
  std::set<std::filesystem::path> settled_;
  std::set<std::pair<std::uint32_t, std::uint32_t>> chosen_;  // outputs that inputs load themselves
};

}  // namespace penstock
