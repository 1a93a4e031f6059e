// The streams between the steps of a unit while it runs.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "penstock/model/stream.h"
#include "penstock/run/step_task.h"

namespace penstock {

/// A channel for each stream that the steps of a unit write. Thread-safe once it is made.
class StreamSet {
 public:
  StreamSet(const RunPlan& plan, const StepTask& unit);

  /// Where an output of a step goes; null when it is no stream.
  StreamChannel* written(std::uint32_t step, std::uint32_t port) const;
  /// What a step reads of an output, as the value of its input.
  Value reader(std::uint32_t step, const PlannedSource& source) const;
  /// A step ended: its streams are complete, or broken for everybody.
  void ended(std::uint32_t step, const Status& status, const std::string& key);
  /// A step is asked to stop.
  void stop(const std::string& key);

 private:
  struct Channel {
    std::shared_ptr<StreamChannel> channel;
    std::map<std::uint32_t, std::size_t> readers;  // by step
  };
  void fail(const std::string& why);

  std::map<std::pair<std::uint32_t, std::uint32_t>, Channel> channels_;
};

}  // namespace penstock
