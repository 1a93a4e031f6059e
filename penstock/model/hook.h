// Hooks: functions that are called after a step has ended and its result is safe in the log, to
// tell somebody or to clean up. What becomes of a hook never changes its step.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "penstock/base/clock.h"
#include "penstock/model/op_def.h"

namespace penstock {

/// What the log tells of one output of a step.
struct HookOutput {
  std::string name;         ///< `result` when the op has one output
  std::string type;         ///< of the value
  std::uint64_t bytes = 0;  ///< of the value; 0 for dynamic outputs
  std::int64_t items = 0;   ///< of dynamic outputs: how many were yielded
  Metadata metadata;        ///< summary of the value, and what the op added
};

/// How the step ended that a hook is called for.
struct HookFacts {
  StepFacts step;
  std::optional<Error> error;       ///< of a step that failed
  Metadata metadata;                ///< of a step that failed: what the op told of it
  std::vector<HookOutput> outputs;  ///< of a step that succeeded: those that it gave
  Micros duration{0};               ///< of the last attempt
};

/// Handed to a hook by reference. A test makes one of facts of its own.
class HookContext {
 public:
  // lint: allow user-function, it is the engine's and called by the user
  using Log = std::function<void(LogLevel, std::string)>;
  explicit HookContext(HookFacts facts = {}, Log log = {})
      : facts_(std::move(facts)), log_(std::move(log)) {}
  HookContext(const HookContext&) = delete;
  HookContext& operator=(const HookContext&) = delete;

  /// The step: run, job, step key, mapping keys, tags, last attempt.
  const StepFacts& step() const { return facts_.step; }
  bool succeeded() const { return !facts_.error; }
  /// Why the step failed; an empty error when it succeeded.
  const Error& error() const;
  const Metadata& metadata() const { return facts_.metadata; }
  const std::vector<HookOutput>& outputs() const { return facts_.outputs; }
  Micros duration() const { return facts_.duration; }

  void info(std::string text) { log(LogLevel::Info, std::move(text)); }
  void warning(std::string text) { log(LogLevel::Warning, std::move(text)); }
  /// Write a message to the event log, as one of the step.
  void log(LogLevel level, std::string text) {
    if (log_) log_(level, std::move(text));
  }

 private:
  HookFacts facts_;
  Log log_;
};

/// One call of a hook.
struct HookCall {
  HookContext* context = nullptr;
  const void* config = nullptr;
  std::span<const void* const> resources;  ///< in the order of HookDef::resources
};

/// A declared hook.
struct HookDef {
  enum class When : std::uint8_t {
    Success,  ///< the step succeeded
    Failure   ///< the step failed and is not tried again
  };
  std::string name;
  When when = When::Success;
  ConfigTypePtr config;  ///< null: takes none
  std::vector<ResourceNeed> resources;
  UserFunction<Status(HookCall&)> call;
};

}  // namespace penstock
