// The steps of a run, one by one, as a fold over its events.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "penstock/event/event.h"

namespace penstock {

/// Where a step is. Retrying: it failed and will be tried again.
enum class StepStatus : std::uint8_t {
  Running,
  Retrying,
  Success,
  Failure,
  UpstreamFailed,
  Skipped,
  Canceled,
  Reused
};
std::string_view to_string(StepStatus status);

/// A value that a step handed on.
struct StepOutputView {
  std::string output;  ///< `result` for an op's only output
  std::string mapping_key;
  std::string value_type;
  std::int64_t bytes = 0;
  Metadata metadata;
};

/// An attempt that failed.
struct StepErrorView {
  std::int32_t attempt = 0;
  Error error;
};

/// One step of a run and how it stands.
struct StepView {
  std::string step;
  StepStatus status = StepStatus::Running;
  std::int32_t attempts = 0;
  Time started{};      ///< of the last attempt; epoch: never
  Micros duration{0};  ///< of the last attempt that ended
  Micros cpu{0};
  std::string reason = {};  ///< why it was skipped or waits for another attempt
  std::vector<StepErrorView> errors = {};
  std::int64_t output_count = 0;
  std::vector<StepOutputView> outputs = {};  ///< the first hundred
};

/// Folds the events of one run into its steps, in the order in which they were first heard of.
class StepViews {
 public:
  /// Take in the next event; one that is not about a step changes nothing.
  void apply(const Event& event);
  const std::vector<StepView>& steps() const { return steps_; }

 private:
  struct Applier;
  std::vector<StepView> steps_;
  std::unordered_map<std::string, std::size_t> index_;
};

}  // namespace penstock
